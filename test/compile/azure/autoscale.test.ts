import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Concat, Ref } from "../../../lib/model/late.ts";
import { azureTarget, deployment } from "../../model/declare.ts";
import { planOf, refusals, resource, warnings } from "./compile.ts";

const cluster = { azure: { compute: "azureml:aks" }, target: { ...azureTarget, subscriptionId: "sub" } };
const blue = (autoscale: object, more: object = {}) => ({ name: "wine", deployments: { blue: { ...deployment, autoscale, ...more } } });
const scaled = (autoscale: object, more: object = {}) => blue({ minInstances: 3, maxInstances: 10, rules: [{ metric: "cpu", target: 60 }], ...autoscale }, more);

interface Rule {
  readonly metricTrigger: Record<string, unknown>;
  readonly scaleAction: Record<string, unknown>;
}

interface Profile {
  readonly name: string;
  readonly capacity: object;
  readonly rules: readonly Rule[];
  readonly recurrence?: { readonly schedule: { readonly days: readonly string[]; readonly hours: readonly number[]; readonly minutes: readonly number[]; readonly timeZone: string } };
  readonly fixedDate?: object;
}

const setting = (changes: object) => resource(planOf(changes), "autoscale:blue");
const profiles = (changes: object) => setting(changes).inputs["profiles"] as readonly Profile[];
const rules = (...given: readonly object[]) => profiles(scaled({ rules: given }))[0]?.rules ?? [];

describe("an autoscale setting", () => {
  it("is the deployment's, switched on, and goes before it", () => {
    const { deployment: owner, inputs, logicalName, options, role } = setting({ ...scaled({}), tags: { team: "risk" } });
    expect({ logicalName, options, owner, role }).toEqual({ logicalName: "wine--blue-autoscale", options: {}, owner: "blue", role: "autoscale" });
    expect(inputs).toMatchObject({ enabled: true, location: "westeurope", resourceGroupName: "rg", tags: { team: "risk" }, targetResourceUri: new Ref("deployment:blue", "id") });
    expect(inputs["autoscaleSettingName"]).toEqual(new Concat(["ws", "-", "wine--blue"]));
  });

  it("owns the capacity, which is written once", () => {
    const { inputs, options } = resource(planOf(scaled({ defaultInstances: 4 })), "deployment:blue");
    expect(inputs["sku"]).toEqual({ capacity: 4, name: "Default" });
    expect(options.ignoreChanges).toEqual(["sku.capacity"]);
    expect(resource(planOf(), "deployment:blue").options.ignoreChanges).toBeUndefined();
  });

  it("has its bounds as text, the default apart from what it begins with", () => {
    const [first] = profiles(scaled({ defaultInstances: 4 }, { instanceCount: 5 }));
    expect(first).toMatchObject({ name: "default", capacity: { minimum: "3", maximum: "10", default: "4" } });
    expect(resource(planOf(scaled({ defaultInstances: 4 }, { instanceCount: 5 })), "deployment:blue").inputs["sku"]).toMatchObject({ capacity: 5 });
  });
});

describe("a target", () => {
  it("is a pair: one more above it, one fewer below half of it", () => {
    const trigger = {
      metricName: "CpuUtilizationPercentage",
      metricNamespace: "microsoft.machinelearningservices/workspaces/onlineendpoints/deployments",
      metricResourceUri: new Ref("deployment:blue", "id"),
      statistic: "Average",
      timeAggregation: "Average",
      timeGrain: "PT1M",
      timeWindow: "PT10M",
    };
    expect(rules({ metric: "cpu", target: 60, windowMinutes: 10, cooldownMinutes: 3 })).toEqual([
      { metricTrigger: { ...trigger, operator: "GreaterThan", threshold: 60 }, scaleAction: { cooldown: "PT3M", direction: "Increase", type: "ChangeCount", value: "1" } },
      { metricTrigger: { ...trigger, operator: "LessThan", threshold: 30 }, scaleAction: { cooldown: "PT3M", direction: "Decrease", type: "ChangeCount", value: "1" } },
    ]);
  });

  it("never calls for the step back: whatever the load, one step leaves it between the two values", () => {
    const steps = fc.property(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 49 }), fc.double({ min: 0, max: 100, noNaN: true }), (target, instances, value) => {
      const [out = 0, back = 0] = rules({ metric: "cpu", target }).map(({ metricTrigger }) => metricTrigger["threshold"] as number);
      const [oneMore, oneFewer] = [(value * instances) / (instances + 1), (value * (instances + 1)) / instances];
      return out > 0 && (value <= out || oneMore >= back) && (value >= back || oneFewer <= out);
    });
    expect(fc.check(steps)).toMatchObject({ failed: false });
  });

  it("of requests counts those of one instance", () => {
    for (const { metricTrigger } of rules({ metric: "requestsPerMinute", target: 300 })) expect(metricTrigger).toMatchObject({ metricName: "RequestsPerMinute", dividePerInstance: true });
  });

  it("of the mean latency looks at the endpoint, and there at this deployment alone", () => {
    expect(rules({ metric: "requestLatency", target: 200 })[0]?.metricTrigger).toMatchObject({
      metricName: "RequestLatency",
      metricNamespace: "microsoft.machinelearningservices/workspaces/onlineendpoints",
      metricResourceUri: new Ref("endpoint", "id"),
      dimensions: [{ dimensionName: "deployment", operator: "Equals", values: ["blue"] }],
    });
    expect(rules({ metric: "requestLatencyP95", target: 200 })[0]?.metricTrigger).toMatchObject({ metricName: "RequestLatency_P95", metricResourceUri: new Ref("deployment:blue", "id") });
  });
});

describe("a step", () => {
  it("is one rule, as written", () => {
    const written = rules({ metric: "gpuMemory", above: 70, by: 2, aggregation: "maximum" }, { metric: "disk", above: 0, byPercent: 50 }, { metric: "memory", below: 30, to: 3 });
    expect(written.map(({ metricTrigger: { metricName, operator, threshold, timeAggregation }, scaleAction: { direction, type, value } }) => [metricName, operator, threshold, timeAggregation, direction, type, value])).toEqual([
      ["GpuMemoryUtilizationPercentage", "GreaterThan", 70, "Maximum", "Increase", "ChangeCount", "2"],
      ["DiskUtilization", "GreaterThan", 0, "Average", "Increase", "PercentChangeCount", "50"],
      ["CpuMemoryUtilizationPercentage", "LessThan", 30, "Average", "Decrease", "ExactCount", "3"],
    ]);
  });
});

const weekly = (days: readonly string[], start: string, end: string, more: object = {}) => ({ recurrence: { days, start, end }, timeZone: "Europe/Vienna", ...more });
const times = (changes: object) => profiles(changes).slice(1).map(({ name, recurrence }) => [name, recurrence?.schedule.days, recurrence?.schedule.hours, recurrence?.schedule.minutes]);

describe("a schedule", () => {
  it("holds until it ends, when the default is back", () => {
    const changes = scaled({ schedules: { nights: weekly(["monday", "sunday"], "20:15", "06:30", { minInstances: 1, maxInstances: 1, rules: [] }) } });
    expect(times(changes)).toEqual([
      ["nights", ["Monday", "Sunday"], [20], [15]],
      ['{"name":"default","for":"nights"}', ["Tuesday", "Monday"], [6], [30]],
    ]);
    const [base, nights, back] = profiles(changes);
    expect(nights).toMatchObject({ capacity: { minimum: "1", maximum: "1", default: "1" }, rules: [], recurrence: { frequency: "Week", schedule: { timeZone: "W. Europe Standard Time" } } });
    expect(back).toMatchObject({ capacity: base?.capacity, rules: base?.rules });
  });

  it("hands over to one that begins where it ends", () => {
    const schedules = { days: weekly(["monday"], "08:00", "20:00"), nights: weekly(["monday"], "20:00", "08:00") };
    expect(times(scaled({ schedules }))).toEqual([
      ["days", ["Monday"], [8], [0]],
      ["nights", ["Monday"], [20], [0]],
      ['{"name":"default","for":"nights"}', ["Tuesday"], [8], [0]],
    ]);
    expect(times(scaled({ schedules: { weekend: weekly(["saturday", "sunday"], "00:00", "00:00") } })).at(-1)).toEqual(['{"name":"default","for":"weekend"}', ["Monday"], [0], [0]]);
  });

  it("of every day and hour never ends", () => {
    const days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    expect(times(scaled({ schedules: { always: weekly(days, "00:00", "00:00") } }))).toHaveLength(1);
  });

  it("of one date has an end of its own", () => {
    const [, sale] = profiles(scaled({ schedules: { sale: { fixedDate: { start: "2026-11-27T00:00", end: "2026-11-28T00:00" }, timeZone: "America/New_York", maxInstances: 20 } } }));
    expect(sale?.fixedDate).toEqual({ start: "2026-11-27T00:00", end: "2026-11-28T00:00", timeZone: "Eastern Standard Time" });
    expect(sale).not.toHaveProperty("recurrence");
    expect(sale?.capacity).toMatchObject({ maximum: "20" });
  });
});

describe("on Kubernetes compute", () => {
  it("the bounds are the service's own scale settings, and no setting is made", () => {
    const plan = planOf({ ...cluster, ...blue({ minInstances: 2, maxInstances: 6 }) });
    expect(plan.resources.map(({ role }) => role)).not.toContain("autoscale");
    const { inputs, options } = resource(plan, "deployment:blue");
    expect(inputs["properties"]).toMatchObject({ scaleSettings: { scaleType: "TargetUtilization", minInstances: 2, maxInstances: 6 } });
    expect(options.ignoreChanges).toBeUndefined();
  });
});

const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`s${i}`, weekly(["monday"], `${String(i * 2).padStart(2, "0")}:00`, `${String(i * 2 + 1).padStart(2, "0")}:00`)]));

describe("Azure refuses an autoscaler", () => {
  const cases: readonly (readonly [what: string, changes: object, path: string, message: RegExp])[] = [
    ["that scales nothing", blue({ maxInstances: 5 }), "", /nothing would scale: .*\{ metric: "cpu", target: 60 \}/],
    ["of more than 50 instances", scaled({ maxInstances: 51 }), ".maxInstances", /50 instances at most; got 51/],
    ["of more than 50 instances for a time", scaled({ schedules: { sale: weekly(["friday"], "00:00", "00:00", { maxInstances: 60 }) } }), ".schedules.sale.maxInstances", /50 instances at most; got 60/],
    ["of eleven rules", scaled({ rules: [...Array.from({ length: 5 }, () => ({ metric: "cpu", target: 60 })), { metric: "cpu", above: 90 }] }), ".rules", /10 rules at a time, and a target is two; got 11/],
    ["of 21 profiles", scaled({ schedules: many(10) }), ".schedules", /holds 20 profiles: .*; got 21/],
    ["of an unknown time zone", scaled({ schedules: { a: weekly(["monday"], "00:00", "01:00", { timeZone: "Europe/Wien" }) } }), ".schedules.a.timeZone", /got "Europe\/Wien"; did you mean "Europe\/[A-Z]/],
    ["of a time zone that Windows does not have", scaled({ schedules: { a: weekly(["monday"], "00:00", "01:00", { timeZone: "Antarctica/Troll" }) } }), ".schedules.a.timeZone", /that Windows has a name for; got "Antarctica\/Troll"/],
    ["of more than 365 days", scaled({ schedules: { a: { fixedDate: { start: "2026-01-01T00:00", end: "2027-01-01T00:01" } } } }), ".schedules.a.fixedDate.end", /365 days or less after the start/],
    ["by the maximum of what has a mean alone", scaled({ rules: [{ metric: "requestLatencyP99", above: 9, aggregation: "maximum" }] }), ".rules.0.aggregation", /the average of "requestLatencyP99" alone; got "maximum"/],
    ["by rules on Kubernetes compute", { ...cluster, ...scaled({}) }, ".rules", /takes no rules; leave them out, or set azure\.scaleSettings/],
    ["by schedules on Kubernetes compute", { ...cluster, ...blue({ maxInstances: 2, schedules: { a: weekly(["monday"], "00:00", "01:00") } }) }, ".schedules", /takes no schedules; leave them out/],
    ["with a default on Kubernetes compute", { ...cluster, ...blue({ maxInstances: 3, defaultInstances: 2 }) }, ".defaultInstances", /knows no default; leave it out/],
    ["with a beginning on Kubernetes compute", { ...cluster, ...blue({ maxInstances: 3 }, { instanceCount: 2 }) }, ".instanceCount", /leave instanceCount out/],
    ["beside scale settings", { ...cluster, ...blue({ maxInstances: 3 }, { azure: { instanceType: "x", scaleSettings: { type: "default" } } }) }, "", /azure\.scaleSettings says the same/],
  ];

  it.each(cases)("%s", (_, changes, path, message) => {
    expect(refusals(changes)[`deployments.blue.autoscale${path}`]).toMatch(message);
  });

  it("no more than once where a schedule inherits what is refused", () => {
    const schedules = { a: weekly(["monday"], "00:00", "01:00") };
    expect(Object.keys(refusals(scaled({ maxInstances: 51, rules: [{ metric: "requestLatency", above: 9, aggregation: "minimum" }], schedules })))).toEqual([
      "deployments.blue.autoscale.maxInstances",
      "deployments.blue.autoscale.rules.0.aggregation",
    ]);
  });

  it("never for 50 instances, ten rules, twenty profiles or a leap year's 365 days", () => {
    const five = Array.from({ length: 5 }, () => ({ metric: "cpu", target: 60 }));
    expect(refusals(scaled({ maxInstances: 50, rules: five, schedules: { ...many(9), a: { fixedDate: { start: "2026-01-01T00:00", end: "2027-01-01T00:00" } } } }))).toEqual({});
    expect(refusals({ ...cluster, ...blue({ minInstances: 2, maxInstances: 6 }) })).toEqual({});
  });
});

describe("Azure warns of an autoscaler", () => {
  const cases: readonly (readonly [what: string, changes: object, path: string, message: RegExp])[] = [
    ["that begins below its bounds", scaled({}, { instanceCount: 2 }), ".instanceCount", /outside the autoscaler's 3 to 10: Azure brings the 2 there/],
    ["that begins above its bounds", scaled({}, { instanceCount: 11 }), ".instanceCount", /outside the autoscaler's 3 to 10: Azure brings the 11 there/],
    ["of fewer than three instances", scaled({ minInstances: 2 }), ".autoscale.minInstances", /three instances or more in production; got 2/],
    ["whose rules only add", scaled({ rules: [{ metric: "cpu", above: 70 }] }), ".autoscale.rules", /add instances and none removes them/],
    ["whose rules only remove for a time", scaled({ schedules: { a: weekly(["monday"], "00:00", "01:00", { rules: [{ metric: "cpu", below: 70 }] }) } }), ".autoscale.schedules.a.rules", /remove instances and none adds them/],
    ["with more tags than its setting is said to take", { ...scaled({}), tags: Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`t${i}`, ""])) }, ".autoscale", /15 tags as the limit .* deployment's 16/],
  ];

  it.each(cases)("%s", (_, changes, path, message) => {
    expect(warnings(changes)[`deployments.blue${path}`]).toMatch(message);
  });

  it("never of one within its bounds, nor of the instances it begins with", () => {
    expect(warnings(scaled({}))).toEqual({});
    expect(warnings(scaled({}, { instanceCount: 3 }))).toEqual({});
    expect(warnings(scaled({}, { instanceCount: 10 }))).toEqual({});
  });
});
