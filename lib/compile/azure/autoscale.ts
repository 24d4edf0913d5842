/** An autoscale setting of Azure Monitor: one for each deployment on managed compute that has an autoscaler. */
import type { Autoscale, Bounds } from "../../model/autoscale.ts";
import type { AutoscaleRule } from "../../model/autoscale-rule.ts";
import type { On } from "../../model/endpoint.ts";
import { join, Ref } from "../../model/late.ts";
import { pairName } from "../../model/names.ts";
import type { PlannedResource } from "../../model/plan.ts";
import { endsOf, startsOf, weekTime, type FixedDateArgs, type Weekday } from "../../model/schedule.ts";
import type { AzureMlTarget } from "../../model/target.ts";
import { minutes } from "./durations.ts";
import { SHELL } from "./ids.ts";
import { METRIC, NAMESPACES, type Metric } from "./metrics.ts";
import { windowsZone } from "./time-zones.ts";

/** What a rule looks at is the deployment's, or the endpoint's told apart by the deployment's name. */
interface Watched {
  readonly id: Ref;
  readonly endpoint: Ref;
  readonly name: unknown;
}

/** The setting of a deployment, given as planned. It is deleted before the deployment: Azure would leave it behind. */
export const compileAutoscale = <V>(endpoint: On<V, AzureMlTarget<V>>, name: string, deployment: PlannedResource): PlannedResource[] => {
  const { autoscale, tags = {} } = endpoint.deployments[name] ?? {};
  if (autoscale === undefined || endpoint.azure.compute !== undefined) return [];
  const { location, resourceGroupName, workspaceName } = endpoint.target;
  const pair = pairName(endpoint.name, name);
  // Another program's endpoint has no resource here; its id is the beginning of the deployment's.
  const owner = endpoint.existing ? new Ref(deployment.id, "id", "/deployments/") : new Ref(SHELL, "id");
  const watched = { id: new Ref(deployment.id, "id"), endpoint: owner, name: deployment.inputs["deploymentName"] };
  return [
    {
      id: `autoscale:${name}`,
      role: "autoscale",
      deployment: name,
      type: "azure-native:monitor:AutoscaleSetting",
      logicalName: `${pair}-autoscale`,
      inputs: {
        // A resource group may hold the settings of several workspaces.
        autoscaleSettingName: join<V>`${workspaceName}-${pair}`,
        enabled: true,
        location,
        profiles: compileProfiles(autoscale, watched),
        resourceGroupName,
        tags: { ...endpoint.tags, ...tags },
        targetResourceUri: watched.id,
      },
      options: {},
    },
  ];
};

/** What holds when nothing else does. The portal finds what follows a recurrence by this name. */
const DEFAULT = "default";

/** The default, then what each schedule says, then the default again wherever a recurrence ends: one lasts until the next begins. */
const compileProfiles = (autoscale: Autoscale, watched: Watched) => {
  const weekly = Object.values(autoscale.schedules).flatMap(({ recurrence }) => (recurrence === undefined ? [] : startsOf(recurrence)));
  const schedules = Object.entries(autoscale.schedules).map(([name, { fixedDate, recurrence, timeZone, ...bounds }]) => ({
    ...profile(name, bounds, watched),
    ...(fixedDate === undefined ? {} : { fixedDate: compileFixedDate(fixedDate, timeZone) }),
    ...(recurrence === undefined ? {} : { recurrence: every(startsOf(recurrence), timeZone) }),
  }));
  const returns = Object.entries(autoscale.schedules).flatMap(([name, { recurrence, timeZone }]) => {
    const ends = recurrence === undefined ? [] : endsOf(recurrence).filter((end) => !weekly.includes(end));
    return ends.length === 0 ? [] : [{ ...profile(returnName(name), autoscale, watched), recurrence: every(ends, timeZone) }];
  });
  return [profile(DEFAULT, autoscale, watched), ...schedules, ...returns];
};

/** How Azure's own tools call the profile that ends another. */
const returnName = (schedule: string): string => JSON.stringify({ name: DEFAULT, for: schedule });

/** How many profiles, and rules in one, a setting would have. */
export const sizeOf = (autoscale: Autoscale): { readonly profiles: number; readonly rules: number } => {
  const profiles = compileProfiles(autoscale, { id: new Ref("", ""), endpoint: new Ref("", ""), name: "" });
  return { profiles: profiles.length, rules: Math.max(...profiles.map(({ rules }) => rules.length)) };
};

const profile = (name: string, { defaultInstances, maxInstances, minInstances, rules }: Bounds, watched: Watched) => ({
  capacity: { default: String(defaultInstances), maximum: String(maxInstances), minimum: String(minInstances) },
  name,
  rules: rules.flatMap((rule) => compileRule(rule, watched)),
});

const compileFixedDate = ({ end, start }: FixedDateArgs, timeZone: string) => ({ end, start, timeZone: windowsZone(timeZone) });

/** Minutes of the week at one time of day. */
const every = (starts: readonly number[], timeZone: string) => {
  const times = starts.map(weekTime);
  const minute = times[0]?.minute ?? 0;
  const schedule = { days: times.map(({ day }) => capital(day)), hours: [Math.floor(minute / 60)], minutes: [minute % 60], timeZone: windowsZone(timeZone) };
  return { frequency: "Week", schedule };
};

const capital = (day: Weekday): string => `${day.slice(0, 1).toUpperCase()}${day.slice(1)}`;

/** A target is a pair: out above it, in below half of it, one instance at a time. */
const compileRule = (rule: AutoscaleRule, watched: Watched) => {
  const { cooldownMinutes } = rule;
  if (rule.kind === "step") return [scaleRule(trigger(rule, rule.direction, rule.bound, watched, rule.aggregation), action(rule.direction, rule.step, cooldownMinutes))];
  const one = { instances: 1 };
  return [
    scaleRule(trigger(rule, "out", rule.target, watched), action("out", one, cooldownMinutes)),
    scaleRule(trigger(rule, "in", rule.target / 2, watched), action("in", one, cooldownMinutes)),
  ];
};

type Step = Extract<AutoscaleRule, { kind: "step" }>;

const scaleRule = <T, A>(metricTrigger: T, scaleAction: A) => ({ metricTrigger, scaleAction });

const AGGREGATIONS = { average: "Average", minimum: "Minimum", maximum: "Maximum" } as const;

/** Of a metric that Azure has not. The verdict refuses it, and counts what is made of the others with it. */
const UNKNOWN: Metric = { name: "", of: "deployment", extremes: false };

const trigger = (rule: AutoscaleRule, direction: Step["direction"], threshold: number, watched: Watched, aggregation: Step["aggregation"] = "average") => {
  const metric = METRIC[rule.metric] ?? UNKNOWN;
  const shared = metric.of === "endpoint";
  return {
    dimensions: shared ? [{ dimensionName: "deployment", operator: "Equals", values: [watched.name] }] : undefined,
    dividePerInstance: metric.total === true ? true : undefined,
    metricName: metric.name,
    metricNamespace: NAMESPACES[metric.of],
    metricResourceUri: shared ? watched.endpoint : watched.id,
    operator: direction === "out" ? "GreaterThan" : "LessThan",
    statistic: "Average",
    threshold,
    timeAggregation: AGGREGATIONS[aggregation],
    timeGrain: minutes(1),
    timeWindow: minutes(rule.windowMinutes),
  };
};

const action = (direction: Step["direction"], step: Step["step"], cooldownMinutes: number) => ({
  cooldown: minutes(cooldownMinutes),
  direction: direction === "out" ? "Increase" : "Decrease",
  ...("percent" in step ? { type: "PercentChangeCount", value: String(step.percent) } : "exactly" in step ? { type: "ExactCount", value: String(step.exactly) } : { type: "ChangeCount", value: String(step.instances) }),
});
