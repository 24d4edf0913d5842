import { describe, expect, it } from "vitest";
import { deployment, parsed, problemsOf } from "./declare.ts";

const of = (autoscale: unknown, more: object = {}) => ({ deployments: { blue: { ...deployment, autoscale, ...more } } });
const settled = (autoscale: object, more: object = {}) => parsed(of(autoscale, more)).deployments["blue"];
const rule = { metric: "cpu", target: 60 };

describe("autoscale", () => {
  it("begins with its default instances, which are its fewest unless written", () => {
    expect(settled({ maxInstances: 5 })).toMatchObject({ instanceCount: 1, autoscale: { minInstances: 1, maxInstances: 5, defaultInstances: 1, rules: [], schedules: {} } });
    expect(settled({ minInstances: 2, maxInstances: 5 })).toMatchObject({ instanceCount: 2, autoscale: { defaultInstances: 2 } });
    expect(settled({ minInstances: 2, maxInstances: 5, defaultInstances: 4 })?.instanceCount).toBe(4);
    expect(settled({ minInstances: 2, maxInstances: 5 }, { instanceCount: 3 })?.instanceCount).toBe(3);
    expect(parsed().deployments["blue"]?.instanceCount).toBe(1);
  });

  it("fills in what a schedule does not say, and keeps an empty list of rules empty", () => {
    const schedules = {
      nights: { recurrence: { days: ["monday"], start: "20:00", end: "06:30" }, minInstances: 1, maxInstances: 1, rules: [] },
      sale: { fixedDate: { start: "2026-12-24T00:00", end: "2026-12-25T00:00" }, timeZone: "Europe/Vienna", maxInstances: 9 },
    };
    expect(settled({ minInstances: 2, maxInstances: 5, rules: [rule], schedules })?.autoscale?.schedules).toEqual({
      nights: { recurrence: { days: ["monday"], start: 1200, end: 390 }, fixedDate: undefined, timeZone: "UTC", minInstances: 1, maxInstances: 1, defaultInstances: 1, rules: [] },
      sale: {
        recurrence: undefined,
        fixedDate: schedules.sale.fixedDate,
        timeZone: "Europe/Vienna",
        minInstances: 2,
        maxInstances: 9,
        defaultInstances: 2,
        rules: [{ kind: "target", metric: "cpu", target: 60, windowMinutes: 5, cooldownMinutes: 5 }],
      },
    });
  });

  it("reads steps by what they go above or below", () => {
    const rules = [
      { metric: "cpu", above: 70, by: 2, cooldownMinutes: 1 },
      { metric: "requestLatency", above: 0, byPercent: 50, aggregation: "maximum" },
      { metric: "gpu", below: 20, to: 1, windowMinutes: 720 },
      { metric: "gpu", below: 20 },
    ];
    expect(settled({ maxInstances: 5, rules })?.autoscale?.rules).toEqual([
      { kind: "step", metric: "cpu", direction: "out", bound: 70, step: { instances: 2 }, aggregation: "average", windowMinutes: 5, cooldownMinutes: 1 },
      { kind: "step", metric: "requestLatency", direction: "out", bound: 0, step: { percent: 50 }, aggregation: "maximum", windowMinutes: 5, cooldownMinutes: 5 },
      { kind: "step", metric: "gpu", direction: "in", bound: 20, step: { exactly: 1 }, aggregation: "average", windowMinutes: 720, cooldownMinutes: 5 },
      { kind: "step", metric: "gpu", direction: "in", bound: 20, step: { instances: 1 }, aggregation: "average", windowMinutes: 5, cooldownMinutes: 5 },
    ]);
  });
});

const night = (start: string, end: string, days: readonly string[] = ["monday"], more: object = {}) => ({ recurrence: { days, start, end }, ...more });

describe("autoscale refuses", () => {
  const cases: readonly (readonly [what: string, autoscale: unknown, path: string, message: RegExp])[] = [
    ["a missing maximum", {}, ".maxInstances", /^expected a whole number of instances; got nothing/],
    ["0 instances at least", { minInstances: 0, maxInstances: 2 }, ".minInstances", /^expected 1 or more instances: with none, nobody would hold the first request; got 0/],
    ["a default of 0, which is not the same as none", { maxInstances: 2, defaultInstances: 0 }, ".defaultInstances", /^expected 1 or more instances; got 0/],
    ["fewer at most than at least", { minInstances: 3, maxInstances: 2 }, "", /in this order, not 3, 3 and 2/],
    ["a default outside", { minInstances: 2, maxInstances: 4, defaultInstances: 5 }, "", /in this order, not 2, 5 and 4/],
    ["a schedule whose inherited bounds clash", { minInstances: 2, maxInstances: 4, schedules: { a: night("08:00", "10:00", ["monday"], { minInstances: 5 }) } }, ".schedules.a", /in this order, not 5, 5 and 4/],
    ["a late value, which decides the shape", { maxInstances: Promise.resolve(2) }, ".maxInstances", /^expected a plain whole number of instances, got a pulumi\.Output/],
    ["an unknown metric", { maxInstances: 2, rules: [{ metric: "qps", target: 1 }] }, ".rules.0.metric", /"cpu", "memory".*"requestsInFlight" or "requestsQueued"; got "qps"/],
    ["a rule without a value", { maxInstances: 2, rules: [{ metric: "cpu" }] }, ".rules.0", /exactly one of target, above, below/],
    ["a rule both ways", { maxInstances: 2, rules: [{ metric: "cpu", above: 70, below: 30 }] }, ".rules.0", /two steps are two rules/],
    ["a target of 0", { maxInstances: 2, rules: [{ metric: "cpu", target: 0 }] }, ".rules.0.target", /^expected more than 0; got 0/],
    ["more than 100 percent", { maxInstances: 2, rules: [{ metric: "memory", above: 101 }] }, ".rules.0.above", /100 percent at most; got 101/],
    ["below 0", { maxInstances: 2, rules: [{ metric: "cpu", below: -1 }] }, ".rules.0.below", /^expected 0 or more; got -1/],
    ["a step of a target", { maxInstances: 2, rules: [{ metric: "cpu", target: 50, by: 2 }] }, ".rules.0.by", /a target decides this itself/],
    ["an aggregation of a target", { maxInstances: 2, rules: [{ metric: "cpu", target: 50, aggregation: "maximum" }] }, ".rules.0.aggregation", /a target decides this itself/],
    ["two sizes of a step", { maxInstances: 2, rules: [{ metric: "cpu", above: 50, by: 1, to: 2 }] }, ".rules.0", /expected one of "by", "byPercent" or "to"/],
    ["a step of 0", { maxInstances: 2, rules: [{ metric: "cpu", above: 50, by: 0 }] }, ".rules.0.by", /^expected 1 or more instances; got 0/],
    ["a window of 0 minutes", { maxInstances: 2, rules: [{ metric: "cpu", target: 50, windowMinutes: 0 }] }, ".rules.0.windowMinutes", /^expected 1 to 720 minutes; got 0/],
    ["no cooldown", { maxInstances: 2, rules: [{ metric: "cpu", target: 50, cooldownMinutes: 0 }] }, ".rules.0.cooldownMinutes", /^expected 1 to 10080 minutes; got 0/],
    ["steps that call for both directions", { maxInstances: 2, rules: [{ metric: "cpu", above: 40 }, { metric: "cpu", below: 60 }] }, "", /"cpu" above 40 adds instances and below 60 removes them/],
    ["a schedule of no time", { maxInstances: 2, schedules: { a: {} } }, ".schedules.a", /exactly one of recurrence and fixedDate/],
    ["a schedule of two", { maxInstances: 2, schedules: { a: { ...night("08:00", "09:00"), fixedDate: { start: "2026-01-01T00:00", end: "2026-01-02T00:00" } } } }, ".schedules.a", /exactly one of recurrence and fixedDate/],
    ["no days", { maxInstances: 2, schedules: { a: night("08:00", "09:00", []) } }, ".schedules.a.recurrence.days", /one day or more/],
    ["a day twice", { maxInstances: 2, schedules: { a: night("08:00", "09:00", ["monday", "monday"]) } }, ".schedules.a.recurrence.days", /each day once/],
    ["24:00", { maxInstances: 2, schedules: { a: night("08:00", "24:00") } }, ".schedules.a.recurrence.end", /from "00:00" to "23:59"; got "24:00"/],
    ["a date that no calendar has", { maxInstances: 2, schedules: { a: { fixedDate: { start: "2026-02-30T00:00", end: "2026-03-02T00:00" } } } }, ".schedules.a.fixedDate.start", /without an offset; got "2026-02-30T00:00"/],
    ["a date with an offset", { maxInstances: 2, schedules: { a: { fixedDate: { start: "2026-02-01T00:00Z", end: "2026-03-02T00:00" } } } }, ".schedules.a.fixedDate.start", /without an offset/],
    ["an end before the start", { maxInstances: 2, schedules: { a: { fixedDate: { start: "2026-03-02T00:00", end: "2026-03-02T00:00" } } } }, ".schedules.a.fixedDate.end", /an end after the start/],
    ["a Windows name of a time zone", { maxInstances: 2, schedules: { a: night("08:00", "09:00", ["monday"], { timeZone: "W. Europe Standard Time" }) } }, ".schedules.a.timeZone", /the IANA name of a time zone/],
    ["two time zones", { maxInstances: 2, schedules: { a: night("08:00", "09:00"), b: night("10:00", "11:00", ["monday"], { timeZone: "Europe/Vienna" }) } }, ".schedules.b", /expected the time zone of "a", "UTC"/],
    ["two recurrences at a time", { maxInstances: 2, schedules: { a: night("08:00", "20:00"), b: night("12:00", "13:00") } }, ".schedules.b", /apart from those of "a"/],
    ["two at a time across midnight, and across the week's end", { maxInstances: 2, schedules: { a: night("20:00", "06:00", ["sunday"]), b: night("05:59", "07:00", ["monday"]) } }, ".schedules.b", /apart from those of "a"/],
    ["a misspelt key", { maxInstances: 2, schedules: { a: { ...night("08:00", "09:00"), minInstance: 1 } } }, ".schedules.a", /did you mean "minInstances"/],
  ];

  it.each(cases)("%s", (_, autoscale, path, message) => {
    expect(problemsOf(of(autoscale))[`deployments.blue.autoscale${path}`]).toMatch(message);
  });

  it("nothing of schedules that follow each other, the second where the first ends", () => {
    expect(problemsOf(of({ maxInstances: 2, schedules: { a: night("08:00", "12:00"), b: night("12:00", "08:00") } }))).toEqual({});
    expect(problemsOf(of({ maxInstances: 2, schedules: { a: night("00:00", "00:00", ["saturday", "sunday"]), b: night("20:00", "06:00", ["monday"]) } }))).toEqual({});
  });
});
