import { describe, expect, it } from "vitest";
import { autoscaleNotes } from "../../../lib/compile/kubernetes/autoscale.ts";
import { METRICS } from "../../../lib/model/autoscale-rule.ts";
import { args, find, inputs, judge, MODEL, parse, plan, TARGET } from "./support.ts";

const PROMETHEUS = "http://prometheus.monitoring:9090";
const RESOURCES = { kubernetes: { resources: { requests: { cpu: "1", memory: "1Gi" } } } };
const declared = (autoscale: object, over: object = {}): Record<string, unknown> =>
  args({ target: { ...TARGET, monitoring: { prometheusUrl: PROMETHEUS }, metricsFrom: { namespace: "monitoring" } }, deployments: { blue: { ...MODEL, ...RESOURCES, autoscale: { minInstances: 2, maxInstances: 9, ...autoscale }, ...over } } });
const made = (autoscale: object, over: object = {}): any => inputs(plan(declared(autoscale, over)), "autoscale:blue");
const refused = (autoscale: object, over: object = {}): string[] => judge(declared(autoscale, over)).problems.map((line) => line.replace("deployments.blue.autoscale", ""));
const CPU = { metric: "cpu", target: 60 };
const QUEUE = { metric: "requestsQueued", target: 3 };
const evening = (more: object = {}): object => ({ recurrence: { days: ["friday", "monday"], start: "18:30", end: "06:00" }, timeZone: "Europe/Vienna", minInstances: 5, ...more });

describe("processor and memory", () => {
  it("are a HorizontalPodAutoscaler's, of the model's container alone", () => {
    const rules = [{ ...CPU, cooldownMinutes: 10 }, { metric: "memory", target: 80 }];
    expect(find(plan(declared({ rules })), "autoscale:blue")).toMatchObject({ role: "autoscale", deployment: "blue", type: "kubernetes:autoscaling/v2:HorizontalPodAutoscaler", logicalName: "credit--blue-autoscale", options: { dependsOn: ["deployment:blue"] } });
    expect(made({ rules }).spec).toEqual({
      behavior: { scaleDown: { stabilizationWindowSeconds: 600 }, scaleUp: { stabilizationWindowSeconds: 0 } },
      maxReplicas: 9,
      metrics: ["cpu", "memory"].map((name, i) => ({ type: "ContainerResource", containerResource: { container: "scoring", name, target: { type: "Utilization", averageUtilization: [60, 80][i] } } })),
      minReplicas: 2,
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "credit--blue" },
    });
  });
});

describe("the number of instances", () => {
  it("is written once, and the autoscaler's after that", () => {
    const deployment = find(plan(declared({ rules: [CPU] }, { instanceCount: 4 })), "deployment:blue");
    expect(deployment.options.ignoreChanges).toEqual(["spec.replicas"]);
    expect(deployment.inputs["spec"]).toMatchObject({ replicas: 4 });
    expect(find(plan(), "deployment:blue").options.ignoreChanges).toBeUndefined();
  });
  it("is said to be another's, and whose", () => {
    expect(plan(declared({ rules: [CPU] })).notes).toEqual(['deployment "blue" has 2 to 9 instances, by a HorizontalPodAutoscaler, which needs metrics-server']);
    expect(autoscaleNotes(parse(declared({ rules: [CPU, QUEUE] })))).toEqual(['deployment "blue" has 2 to 9 instances, by a ScaledObject, which needs KEDA']);
  });
});

describe("metrics of requests", () => {
  it("are a ScaledObject's, which reads them from Prometheus and shares them among the instances", () => {
    const rules = [CPU, QUEUE, { metric: "requestsInFlight", target: 4, windowMinutes: 1 }, { metric: "requestsPerMinute", target: 600 }];
    const object = made({ rules, defaultInstances: 3 });
    expect(object).toMatchObject({ apiVersion: "keda.sh/v1alpha1", kind: "ScaledObject", metadata: { name: "credit--blue", annotations: { "pulumi.com/waitFor": "condition=Ready", "validations.keda.sh/hpa-ownership": "false" } } });
    expect(object.spec).toMatchObject({ minReplicaCount: 2, maxReplicaCount: 9, fallback: { behavior: "currentReplicasIfHigher", failureThreshold: 3, replicas: 3 }, advanced: { horizontalPodAutoscalerConfig: { name: "keda-hpa-credit--blue" } } });
    const pods = 'namespace="ml",pod=~"credit--blue-.*",deployment="blue"';
    const prometheus = (query: string, threshold: string): object => ({ type: "prometheus", metricType: "AverageValue", metadata: { query, serverAddress: PROMETHEUS, threshold } });
    expect(object.spec.triggers).toEqual([
      { type: "cpu", metricType: "Utilization", metadata: { containerName: "scoring", value: "60" } },
      prometheus(`sum(avg_over_time(scoring_requests_queued{${pods}}[5m]))`, "3"),
      prometheus(`sum(avg_over_time(scoring_requests_in_flight{${pods}}[1m]))`, "4"),
      prometheus(`60 * sum(rate(scoring_requests_total{${pods},route=~"score|model"}[5m]))`, "600"),
    ]);
  });
  it("are asked of pods by as much of their name as the API server keeps", () => {
    const name = "e".repeat(32);
    const long = { ...declared({ rules: [QUEUE] }), name, deployments: { ["d".repeat(29)]: { ...MODEL, autoscale: { maxInstances: 3, rules: [QUEUE] } } }, traffic: {} };
    const { advanced, triggers } = inputs(plan(long), `autoscale:${"d".repeat(29)}`).spec;
    expect(triggers[0].metadata.query).toContain(`pod=~"${name}--${"d".repeat(24)}.*"`);
    expect(advanced.horizontalPodAutoscalerConfig.name).toMatch(/^keda-hpa-e{32}--d+-[0-9a-f]{6}$/);
    expect(advanced.horizontalPodAutoscalerConfig.name).toHaveLength(63);
  });
});

describe("schedules", () => {
  it("are triggers of the clock, which end on the day on which they end", () => {
    const { fallback, triggers } = made({ schedules: { evening: evening() } }).spec;
    expect(triggers).toEqual([{ type: "cron", metadata: { desiredReplicas: "5", start: "30 18 * * 1,5", end: "0 6 * * 2,6", timezone: "Europe/Vienna" } }]);
    expect(fallback).toBeUndefined();
  });
  it("may begin on a Sunday, and last a day", () => {
    const whole = { recurrence: { days: ["saturday", "sunday"], start: "00:00", end: "00:00" } };
    expect(made({ rules: [CPU], schedules: { weekend: evening(whole) } }).spec.triggers[1].metadata).toMatchObject({ start: "0 0 * * 0,6", end: "0 0 * * 0,1" });
  });
});

describe("refused by name", () => {
  it("is an autoscaler that does nothing", () => expect(refused({})).toEqual([': nothing would scale: Kubernetes needs rules, such as { metric: "cpu", target: 60 }, or schedules']));
  it.each(Object.keys(METRICS).filter((metric) => !["cpu", "memory", "requestsPerMinute", "requestsInFlight", "requestsQueued"].includes(metric)))("is the metric %s", (metric) =>
    expect(refused({ rules: [{ metric, target: 9 }] })[0]).toMatch(/^\.rules\.0\.metric: Kubernetes scales by "cpu", "memory", "requestsPerMinute", "requestsInFlight" or "requestsQueued"; got /));
  it("is a latency, with the reason", () => expect(refused({ rules: [{ metric: "requestLatencyP95", target: 9 }] })[0]).toContain("does not fall in proportion"));
  it("is a step", () => expect(refused({ rules: [{ metric: "cpu", above: 80 }] })).toEqual(['.rules.0: Kubernetes knows no single steps, and keeps a metric near a value: write { metric: "cpu", target }']));
  it("is a metric twice", () => expect(refused({ rules: [CPU, CPU] })).toEqual(['.rules.1.metric: expected one target of each metric; got "cpu" again']));
  it("is a part of a percent, but of requests", () => {
    expect(refused({ rules: [{ metric: "cpu", target: 60.5 }] })).toEqual(['.rules.0.target: Kubernetes takes whole percents of "cpu"; got 60.5']);
    expect(refused({ rules: [{ ...QUEUE, target: 0.5 }] })).toEqual([]);
  });
  it("is a cooldown of more than an hour", () => {
    expect(refused({ rules: [{ ...CPU, cooldownMinutes: 60 }] })).toEqual([]);
    expect(refused({ rules: [{ ...CPU, cooldownMinutes: 61 }] })).toEqual([".rules.0.cooldownMinutes: Kubernetes waits 60 minutes at most; got 61"]);
  });
  it("is a window of processor time", () => expect(refused({ rules: [{ ...CPU, windowMinutes: 10 }] })[0]).toMatch(/^\.rules\.0\.windowMinutes: the cluster knows the latest "cpu" alone/));
  it("is a metric of requests without Prometheus", () =>
    expect(refused({ rules: [QUEUE] }, {}).concat(judge(args({ deployments: { blue: { ...MODEL, autoscale: { maxInstances: 2, rules: [QUEUE] } } } })).problems)).toEqual([
      "deployments.blue.autoscale.rules: KEDA reads such metrics from Prometheus: say where it is, kubernetes({ monitoring: { prometheusUrl } })",
    ]));
  it("is a default that nothing falls back to", () => expect(refused({ defaultInstances: 4, rules: [CPU] })[0]).toMatch(/^\.defaultInstances: without metrics of Prometheus/));
  it.each([
    ["a date", { recurrence: undefined, fixedDate: { start: "2026-12-24T00:00", end: "2026-12-25T00:00" } }, /^\.schedules\.s\.fixedDate: KEDA's cron has no years/],
    ["a minimum that raises nothing", { minInstances: 2 }, /^\.schedules\.s\.minInstances: expected more than the autoscaler's 2: .* got 2$/],
    ["a lower maximum", { maxInstances: 6 }, /^\.schedules\.s\.maxInstances: a schedule of KEDA can only raise the number of instances, and leaves the maximum at 9/],
    ["a higher maximum", { maxInstances: 12 }, /^\.schedules\.s\.maxInstances: /],
    ["rules of its own", { rules: [] }, /^\.schedules\.s\.rules: KEDA has the same rules at all times/],
    ["a default of its own", { defaultInstances: 6 }, /^\.schedules\.s\.defaultInstances: /],
    ["one that never ends", { recurrence: { days: ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"], start: "08:00", end: "08:00" } }, /^\.schedules\.s\.recurrence: it would never end/],
  ])("is a schedule with %s", (_, more, message) => expect(refused({ rules: [CPU], schedules: { s: evening(more) } })).toEqual([expect.stringMatching(message)]));
});

describe("warnings", () => {
  const warnings = (over: object): string[] => judge(declared({ rules: [CPU] }, over)).warnings;
  it("are none", () => expect(warnings({ instanceCount: 3 })).toEqual([]));
  it("name a beginning that does not last", () => expect(warnings({ instanceCount: 12 })).toEqual(["deployments.blue.instanceCount: outside the autoscaler's 2 to 9, which brings the 12 there at once"]));
  it("name a percentage of little", () => expect(warnings({ kubernetes: {} })[0]).toMatch(/^deployments\.blue\.autoscale\.rules\.0: a percentage of what the container asks for/));
  it("name a single instance that the autoscaler allows", () => expect(judge(declared({ minInstances: 1, rules: [CPU] }, { instanceCount: 3 })).warnings[0]).toMatch(/^deployments\.blue\.autoscale\.minInstances: one instance/));
});
