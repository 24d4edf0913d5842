/** Autoscalers that Azure would refuse, and some that scale otherwise than their authors may think. */
import type { AutoscaleRule } from "../../model/autoscale-rule.ts";
import type { Autoscale, Bounds } from "../../model/autoscale.ts";
import type { On } from "../../model/endpoint.ts";
import type { OnlineDeployment } from "../../model/online-deployment.ts";
import { nearMiss, show, type At, type Problem, type Verdict } from "../../model/refusal.ts";
import { clock } from "../../model/schedule.ts";
import type { AzureMlTarget } from "../../model/target.ts";
import { sizeOf } from "./autoscale.ts";
import { METRIC } from "./metrics.ts";
import { ianaZones, windowsZone, WINDOWS_ZONES } from "./time-zones.ts";

/** Azure's limit of instances of one deployment on managed compute (how-to-manage-quotas, 2026-01-27). */
export const INSTANCES = 50;
/** Azure Monitor's limits of one setting (autoscale-understanding-settings; AutoscaleSetting of the API 2021-05-01-preview). */
const PROFILES = 20;
const RULES = 10;
const FIXED_DAYS = 365;
const TAGS = 15;

/** What there is to say of a deployment's autoscaler, if it has one. */
export const autoscaleVerdict = <V>(endpoint: On<V, AzureMlTarget<V>>, deployment: OnlineDeployment<V>, at: At): Verdict => {
  const { autoscale } = deployment;
  if (autoscale === undefined) return { problems: [], warnings: [] };
  const below: At = (path, message) => at(`.autoscale${path}`, message);
  if (endpoint.azure.compute !== undefined) return { problems: selfScalingProblems(deployment, autoscale, below), warnings: [] };
  return {
    problems: [...sizeProblems(autoscale, below), ...partsOf(autoscale).flatMap(([path, part]) => partProblems(part, (key, message) => below(`${path}${key}`, message))), ...timeProblems(autoscale, below)],
    warnings: [...boundWarnings(deployment, autoscale, at), ...tagWarnings(endpoint, deployment, below), ...onewayWarnings(autoscale, below)],
  };
};

/** Kubernetes compute scales by itself, by how busy the instances are: bounds are all that it is told. */
const selfScalingProblems = <V>({ azure, instanceCount }: OnlineDeployment<V>, { defaultInstances, minInstances, rules, schedules }: Autoscale, at: At): Problem[] => {
  const own = "Kubernetes compute scales by how busy its instances are";
  const problems: Problem[] = [];
  if (azure.scaleSettings !== undefined) problems.push(at("", "azure.scaleSettings says the same for Kubernetes compute; leave out either"));
  if (rules.length > 0) problems.push(at(".rules", `${own}, and takes no rules; leave them out, or set azure.scaleSettings instead of autoscale`));
  if (Object.keys(schedules).length > 0) problems.push(at(".schedules", `${own}, and takes no schedules; leave them out`));
  if (defaultInstances !== minInstances) problems.push(at(".defaultInstances", `${own}, and knows no default; leave it out`));
  if (instanceCount !== defaultInstances) problems.push(at(".instanceCount", `${own}, between minInstances and maxInstances; leave instanceCount out`));
  return problems;
};

interface Part {
  readonly maxInstances: number;
  readonly rules: Bounds["rules"];
}

/** What the autoscaler says, and what each schedule says otherwise, with their paths. */
const partsOf = ({ maxInstances, rules, schedules }: Autoscale): (readonly [path: string, part: Part])[] => [
  ["", { maxInstances, rules }],
  ...Object.entries(schedules).map(([name, schedule]) => {
    const same = JSON.stringify(schedule.rules) === JSON.stringify(rules);
    return [`.schedules.${name}`, { maxInstances: schedule.maxInstances === maxInstances ? 0 : schedule.maxInstances, rules: same ? [] : schedule.rules }] as const;
  }),
];

const sizeProblems = (autoscale: Autoscale, at: At): Problem[] => {
  const { profiles, rules } = sizeOf(autoscale);
  const problems: Problem[] = [];
  if (autoscale.rules.length === 0 && Object.keys(autoscale.schedules).length === 0)
    problems.push(at("", "nothing would scale: managed compute needs rules, such as { metric: \"cpu\", target: 60 }, or schedules"));
  if (profiles > PROFILES)
    problems.push(at(".schedules", `an autoscale setting holds ${PROFILES} profiles: one, one for each schedule, and one for each end of a recurrence at which no other begins; got ${profiles}`));
  if (rules > RULES) problems.push(at(".rules", `an autoscale setting holds ${RULES} rules at a time, and a target is two; got ${rules}`));
  return problems;
};

const partProblems = ({ maxInstances, rules }: Part, at: At): Problem[] => [
  ...(maxInstances > INSTANCES ? [at(".maxInstances", `managed compute takes ${INSTANCES} instances at most; got ${maxInstances}`)] : []),
  ...rules.flatMap((rule, i) => ruleProblems(rule, (key, message) => at(`.rules.${i}${key}`, message))),
];

/** The shortest window that Azure Monitor takes. */
const WINDOW_MINUTES = 5;

const ruleProblems = (rule: AutoscaleRule, at: At): Problem[] => {
  const { metric, windowMinutes } = rule;
  const known = METRIC[metric];
  if (known === undefined) return [at(".metric", `Azure Monitor has no such metric; got ${show(metric)}: take requestsPerMinute, cpu or a requestLatency`)];
  return [
    ...(windowMinutes < WINDOW_MINUTES ? [at(".windowMinutes", `Azure Monitor looks at ${WINDOW_MINUTES} minutes or more; got ${windowMinutes}`)] : []),
    ...(rule.kind === "step" && rule.aggregation !== "average" && !known.extremes ? [at(".aggregation", `Azure Monitor has the average of ${show(metric)} alone; got ${show(rule.aggregation)}`)] : []),
  ];
};

const timeProblems = ({ schedules }: Autoscale, at: At): Problem[] =>
  Object.entries(schedules).flatMap(([name, { fixedDate, timeZone }]) => [
    ...(windowsZone(timeZone) === undefined ? [at(`.schedules.${name}.timeZone`, `expected an IANA time zone that Windows has a name for; got ${show(timeZone)}${meant(timeZone)}`)] : []),
    ...(fixedDate !== undefined && clock(fixedDate.end) - clock(fixedDate.start) > FIXED_DAYS * 86_400_000
      ? [at(`.schedules.${name}.fixedDate.end`, `expected ${FIXED_DAYS} days or less after the start; got ${show(fixedDate.end)}`)]
      : []),
  ]);

const meant = (timeZone: string): string => {
  const iana = WINDOWS_ZONES[timeZone.replaceAll("_", " ")]?.split(" ")[0] ?? nearMiss(timeZone, ianaZones());
  return iana === undefined ? "" : `; did you mean ${show(iana)}?`;
};

const boundWarnings = <V>({ instanceCount }: OnlineDeployment<V>, { maxInstances, minInstances }: Autoscale, at: At): Problem[] => [
  ...(instanceCount < minInstances || instanceCount > maxInstances
    ? [at(".instanceCount", `outside the autoscaler's ${minInstances} to ${maxInstances}: Azure brings the ${instanceCount} there as soon as the deployment is made`)]
    : []),
  ...(minInstances < 3 ? [at(".autoscale.minInstances", `Microsoft advises three instances or more in production; got ${minInstances}`)] : []),
];

const tagWarnings = <V>({ tags }: On<V, AzureMlTarget<V>>, deployment: OnlineDeployment<V>, at: At): Problem[] => {
  const count = Object.keys({ ...tags, ...deployment.tags }).length;
  return count > TAGS ? [at("", `Azure's documentation gives ${TAGS} tags as the limit of an autoscale setting, and this one carries the deployment's ${count}`)] : [];
};

/** Instances that only ever come, or only ever go. */
const onewayWarnings = (autoscale: Autoscale, at: At): Problem[] =>
  partsOf(autoscale).flatMap(([path, { rules }]) => {
    const directions = new Set(rules.flatMap((rule) => (rule.kind === "target" ? ["out", "in"] : [rule.direction])));
    if (directions.size !== 1) return [];
    return [at(`${path}.rules`, directions.has("out") ? "rules add instances and none removes them: they stay until a schedule's bounds end" : "rules remove instances and none adds them")];
  });
