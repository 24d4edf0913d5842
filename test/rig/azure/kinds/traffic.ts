/** Shares of an endpoint, live and mirrored. */
import { isObject, type Body } from "../../json.ts";
import { refuse } from "../refusal.ts";

export type Shares = Readonly<Record<string, number>>;

export const sharesOf = (properties: Body, which: "traffic" | "mirrorTraffic"): Shares => (isObject(properties[which]) ? properties[which] : {});

/** Has this deployment a positive share? Names are compared without regard to case. */
export const hasShare = (shares: Shares, deployment: string): boolean =>
  Object.entries(shares).some(([name, share]) => share > 0 && name.toLowerCase() === deployment.toLowerCase());

/** `deployments` are those that exist. */
export const checkTraffic = (shares: Shares, deployments: readonly string[]): void => {
  checkKnown("traffic", shares, deployments);
  const wrong = Object.entries(shares).find(([, share]) => !Number.isInteger(share) || share < 0 || share > 100);
  if (wrong !== undefined) refuse("trafficSum", `Traffic of '${wrong[0]}' must be a whole percent from 0 to 100, got ${wrong[1]}.`);
  const sum = Object.values(shares).reduce((total, share) => total + share, 0);
  if (sum !== 0 && sum !== 100) refuse("trafficSum", `Traffic must sum to 0 or 100, got ${sum}.`);
};

export const checkMirror = (mirror: Shares, traffic: Shares, deployments: readonly string[], kubernetes: boolean): void => {
  const [first, ...more] = Object.entries(mirror).filter(([, share]) => share !== 0);
  checkKnown("mirrorTraffic", mirror, deployments);
  if (first === undefined) return;
  const [name, share] = first;
  if (kubernetes) refuse("mirrorManaged", "Mirror traffic is not supported on Kubernetes endpoints.");
  if (more.length > 0) refuse("mirrorOne", "Mirror traffic can go to one deployment only.");
  if (!Number.isInteger(share) || share < 0 || share > 50) refuse("mirrorOne", `Mirror traffic of '${name}' must be a whole percent from 0 to 50, got ${share}.`);
  if (hasShare(traffic, name)) refuse("mirrorLive", `Deployment '${name}' cannot have live and mirror traffic at once.`);
};

const checkKnown = (what: string, shares: Shares, deployments: readonly string[]): void => {
  const known = new Set(deployments.map((name) => name.toLowerCase()));
  const unknown = Object.keys(shares).filter((name) => !known.has(name.toLowerCase()));
  if (unknown.length > 0) refuse("trafficUnknown", `The ${what} names deployments that do not exist: ${unknown.join(", ")}.`);
};
