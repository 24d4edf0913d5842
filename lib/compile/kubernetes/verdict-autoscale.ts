/** Autoscalers that a HorizontalPodAutoscaler or KEDA cannot be, and some that scale otherwise than their authors may think. */
import type { AutoscaleMetric, AutoscaleRule } from "../../model/autoscale-rule.ts";
import type { Autoscale } from "../../model/autoscale.ts";
import type { On } from "../../model/endpoint.ts";
import { alternatives } from "../../model/fields.ts";
import type { OnlineDeployment } from "../../model/online-deployment.ts";
import { show, type At, type Problem, type Verdict } from "../../model/refusal.ts";
import type { KubernetesTarget } from "../../model/target.ts";
import { isResource } from "./metrics.ts";
import { certain, certainOfEach, judged } from "../../model/refused.ts";

/** The longest stabilisation of a HorizontalPodAutoscaler (autoscaling/v2: 3600 seconds). */
const COOLDOWN_MINUTES = 60;
/** What the schema fills in. */
const WINDOW_MINUTES = 5;

const READ: readonly AutoscaleMetric[] = ["cpu", "memory", "requestsPerMinute", "requestsInFlight", "requestsQueued"];

/** What there is to say of a deployment's autoscaler, if it has one. */
export const autoscaleVerdict = <V>(endpoint: On<V, KubernetesTarget<V>>, deployment: OnlineDeployment<V>, at: At): Verdict => {
  const { autoscale } = deployment;
  if (autoscale === undefined) return { problems: [], warnings: [] };
  const below: At = (path, message) => at(`.autoscale${path}`, message);
  return judged(
    () => ({ problems: emptyProblems(autoscale, below) }),
    () => ({ problems: certainOfEach(autoscale.rules, (rule, i) => ruleProblems(rule, autoscale.rules.slice(0, Number(i)), (path, message) => below(`.rules.${i}${path}`, message))) }),
    () => ({ problems: readsMetrics(autoscale) && endpoint.target.monitoring?.prometheusUrl === undefined ? [below(".rules", UNREAD)] : [] }),
    () => ({ problems: defaultProblems(autoscale, below) }),
    () => ({ problems: scheduleProblems(autoscale, below) }),
    () => ({ warnings: [...boundWarnings(deployment, autoscale, at), ...requestWarnings(deployment, autoscale, below)] }),
  );
};

const readsMetrics = ({ rules }: Autoscale): boolean => rules.some(({ metric }) => READ.includes(metric) && !isResource(metric));

const UNREAD = "KEDA reads such metrics from Prometheus: say where it is, kubernetes({ monitoring: { prometheusUrl } })";

const emptyProblems = ({ rules, schedules }: Autoscale, at: At): Problem[] =>
  rules.length > 0 || Object.keys(schedules).length > 0 ? [] : [at("", 'nothing would scale: Kubernetes needs rules, such as { metric: "cpu", target: 60 }, or schedules')];

const ruleProblems = (rule: AutoscaleRule, before: readonly AutoscaleRule[], at: At): Problem[] => {
  const { metric } = rule;
  if (!READ.includes(metric)) return [at(".metric", `Kubernetes scales by ${alternatives(READ)}; got ${show(metric)}: ${WHY[metric] ?? "nothing in a cluster measures it"}`)];
  if (rule.kind === "step") return [at("", `Kubernetes knows no single steps, and keeps a metric near a value: write { metric: ${show(metric)}, target }`)];
  return certain(
    () => (before.some((earlier) => earlier.metric === metric) ? [at(".metric", `expected one target of each metric; got ${show(metric)} again`)] : []),
    () => (isResource(metric) && !Number.isInteger(rule.target) ? [at(".target", `Kubernetes takes whole percents of ${show(metric)}; got ${rule.target}`)] : []),
    () => (rule.cooldownMinutes > COOLDOWN_MINUTES ? [at(".cooldownMinutes", `Kubernetes waits ${COOLDOWN_MINUTES} minutes at most; got ${rule.cooldownMinutes}`)] : []),
    () =>
      isResource(metric) && rule.windowMinutes !== WINDOW_MINUTES
        ? [at(".windowMinutes", `the cluster knows the latest ${show(metric)} alone; leave it out, and let cooldownMinutes hold instances; got ${rule.windowMinutes}`)]
        : [],
  );
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
const defaultProblems = (autoscale: Autoscale, at: At): Problem[] =>
  autoscale.defaultInstances === autoscale.minInstances || readsMetrics(autoscale)
    ? []
    : [at(".defaultInstances", "without metrics of Prometheus nothing falls back to it; leave it out, and write instanceCount to begin with more")];

const DAYS = 7;

const scheduleProblems = (autoscale: Autoscale, at: At): Problem[] =>
  certainOfEach(autoscale.schedules, (schedule, name) => {
    const refuse = (isSo: boolean, path: string, message: string): Problem[] => (isSo ? [at(`.schedules.${name}${path}`, message)] : []);
    return certain(
      () => refuse(schedule.defaultInstances !== schedule.minInstances, ".defaultInstances", "KEDA has one for all times, the autoscaler's; leave it out"),
      () => refuse(schedule.fixedDate !== undefined, ".fixedDate", "KEDA's cron has no years, and it would come back in each; write a recurrence, or raise minInstances for that time"),
      () =>
        refuse(
          schedule.minInstances <= autoscale.minInstances,
          ".minInstances",
          `expected more than the autoscaler's ${autoscale.minInstances}: a schedule of KEDA can only raise the number of instances; got ${schedule.minInstances}`,
        ),
      () =>
        refuse(
          schedule.maxInstances !== autoscale.maxInstances,
          ".maxInstances",
          `a schedule of KEDA can only raise the number of instances, and leaves the maximum at ${autoscale.maxInstances}; leave it out`,
        ),
      () => refuse(JSON.stringify(schedule.rules) !== JSON.stringify(autoscale.rules), ".rules", "KEDA has the same rules at all times; leave them out"),
      () => refuse(isEndless(schedule.recurrence), ".recurrence", "it would never end; raise the autoscaler's minInstances instead"),
    );
  });

const isEndless = (recurrence: Autoscale["schedules"][string]["recurrence"]): boolean => recurrence !== undefined && recurrence.days.length === DAYS && recurrence.start === recurrence.end;

const boundWarnings = <V>({ instanceCount }: OnlineDeployment<V>, { maxInstances, minInstances }: Autoscale, at: At): Problem[] =>
  instanceCount < minInstances || instanceCount > maxInstances ? [at(".instanceCount", `outside the autoscaler's ${minInstances} to ${maxInstances}, which brings the ${instanceCount} there at once`)] : [];

/** A percentage is one of the request. */
const requestWarnings = <V>({ kubernetes: { resources } }: OnlineDeployment<V>, { rules }: Autoscale, at: At): Problem[] =>
  rules.flatMap(({ metric }, i) =>
    isResource(metric) && resources?.requests?.[metric] === undefined && resources?.limits?.[metric] === undefined
      ? [at(`.rules.${i}`, `a percentage of what the container asks for, which is little where kubernetes.resources.requests.${metric} is not written`)]
      : [],
  );
