/** What an autoscaler looks at, and what it does then. */
import { z } from "zod";
import { alternatives, oneOf, strict, under, whole } from "./fields.ts";
import { certain, withMore } from "./refused.ts";
import { show } from "./refusal.ts";

/** What can be looked at, with the unit of its values. */
export const METRICS = {
  cpu: "percent",
  memory: "percent",
  gpu: "percent",
  gpuMemory: "percent",
  disk: "percent",
  requestLatency: "milliseconds",
  requestLatencyP50: "milliseconds",
  requestLatencyP90: "milliseconds",
  requestLatencyP95: "milliseconds",
  requestLatencyP99: "milliseconds",
  requestsPerMinute: "requests",
  requestsInFlight: "requests",
  requestsQueued: "requests",
} as const;

/**
 * A metric of a deployment: the busy share of its instances in percent (`cpu`, `memory`, `gpu`, `gpuMemory`, `disk`), how long its answers take in
 * milliseconds (`requestLatency`, the mean, and percentiles), or the requests that each instance gets in a minute (`requestsPerMinute`), holds at a time
 * (`requestsInFlight`) or keeps waiting for a worker (`requestsQueued`). Azure has no numbers of those that are held or wait; Kubernetes scales by `cpu` and
 * `memory`, in percent of what the container requests, and by numbers of requests, which KEDA reads from Prometheus.
 */
export type AutoscaleMetric = keyof typeof METRICS;

/** What every rule says. */
interface RuleArgs {
  /** What is looked at. */
  readonly metric: AutoscaleMetric;
  /** Minutes that are looked at together, 1 to 720; Azure takes 5 or more, and Kubernetes always has the latest `cpu` and `memory`. @default 5 */
  readonly windowMinutes?: number;
  /**
   * Minutes after an action of this rule in which no rule acts, 1 to 10 080. On Kubernetes, 60 at most: minutes for which nothing may have called for an
   * instance before it goes; the longest of the rules counts, and instances come at once. @default 5
   */
  readonly cooldownMinutes?: number;
}

/**
 * Keeps a metric near a value: one instance more while it is above, one fewer while it is below half of it. Half, because where one of two instances
 * goes the other does the work of both: so neither step calls for the other. On Kubernetes as many at once as bring it there.
 */
export interface TargetRuleArgs extends RuleArgs {
  /** The value, above 0; a percentage is 100 at most. */
  readonly target: number;
}

/** A step; by how much is one of `by`, `byPercent` and `to`. */
interface StepRuleArgs extends RuleArgs {
  /** Instances, 1 or more. @default - 1, where neither of the others is written */
  readonly by?: number;
  /** Percent of the instances that there are, 1 or more. @default - none: `by` */
  readonly byPercent?: number;
  /** The number of instances to go to, 1 or more. @default - none: `by` */
  readonly to?: number;
  /** How the values of the window become one. @default "average" */
  readonly aggregation?: "average" | "minimum" | "maximum";
}

/** Adds instances while a metric is above a value. Of several such rules any one is enough. Refused on Kubernetes. */
export interface ScaleOutRuleArgs extends StepRuleArgs {
  /** The value, 0 or more, in the metric's unit; a percentage is 100 at most. */
  readonly above: number;
}

/** Removes instances while a metric is below a value. Of several such rules, and targets, all must agree. Refused on Kubernetes. */
export interface ScaleInRuleArgs extends StepRuleArgs {
  /** The value, above 0, in the metric's unit; a percentage is 100 at most. Of the same metric it is no more than any `above`. */
  readonly below: number;
}

/** A rule: a target, or a step out or in. */
export type AutoscaleRuleArgs = TargetRuleArgs | ScaleOutRuleArgs | ScaleInRuleArgs;

const KINDS = ["target", "above", "below"] as const;
const STEPS = ["by", "byPercent", "to"] as const;

const value = () => z.number({ error: "expected a number" }).min(0, { error: "expected 0 or more" });

const written = () =>
  strict(
    {
      metric: oneOf(...(Object.keys(METRICS) as [AutoscaleMetric, ...AutoscaleMetric[]])),
      target: value().optional(),
      above: value().optional(),
      below: value().optional(),
      by: whole("instances", 1).optional(),
      byPercent: whole("percent", 1).optional(),
      to: whole("instances", 1).optional(),
      aggregation: oneOf("average", "minimum", "maximum").optional(),
      windowMinutes: whole("minutes", 1, 720).default(5),
      cooldownMinutes: whole("minutes", 1, 10_080).default(5),
    },
    "a rule: { metric, target }, { metric, above } or { metric, below }",
  );

type Written = z.output<ReturnType<typeof written>>;

/** @internal A rule, sound by itself. */
export const autoscaleRule = () =>
  under(written(), (rule) => ruleProblems(rule).map(([key, message]) => ({ path: key === "" ? [] : [key], message }))).transform(settle);

const ruleProblems = (rule: Written): (readonly [key: string, message: string])[] => {
  const kinds = KINDS.filter((key) => rule[key] !== undefined);
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) return [["", `expected exactly one of ${KINDS.join(", ")}; two steps are two rules`]];
  return certain(
    () => valueProblems(rule, kind),
    () => stepProblems(rule, kind),
  );
};

const valueProblems = (rule: Written, kind: (typeof KINDS)[number]): (readonly [key: string, message: string])[] => {
  const given = rule[kind] ?? 0;
  // Nothing is below 0, nor below half of it.
  if (given === 0 && kind !== "above") return [[kind, "expected more than 0"]];
  return METRICS[rule.metric] === "percent" && given > 100 ? [[kind, "expected 100 percent at most"]] : [];
};

const stepProblems = (rule: Written, kind: (typeof KINDS)[number]): (readonly [key: string, message: string])[] => {
  const steps = STEPS.filter((key) => rule[key] !== undefined);
  const own = kind === "target" ? [...steps, ...(rule.aggregation === undefined ? [] : ["aggregation"])] : [];
  if (own.length > 0) return own.map((key) => [key, "a target decides this itself; write it on a rule with above or below"]);
  return steps.length > 1 ? [["", `expected one of ${alternatives(STEPS)}`]] : [];
};

const settle = (rule: Written): AutoscaleRule => {
  const common = { metric: () => rule.metric, windowMinutes: () => rule.windowMinutes, cooldownMinutes: () => rule.cooldownMinutes };
  if (rule.target !== undefined) return withMore({}, { kind: () => "target" as const, ...common, target: () => rule.target ?? 0 });
  return withMore(
    {},
    {
      kind: () => "step" as const,
      ...common,
      direction: () => (rule.above === undefined ? "in" : "out"),
      bound: () => rule.above ?? rule.below ?? 0,
      step: () => stepOf(rule),
      aggregation: () => rule.aggregation ?? "average",
    },
  );
};

const stepOf = ({ by, byPercent, to }: Written): StepRule["step"] => (byPercent !== undefined ? { percent: byPercent } : to !== undefined ? { exactly: to } : { instances: by ?? 1 });

/** A rule, parsed. @internal */
export type AutoscaleRule = TargetRule | StepRule;

interface Looking {
  readonly metric: AutoscaleMetric;
  readonly windowMinutes: number;
  readonly cooldownMinutes: number;
}

interface TargetRule extends Looking {
  readonly kind: "target";
  readonly target: number;
}

interface StepRule extends Looking {
  readonly kind: "step";
  readonly direction: "out" | "in";
  readonly bound: number;
  readonly step: { readonly instances: number } | { readonly percent: number } | { readonly exactly: number };
  readonly aggregation: "average" | "minimum" | "maximum";
}

/** Rules that would call for both directions at once: one line for each pair. @internal */
export const contradictions = (rules: readonly AutoscaleRule[]): string[] => {
  const of = (direction: StepRule["direction"]) => rules.filter((rule) => rule.kind === "step").filter((rule) => rule.direction === direction);
  return of("out").flatMap((out) =>
    of("in")
      .filter((back) => back.metric === out.metric && back.bound > out.bound)
      .map((back) => `${show(out.metric)} above ${out.bound} adds instances and below ${back.bound} removes them: expected the second value below the first`),
  );
};
