/** How many instances a deployment has, and who decides it while it runs. */
import type { z } from "zod";
import { autoscaleRule, contradictions, type AutoscaleRule, type AutoscaleRuleArgs } from "./autoscale-rule.ts";
import { list, record, strict, under, whole } from "./fields.ts";
import { certain, certainOfEach, withEach, withMore } from "./refused.ts";
import { scheduleProblems, times, type AutoscaleScheduleArgs } from "./schedule.ts";

/** Bounds, rules and schedules of a deployment's instances. The number that it begins with is its `instanceCount`. */
export interface AutoscaleArgs {
  /** Instances at least, 1 or more: an online deployment does not scale to nothing. @default 1 */
  readonly minInstances?: number;
  /** Instances at most, `minInstances` or more; 50 at most on managed compute (how-to-manage-quotas), whose quota must cover them all. */
  readonly maxInstances: number;
  /**
   * Instances while the metrics cannot be read and there are fewer; between the two. Managed compute, and metrics that Kubernetes reads from Prometheus.
   * @default - `minInstances`
   */
  readonly defaultInstances?: number;
  /** When to add and to remove. Managed compute takes 10 at most, where a target counts as two; Kubernetes takes targets. @default - none */
  readonly rules?: readonly AutoscaleRuleArgs[];
  /**
   * Other bounds for a time, by names of your choice. Managed compute; Kubernetes takes recurrences that raise `minInstances`, and gives them to KEDA.
   * @default - none
   */
  readonly schedules?: Readonly<Record<string, AutoscaleScheduleArgs>>;
}

const least = () => whole("instances", 0).refine((value) => value > 0, { error: "expected 1 or more instances: with none, nobody would hold the first request" });

const rules = () => list(autoscaleRule(), "a list of rules");

const written = () =>
  strict(
    {
      minInstances: least().default(1),
      maxInstances: whole("instances", 1),
      defaultInstances: whole("instances", 1).optional(),
      rules: rules().default([]),
      schedules: record(
        strict({
          ...times(),
          minInstances: least().optional(),
          maxInstances: whole("instances", 1).optional(),
          defaultInstances: whole("instances", 1).optional(),
          rules: rules().optional(),
        }),
        "an object of schedules by name",
      ).default({}),
    },
    "an autoscaler: { minInstances, maxInstances }",
  );

/** @internal */
export const autoscale = () =>
  under(
    written().transform(settle),
    (value) => partProblems([], value),
    ({ schedules }) => certainOfEach(schedules, (schedule, name) => partProblems(["schedules", name], schedule)),
    ({ schedules }) => scheduleProblems(schedules).map(([name, message]) => ({ path: ["schedules", name], message })),
  );

/** An autoscaler, parsed. A schedule says all of what holds while it does. @internal */
export type Autoscale = z.output<ReturnType<typeof autoscale>>;

/** What holds at one time. @internal */
export interface Bounds {
  readonly minInstances: number;
  readonly maxInstances: number;
  readonly defaultInstances: number;
  readonly rules: readonly AutoscaleRule[];
}

type Written = z.output<ReturnType<typeof written>>;

const settle = (given: Written) =>
  withMore(given, {
    defaultInstances: ({ defaultInstances, minInstances }) => defaultInstances ?? minInstances,
    schedules: ({ schedules }) => withEach(schedules, (schedule) => settleSchedule(schedule, given)),
  });

const settleSchedule = (schedule: Written["schedules"][string], autoscaler: Written) => {
  const minInstances = () => schedule.minInstances ?? autoscaler.minInstances;
  return withMore(schedule, {
    minInstances,
    maxInstances: () => schedule.maxInstances ?? autoscaler.maxInstances,
    defaultInstances: () => schedule.defaultInstances ?? minInstances(),
    rules: () => schedule.rules ?? autoscaler.rules,
  });
};

const partProblems = (path: readonly string[], part: Bounds) =>
  certain(
    () => boundProblems(part),
    () => contradictions(part.rules),
  ).map((message) => ({ path, message }));

const boundProblems = ({ defaultInstances, maxInstances, minInstances }: Bounds): string[] =>
  minInstances <= defaultInstances && defaultInstances <= maxInstances
    ? []
    : [`expected minInstances, defaultInstances and maxInstances in this order, not ${minInstances}, ${defaultInstances} and ${maxInstances}`];
