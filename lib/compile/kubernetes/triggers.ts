/** What a ScaledObject of KEDA looks at: metrics of the cluster, of Prometheus, and the clock. */
import type { AutoscaleRule } from "../../model/autoscale-rule.ts";
import type { Autoscale } from "../../model/autoscale.ts";
import type { On } from "../../model/endpoint.ts";
import type { Value } from "../../model/late.ts";
import { endsOf, startsOf, weekTime, type Recurrence, type Weekday } from "../../model/schedule.ts";
import type { KubernetesTarget } from "../../model/target.ts";
import { CONTAINER_NAME } from "./containers.ts";
import { isResource, queryOf } from "./metrics.ts";

/** A trigger; KEDA takes numbers as text. */
export interface Trigger<V> {
  readonly type: "cpu" | "memory" | "prometheus" | "cron";
  readonly metricType?: "Utilization" | "AverageValue";
  readonly metadata: Readonly<Record<string, Value<V>>>;
}

export const compileTriggers = <V>(endpoint: On<V, KubernetesTarget<V>>, name: string, { rules, schedules }: Autoscale): Trigger<V>[] => [
  ...rules.flatMap((rule) => (rule.kind === "target" ? [ofRule(endpoint, name, rule)] : [])),
  ...Object.values(schedules).flatMap(({ minInstances, recurrence, timeZone }) => (recurrence === undefined ? [] : [cron<V>(recurrence, timeZone, minInstances)])),
];

const ofRule = <V>(endpoint: On<V, KubernetesTarget<V>>, name: string, rule: AutoscaleRule & { readonly kind: "target" }): Trigger<V> => {
  const { metric, target } = rule;
  if (isResource(metric)) return { type: metric, metricType: "Utilization", metadata: { containerName: CONTAINER_NAME, value: `${target}` } };
  const serverAddress = endpoint.target.monitoring?.prometheusUrl ?? "";
  // Of all instances together, which KEDA shares among them.
  return { type: "prometheus", metricType: "AverageValue", metadata: { query: queryOf(endpoint, name, metric, rule.windowMinutes), serverAddress, threshold: `${target}` } };
};

/** While it lasts there are so many instances at least. It ends on the day on which it ends: KEDA knows no durations. */
const cron = <V>(recurrence: Recurrence, timezone: string, minInstances: number): Trigger<V> => ({
  type: "cron",
  metadata: { desiredReplicas: `${minInstances}`, end: cronOf(endsOf(recurrence)), start: cronOf(startsOf(recurrence)), timezone },
});

const DAYS: readonly Weekday[] = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/** Minutes of the week at one time of several days, as a line of cron. */
export const cronOf = (minutes: readonly number[]): string => {
  const times = minutes.map(weekTime);
  const minute = times[0]?.minute ?? 0;
  const days = times.map(({ day }) => DAYS.indexOf(day)).toSorted((a, b) => a - b);
  return `${minute % 60} ${Math.floor(minute / 60)} * * ${days.join(",")}`;
};
