/** What a deployment's properties may hold. */
import type { Body } from "../../json.ts";
import type { Asked } from "../kind.ts";
import { refuse } from "../refusal.ts";

export const checkLimits = ({ body, place }: Asked, properties: Body, kubernetes: boolean): void => {
  if (kubernetes) checkPair(place.parts["endpoint"] ?? "", place.parts["deployment"] ?? "");
  else checkManaged(body, properties);
  checkTimeout(properties, kubernetes ? 300 : 180);
  const successes = properties["livenessProbe"]?.["successThreshold"] ?? 1;
  if (successes !== 1) refuse("liveness", `livenessProbe.successThreshold must be 1, got ${successes}.`);
};

const checkPair = (endpoint: string, deployment: string): void => {
  const length = endpoint.length + deployment.length;
  if (length < 6 || length > 62) refuse("pairName", `Names of endpoint and deployment must have 6 to 62 characters together, got ${length}.`);
};

const checkManaged = (body: Body, properties: Body): void => {
  const capacity = body["sku"]?.["capacity"];
  if (!Number.isInteger(capacity) || capacity < 1 || capacity > 50) refuse("instances", `sku.capacity must be 1 to 50, got ${capacity ?? "nothing"}.`);
  if (properties["scaleSettings"]?.["scaleType"] === "TargetUtilization") refuse("scaleType", "TargetUtilization is not supported for managed deployments.");
};

const checkTimeout = (properties: Body, limit: number): void => {
  const text: unknown = properties["requestSettings"]?.["requestTimeout"];
  if (text === undefined) return;
  const seconds = secondsOf(String(text));
  if (Number.isNaN(seconds) || seconds > limit) refuse("timeout", `requestSettings.requestTimeout must be a duration of at most ${limit} s, got '${String(text)}'.`);
};

/** Of an ISO 8601 duration below a day; not a number for any other text. */
export const secondsOf = (duration: string): number => {
  const match = /^PT(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?$/.exec(duration);
  if (match === null || duration === "PT") return Number.NaN;
  const [hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0)) as [number, number, number];
  return hours * 3600 + minutes * 60 + seconds;
};
