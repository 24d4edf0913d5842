/** Who answers: shares of the traffic by deployment, and the shadow that gets a copy. Whole percents, from the program to the last hop. */
import { percent, record } from "./fields.ts";
import { certain, certainOfEach } from "./refused.ts";
import { listed, nearMiss, show, type Problem } from "./refusal.ts";

/** Azure's limit on mirrored traffic (how-to-safely-rollout-online-endpoints). */
export const MIRROR_LIMIT = 50;

/** Percent by deployment name. */
export type Traffic = Readonly<Record<string, number>>;

/** @internal */
export const traffic = () => record(percent(100), "an object of percents by deployment name");
/** @internal */
export const mirrorTraffic = () => record(percent(MIRROR_LIMIT), "an object with one deployment and its percent");

/** The rules of shares that are sound by themselves: their sum, and a shadow that takes no live traffic. */
export const trafficProblems = (endpoint: Pick<Shared, "mirrorTraffic" | "traffic">): Problem[] =>
  certain(
    () => sumProblem(endpoint.traffic),
    () => severalProblems(endpoint.mirrorTraffic),
    () => certainOfEach(endpoint.mirrorTraffic, (share, name) => liveProblems(name, share, shareOf(endpoint.traffic, name))),
  );

/** Names under `traffic` or `mirrorTraffic` that no deployment has. */
export const unknownNames = (path: string, shares: Readonly<Record<string, unknown>>, deployments: readonly string[]): Problem[] =>
  Object.keys(shares)
    .filter((name) => !deployments.includes(name))
    .map((name) => {
      const meant = nearMiss(name, deployments);
      const help = meant === undefined ? `the endpoint has ${listed(deployments.map(show))}` : `did you mean ${show(meant)}?`;
      return { path: `${path}.${name}`, message: `no deployment has this name; ${help}`, value: shares[name] };
    });

/** A deployment may be called like what every object has. */
const shareOf = (shares: Traffic, name: string): number => (Object.hasOwn(shares, name) ? (shares[name] ?? 0) : 0);

const sumProblem = (shares: Traffic): Problem[] => {
  const sum = total(shares);
  if (sum === 0 || sum === 100) return [];
  return [{ path: "traffic", message: `expected percents that sum to 100, or all 0 for no traffic; got a sum of ${sum}`, value: shares }];
};

const severalProblems = (mirror: Traffic): Problem[] =>
  Object.keys(mirror).length > 1 ? [{ path: "mirrorTraffic", message: `expected one deployment; got ${Object.keys(mirror).map(show).join(" and ")}`, value: mirror }] : [];

const liveProblems = (name: string, share: number, live: number): Problem[] =>
  share === 0 || live === 0 ? [] : [{ path: `mirrorTraffic.${name}`, message: `a deployment takes live or mirrored traffic, not both; it has ${live} percent of the live traffic`, value: share }];

/** What the order of two programs asks for, a line each. */
export const externalNotes = ({ existing, external, mirrorTraffic: mirror, name, deployments, traffic: shares }: Shared): string[] => [
  ...external
    .filter((each) => (shares[each] ?? 0) > 0 || (mirror[each] ?? 0) > 0)
    .map((each) => `deployment ${show(each)} is another program's: it must be there before this update gives it traffic`),
  ...(existing ? Object.keys(deployments).map((each) => `deployment ${show(each)} gets its traffic from the program that owns endpoint ${show(name)}: deployments: { ${each}: "external" }`) : []),
];

interface Shared {
  readonly existing: boolean;
  readonly external: readonly string[];
  readonly deployments: Readonly<Record<string, unknown>>;
  readonly mirrorTraffic: Traffic;
  readonly name: string;
  readonly traffic: Traffic;
}

const total = (shares: Traffic): number => Object.values(shares).reduce((sum, share) => sum + share, 0);

/** Whether anything reaches a deployment without the routing header. */
export const hasTraffic = (shares: Traffic): boolean => total(shares) > 0;

/** The shadow, if one gets a copy now: 0 % is off. */
export const shadowOf = (mirror: Traffic): { readonly deployment: string; readonly percent: number } | undefined => {
  const entry = Object.entries(mirror).find(([, share]) => share > 0);
  return entry === undefined ? undefined : { deployment: entry[0], percent: entry[1] };
};
