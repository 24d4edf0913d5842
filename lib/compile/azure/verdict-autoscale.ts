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
import { certain, certainOfEach, judged } from "../../model/refused.ts";

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
  return judged(
    () => ({ problems: sizeProblems(autoscale, below) }),
    () => ({ problems: partProblems(autoscale, below) }),
    () => ({ problems: certainOfEach(autoscale.schedules, (schedule, name) => scheduleProblems(name, schedule, autoscale, below)) }),
    () => ({ warnings: [...boundWarnings(deployment, autoscale, at), ...tagWarnings(endpoint, deployment, below), ...onewayWarnings(autoscale, below)] }),
  );
};

/** Kubernetes compute scales by itself, by how busy the instances are: bounds are all that it is told. */
const selfScalingProblems = <V>(deployment: OnlineDeployment<V>, autoscale: Autoscale, at: At): Problem[] => {
  const own = "Kubernetes compute scales by how busy its instances are";
  const told = (isSo: boolean, path: string, message: string): Problem[] => (isSo ? [at(path, message)] : []);
  return certain(
    () => told(deployment.azure.scaleSettings !== undefined, "", "azure.scaleSettings says the same for Kubernetes compute; leave out either"),
    () => told(autoscale.rules.length > 0, ".rules", `${own}, and takes no rules; leave them out, or set azure.scaleSettings instead of autoscale`),
    () => told(Object.keys(autoscale.schedules).length > 0, ".schedules", `${own}, and takes no schedules; leave them out`),
    () => told(autoscale.defaultInstances !== autoscale.minInstances, ".defaultInstances", `${own}, and knows no default; leave it out`),
    () => told(deployment.instanceCount !== autoscale.defaultInstances, ".instanceCount", `${own}, between minInstances and maxInstances; leave instanceCount out`),
  );
};

/** What a schedule says otherwise than the autoscaler. */
const scheduleProblems = (name: string, schedule: Schedule, autoscale: Autoscale, at: At): Problem[] => {
  const below: At = (path, message) => at(`.schedules.${name}${path}`, message);
  return certain(
    () => (schedule.maxInstances === autoscale.maxInstances ? [] : mostProblems(schedule, below)),
    () => (sameRules(schedule, autoscale) ? [] : rulesProblems(schedule, below)),
    () => zoneProblems(schedule, below),
    () => lengthProblems(schedule, below),
  );
};

const sameRules = (one: Pick<Bounds, "rules">, other: Pick<Bounds, "rules">): boolean => one.rules === other.rules || JSON.stringify(one.rules) === JSON.stringify(other.rules);

const sizeProblems = (autoscale: Autoscale, at: At): Problem[] =>
  certain(
    () => emptyProblems(autoscale, at),
    () => countProblems(autoscale, at),
  );

const emptyProblems = ({ rules, schedules }: Autoscale, at: At): Problem[] =>
  rules.length > 0 || Object.keys(schedules).length > 0 ? [] : [at("", "nothing would scale: managed compute needs rules, such as { metric: \"cpu\", target: 60 }, or schedules")];

const countProblems = (autoscale: Autoscale, at: At): Problem[] => {
  const { profiles, rules } = sizeOf(autoscale);
  return [
    ...(profiles > PROFILES
      ? [at(".schedules", `an autoscale setting holds ${PROFILES} profiles: one, one for each schedule, and one for each end of a recurrence at which no other begins; got ${profiles}`)]
      : []),
    ...(rules > RULES ? [at(".rules", `an autoscale setting holds ${RULES} rules at a time, and a target is two; got ${rules}`)] : []),
  ];
};

const partProblems = (autoscale: Autoscale, at: At): Problem[] =>
  certain(
    () => mostProblems(autoscale, at),
    () => rulesProblems(autoscale, at),
  );

const mostProblems = ({ maxInstances }: Pick<Bounds, "maxInstances">, at: At): Problem[] =>
  maxInstances > INSTANCES ? [at(".maxInstances", `managed compute takes ${INSTANCES} instances at most; got ${maxInstances}`)] : [];

const rulesProblems = ({ rules }: Pick<Bounds, "rules">, at: At): Problem[] => certainOfEach(rules, (rule, i) => ruleProblems(rule, (key, message) => at(`.rules.${i}${key}`, message)));

/** The shortest window that Azure Monitor takes. */
const WINDOW_MINUTES = 5;

const ruleProblems = (rule: AutoscaleRule, at: At): Problem[] =>
  certain(
    () => (METRIC[rule.metric] === undefined ? [at(".metric", `Azure Monitor has no such metric; got ${show(rule.metric)}: take requestsPerMinute, cpu or a requestLatency`)] : []),
    () => windowProblems(rule, at),
    () => aggregationProblems(rule, at),
  );

/** Of metrics that there are. */
const windowProblems = ({ metric, windowMinutes }: AutoscaleRule, at: At): Problem[] =>
  METRIC[metric] !== undefined && windowMinutes < WINDOW_MINUTES ? [at(".windowMinutes", `Azure Monitor looks at ${WINDOW_MINUTES} minutes or more; got ${windowMinutes}`)] : [];

const aggregationProblems = (rule: AutoscaleRule, at: At): Problem[] =>
  rule.kind === "step" && METRIC[rule.metric]?.extremes === false && rule.aggregation !== "average"
    ? [at(".aggregation", `Azure Monitor has the average of ${show(rule.metric)} alone; got ${show(rule.aggregation)}`)]
    : [];

type Schedule = Autoscale["schedules"][string];

const zoneProblems = ({ timeZone }: Schedule, at: At): Problem[] =>
  windowsZone(timeZone) === undefined ? [at(".timeZone", `expected an IANA time zone that Windows has a name for; got ${show(timeZone)}${meant(timeZone)}`)] : [];

const lengthProblems = ({ fixedDate }: Schedule, at: At): Problem[] =>
  fixedDate !== undefined && clock(fixedDate.end) - clock(fixedDate.start) > FIXED_DAYS * 86_400_000 ? [at(".fixedDate.end", `expected ${FIXED_DAYS} days or less after the start; got ${show(fixedDate.end)}`)] : [];

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
const onewayWarnings = (autoscale: Autoscale, at: At): Problem[] => {
  const otherwise = Object.entries(autoscale.schedules).flatMap(([name, schedule]) => (sameRules(schedule, autoscale) ? [] : [[`.schedules.${name}`, schedule.rules] as const]));
  return [["", autoscale.rules] as const, ...otherwise].flatMap(([path, rules]) => {
    const directions = new Set(rules.flatMap((rule) => (rule.kind === "target" ? ["out", "in"] : [rule.direction])));
    if (directions.size !== 1) return [];
    return [at(`${path}.rules`, directions.has("out") ? "rules add instances and none removes them: they stay until a schedule's bounds end" : "rules remove instances and none adds them")];
  });
};
