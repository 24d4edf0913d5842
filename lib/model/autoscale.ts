/** How many instances a deployment has, and who decides it while it runs. */
import { z } from "zod";
import { autoscaleRule, contradictions, type AutoscaleRule, type AutoscaleRuleArgs } from "./autoscale-rule.ts";
import { record, strict, whole } from "./fields.ts";
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

const rules = () => z.array(autoscaleRule(), { error: "expected a list of rules" });

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
  written()
    .transform(settle)
    .superRefine((value, context) => {
      const refuse = (path: string[], message: string) => context.addIssue({ code: "custom", path, message });
      const parts = [[[], value] as const, ...Object.entries(value.schedules).map(([name, schedule]) => [["schedules", name], schedule] as const)];
      for (const [path, part] of parts) for (const message of [...boundProblems(part), ...contradictions(part.rules)]) refuse([...path], message);
      for (const [name, message] of scheduleProblems(value.schedules)) refuse(["schedules", name], message);
    });

/** An autoscaler, parsed. A schedule says all of what holds while it does. @internal */
export type Autoscale = z.output<ReturnType<typeof autoscale>>;

/** What holds at one time. @internal */
export interface Bounds {
  readonly minInstances: number;
  readonly maxInstances: number;
  readonly defaultInstances: number;
  readonly rules: readonly AutoscaleRule[];
}

const settle = (given: z.output<ReturnType<typeof written>>) => {
  const base = { minInstances: given.minInstances, maxInstances: given.maxInstances, defaultInstances: given.defaultInstances ?? given.minInstances, rules: given.rules };
  const schedules = Object.entries(given.schedules).map(([name, schedule]) => {
    const minInstances = schedule.minInstances ?? base.minInstances;
    const bounds: Bounds = {
      minInstances,
      maxInstances: schedule.maxInstances ?? base.maxInstances,
      defaultInstances: schedule.defaultInstances ?? minInstances,
      rules: schedule.rules ?? base.rules,
    };
    return [name, { recurrence: schedule.recurrence, fixedDate: schedule.fixedDate, timeZone: schedule.timeZone, ...bounds }] as const;
  });
  return { ...base, schedules: Object.fromEntries(schedules) };
};

const boundProblems = ({ defaultInstances, maxInstances, minInstances }: Bounds): string[] =>
  minInstances <= defaultInstances && defaultInstances <= maxInstances
    ? []
    : [`expected minInstances, defaultInstances and maxInstances in this order, not ${minInstances}, ${defaultInstances} and ${maxInstances}`];
