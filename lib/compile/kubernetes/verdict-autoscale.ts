/** Autoscalers that a HorizontalPodAutoscaler or KEDA cannot be, and some that scale otherwise than their authors may think. */
import type { AutoscaleMetric, AutoscaleRule } from "../../model/autoscale-rule.ts";
import type { Autoscale } from "../../model/autoscale.ts";
import type { On } from "../../model/endpoint.ts";
import { alternatives } from "../../model/fields.ts";
import type { OnlineDeployment } from "../../model/online-deployment.ts";
import { show, type At, type Problem, type Verdict } from "../../model/refusal.ts";
import type { KubernetesTarget } from "../../model/target.ts";
import { isResource } from "./metrics.ts";

/** The longest stabilisation of a HorizontalPodAutoscaler (autoscaling/v2: 3600 seconds). */
const COOLDOWN_MINUTES = 60;
/** What the schema fills in. */
const WINDOW_MINUTES = 5;

const READ: readonly AutoscaleMetric[] = ["cpu", "memory", "requestsPerMinute", "requestsInFlight", "requestsQueued"];

/** What there is to say of a deployment's autoscaler, if it has one. */
export const autoscaleVerdict = <V>({ target }: On<V, KubernetesTarget<V>>, deployment: OnlineDeployment<V>, at: At): Verdict => {
  const { autoscale } = deployment;
  if (autoscale === undefined) return { problems: [], warnings: [] };
  const below: At = (path, message) => at(`.autoscale${path}`, message);
  const reads = autoscale.rules.some(({ metric }) => READ.includes(metric) && !isResource(metric));
  return {
    problems: [
      ...emptyProblems(autoscale, below),
      ...autoscale.rules.flatMap((rule, i) => ruleProblems(rule, autoscale.rules.slice(0, i), (path, message) => below(`.rules.${i}${path}`, message))),
      ...(reads && target.monitoring?.prometheusUrl === undefined ? [below(".rules", "KEDA reads such metrics from Prometheus: say where it is, kubernetes({ monitoring: { prometheusUrl } })")] : []),
      ...defaultProblems(autoscale, reads, below),
      ...scheduleProblems(autoscale, below),
    ],
    warnings: [...boundWarnings(deployment, autoscale, at), ...requestWarnings(deployment, autoscale, below)],
  };
};

const emptyProblems = ({ rules, schedules }: Autoscale, at: At): Problem[] =>
  rules.length > 0 || Object.keys(schedules).length > 0 ? [] : [at("", 'nothing would scale: Kubernetes needs rules, such as { metric: "cpu", target: 60 }, or schedules')];

const ruleProblems = (rule: AutoscaleRule, before: readonly AutoscaleRule[], at: At): Problem[] => {
  const { cooldownMinutes, metric, windowMinutes } = rule;
  if (!READ.includes(metric)) return [at(".metric", `Kubernetes scales by ${alternatives(READ)}; got ${show(metric)}: ${WHY[metric] ?? "nothing in a cluster measures it"}`)];
  if (rule.kind === "step") return [at("", `Kubernetes knows no single steps, and keeps a metric near a value: write { metric: ${show(metric)}, target }`)];
  return [
    ...(before.some((earlier) => earlier.metric === metric) ? [at(".metric", `expected one target of each metric; got ${show(metric)} again`)] : []),
    ...(isResource(metric) && !Number.isInteger(rule.target) ? [at(".target", `Kubernetes takes whole percents of ${show(metric)}; got ${rule.target}`)] : []),
    ...(cooldownMinutes > COOLDOWN_MINUTES ? [at(".cooldownMinutes", `Kubernetes waits ${COOLDOWN_MINUTES} minutes at most; got ${cooldownMinutes}`)] : []),
    ...(isResource(metric) && windowMinutes !== WINDOW_MINUTES
      ? [at(".windowMinutes", `the cluster knows the latest ${show(metric)} alone; leave it out, and let cooldownMinutes hold instances; got ${windowMinutes}`)]
      : []),
  ];
};

const LATENCY = "it does not fall in proportion to the number of instances, which is what an autoscaler of Kubernetes counts on; scale by what causes it, requestsQueued or requestsInFlight";

const WHY: Partial<Record<AutoscaleMetric, string>> = {
  requestLatency: LATENCY,
  requestLatencyP50: LATENCY,
  requestLatencyP90: LATENCY,
  requestLatencyP95: LATENCY,
  requestLatencyP99: LATENCY,
};

/** Of metrics of the cluster the autoscaler keeps what there is while it reads nothing. */
const defaultProblems = ({ defaultInstances, minInstances, schedules }: Autoscale, reads: boolean, at: At): Problem[] => [
  ...(reads || defaultInstances === minInstances ? [] : [at(".defaultInstances", "without metrics of Prometheus nothing falls back to it; leave it out, and write instanceCount to begin with more")]),
  ...Object.entries(schedules).flatMap(([name, schedule]) =>
    schedule.defaultInstances === schedule.minInstances ? [] : [at(`.schedules.${name}.defaultInstances`, "KEDA has one for all times, the autoscaler's; leave it out")],
  ),
];

const DAYS = 7;

const scheduleProblems = (autoscale: Autoscale, at: At): Problem[] =>
  Object.entries(autoscale.schedules).flatMap(([name, schedule]) => {
    const refuse: At = (path, message) => at(`.schedules.${name}${path}`, message);
    const { fixedDate, maxInstances, minInstances, recurrence, rules } = schedule;
    return [
      ...(fixedDate === undefined ? [] : [refuse(".fixedDate", "KEDA's cron has no years, and it would come back in each; write a recurrence, or raise minInstances for that time")]),
      ...(minInstances > autoscale.minInstances
        ? []
        : [refuse(".minInstances", `expected more than the autoscaler's ${autoscale.minInstances}: a schedule of KEDA can only raise the number of instances; got ${minInstances}`)]),
      ...(maxInstances === autoscale.maxInstances ? [] : [refuse(".maxInstances", `a schedule of KEDA can only raise the number of instances, and leaves the maximum at ${autoscale.maxInstances}; leave it out`)]),
      ...(JSON.stringify(rules) === JSON.stringify(autoscale.rules) ? [] : [refuse(".rules", "KEDA has the same rules at all times; leave them out")]),
      ...(recurrence !== undefined && recurrence.days.length === DAYS && recurrence.start === recurrence.end ? [refuse(".recurrence", "it would never end; raise the autoscaler's minInstances instead")] : []),
    ];
  });

const boundWarnings = <V>({ instanceCount }: OnlineDeployment<V>, { maxInstances, minInstances }: Autoscale, at: At): Problem[] =>
  instanceCount < minInstances || instanceCount > maxInstances ? [at(".instanceCount", `outside the autoscaler's ${minInstances} to ${maxInstances}, which brings the ${instanceCount} there at once`)] : [];

/** A percentage is one of the request. */
const requestWarnings = <V>({ kubernetes: { resources } }: OnlineDeployment<V>, { rules }: Autoscale, at: At): Problem[] =>
  rules.flatMap(({ metric }, i) =>
    isResource(metric) && resources?.requests?.[metric] === undefined && resources?.limits?.[metric] === undefined
      ? [at(`.rules.${i}`, `a percentage of what the container asks for, which is little where kubernetes.resources.requests.${metric} is not written`)]
      : [],
  );
