/** Azure Monitor's autoscale settings. */
import type { Body } from "../../json.ts";
import type { Accepted, Asked, Kind } from "../kind.ts";
import { placeOf } from "../paths.ts";
import { refuse } from "../refusal.ts";
import { find, keyOf, type Stored, type World } from "../world.ts";
import { secondsOf } from "./deployment-limits.ts";
import { hasMetric } from "./metrics.ts";

const put = (asked: Asked): Accepted => {
  const properties: Body = asked.body["properties"] ?? {};
  checkTarget(asked, properties);
  checkProfiles(properties["profiles"] ?? []);
  for (const profile of properties["profiles"] as Body[]) checkProfile(profile, asked.world);
  return { body: { ...asked.body, properties } };
};

const checkTarget = ({ place, world }: Asked, properties: Body): void => {
  const target = String(properties["targetResourceUri"] ?? "");
  const found = find(world, target);
  if (found === undefined || placeOf(target)?.kind !== "onlineDeployment") refuse("autoscaleTarget", `The target '${target}' is no deployment that exists.`);
  if (found?.body["properties"]["endpointComputeType"] === "Kubernetes") refuse("autoscaleTarget", "Deployments on Kubernetes compute have no autoscale settings.");
  const other = Object.values(world.resources).find(
    ({ id, body }) =>
      placeOf(id)?.kind === "autoscaleSetting" && keyOf(id) !== keyOf(place.path) && keyOf(String(body["properties"]["targetResourceUri"])) === keyOf(target),
  );
  if (other !== undefined) refuse("autoscaleTarget", `The target '${target}' has the setting '${other.id}' already.`, "Conflict", 409);
};

const checkProfiles = (profiles: readonly Body[]): void => {
  const defaults = profiles.filter((profile) => profile["fixedDate"] === undefined && profile["recurrence"] === undefined);
  if (profiles.length > 20) refuse("autoscaleProfiles", `At most 20 profiles, got ${profiles.length}.`);
  if (defaults.length !== 1) refuse("autoscaleProfiles", `One profile without fixedDate and recurrence is the default, got ${defaults.length}.`);
};

const checkProfile = (profile: Body, world: World): void => {
  const rules: readonly Body[] = profile["rules"] ?? [];
  if (rules.length > 10) refuse("autoscaleRules", `At most 10 rules in a profile, got ${rules.length}.`);
  const given = ["minimum", "default", "maximum"].map((key) => profile["capacity"]?.[key]);
  const [minimum, normal, maximum] = given.map(Number) as [number, number, number];
  const ordered = given.every((value) => typeof value === "string") && minimum <= normal && normal <= maximum;
  if (!ordered) refuse("autoscaleCapacity", `Capacity must be texts with minimum <= default <= maximum, got ${JSON.stringify(given)}.`);
  for (const rule of rules) checkTrigger(rule["metricTrigger"] ?? {}, world);
};

const checkTrigger = (trigger: Body, world: World): void => {
  const uri = String(trigger["metricResourceUri"]);
  if (find(world, uri) === undefined || !hasMetric(uri, trigger["metricName"])) refuse("autoscaleTrigger", `'${uri}' has no metric '${trigger["metricName"]}'.`);
  checkDuration("timeGrain", trigger["timeGrain"], 60);
  checkDuration("timeWindow", trigger["timeWindow"], 300);
};

const checkDuration = (name: string, given: unknown, least: number): void => {
  const seconds = secondsOf(String(given));
  if (!(seconds >= least && seconds <= 12 * 3600)) refuse("autoscaleTrigger", `${name} must be ${least / 60} minutes to 12 hours, got '${String(given)}'.`);
};

const show = (_stored: Stored, body: Body): Body => ({ ...body, properties: { enabled: false, notifications: [], ...body["properties"] } });

export const autoscaleSetting: Kind = { type: "Microsoft.Insights/autoscaleSettings", slow: false, serial: false, put, show };
