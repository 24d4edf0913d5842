import { describe, expect, it } from "vitest";
import { plain } from "../../../lib/cli/plain-plan.ts";
import { Concat, Ref } from "../../../lib/model/late.ts";
import { azureTarget, deployment, problemsOf } from "../../model/declare.ts";
import { planOf, refusals, resource, warnings } from "./compile.ts";

const diagnosticSettings = { workspaceId: "/log-analytics" };
const alerts = { errorShare: { above: 5 }, latency: { above: 200 }, capacity: { below: 2 } };
const watched = (changes: object = {}, azure: object = {}) => ({ name: "wine", alerts, azure: { diagnosticSettings, alertActionGroups: ["/group"], ...azure }, ...changes });
const cluster = { azure: { compute: "azureml:aks" }, target: { ...azureTarget, subscriptionId: "sub" } };

describe("diagnostic settings", () => {
  const inputs = (settings: object) => resource(planOf({ name: "wine", azure: { diagnosticSettings: settings } }), "diagnosticSetting").inputs;

  it("send every log of the endpoint, and no metrics, unless told otherwise", () => {
    expect(inputs(diagnosticSettings)).toEqual({
      logAnalyticsDestinationType: "Dedicated",
      logs: ["AmlOnlineEndpointTrafficLog", "AmlOnlineEndpointConsoleLog", "AmlOnlineEndpointEventLog"].map((category) => ({ category, enabled: true })),
      metrics: undefined,
      name: "inference-endpoints",
      resourceUri: new Ref("endpoint", "id"),
      workspaceId: "/log-analytics",
    });
    expect(inputs({ ...diagnosticSettings, logs: [], metrics: true })).toMatchObject({ logs: [], metrics: [{ category: "AllMetrics", enabled: true }] });
  });

  it("are made only where they are written", () => {
    expect(planOf().resources.map(({ role }) => role)).not.toContain("diagnosticSetting");
  });
});

describe("the alert on failures", () => {
  const { inputs, logicalName, options } = resource(planOf(watched()), "alert:errorShare");

  it("reads the traffic log, because no metric is a share", () => {
    expect(logicalName).toBe("wine-error-share-alert");
    expect(options.dependsOn).toEqual(["diagnosticSetting"]);
    expect(inputs).toMatchObject({ actions: { actionGroups: ["/group"] }, evaluationFrequency: "PT5M", location: "westeurope", scopes: ["/log-analytics"], severity: 1, skipQueryValidation: true, windowSize: "PT5M" });
    expect(inputs["ruleName"]).toEqual(new Concat(["ws", "-", "wine-error-share"]));
    const { allOf } = inputs["criteria"] as { allOf: readonly { query: unknown }[] };
    expect(allOf[0]).toMatchObject({ metricMeasureColumn: "share", operator: "GreaterThan", threshold: 5, timeAggregation: "Average" });
    expect(plain(allOf[0]?.query, ".", () => "")).toBe(
      [
        "AmlOnlineEndpointTrafficLog",
        '| where AzureMLWorkspaceName =~ "ws"',
        '| where EndpointName =~ "wine"',
        "| extend code = toint(ResponseCode), model = toint(ModelStatusCode)",
        "| summarize requests = count(), failed = countif(code >= 500 or (code == 424 and model >= 500))",
        "| where requests > 0",
        "| project share = 100.0 * failed / requests",
      ].join("\n"),
    );
  });

  it("is in the region of the workspace that it reads, and takes 0 percent", () => {
    const plan = planOf(watched({ alerts: { errorShare: { above: 0, windowMinutes: 60, severity: "critical" } } }, { diagnosticSettings: { ...diagnosticSettings, location: "northeurope" } }));
    const other = resource(plan, "alert:errorShare").inputs;
    expect(other).toMatchObject({ location: "northeurope", severity: 0, windowSize: "PT1H" });
    expect((other["criteria"] as { allOf: readonly { threshold: number }[] }).allOf[0]?.threshold).toBe(0);
  });
});

describe("the alert on latency", () => {
  it("watches each deployment by a percentile of the endpoint", () => {
    expect(resource(planOf(watched()), "alert:latency").inputs).toMatchObject({
      actions: [{ actionGroupId: "/group" }],
      criteria: {
        allOf: [
          {
            criterionType: "StaticThresholdCriterion",
            dimensions: [{ name: "deployment", operator: "Include", values: ["*"] }],
            metricName: "RequestLatency_P95",
            metricNamespace: "microsoft.machinelearningservices/workspaces/onlineendpoints",
            operator: "GreaterThan",
            threshold: 200,
          },
        ],
        odataType: "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria",
      },
      description: "5 % of the requests to a deployment of endpoint wine take longer than 200 ms.",
      location: "global",
      scopes: [new Ref("endpoint", "id")],
    });
  });
});

describe("the alert on capacity", () => {
  it("is each deployment's own", () => {
    const plan = planOf(watched({ alerts: { capacity: { below: 2, windowMinutes: 1440, severity: "informational" } } }, { alertActionGroups: [] }));
    expect(plan.resources.filter(({ role }) => role === "capacityAlert").map(({ logicalName }) => logicalName)).toEqual(["wine--blue-capacity-alert", "wine--green-capacity-alert"]);
    const { deployment: owner, inputs } = resource(plan, "alert:capacity:green");
    expect(owner).toBe("green");
    expect(inputs).toMatchObject({ actions: [], criteria: { allOf: [{ metricName: "DeploymentCapacity", operator: "LessThan", threshold: 2 }] }, scopes: [new Ref("deployment:green", "id")], severity: 3, windowSize: "P1D" });
  });
});

describe("Azure refuses", () => {
  const cases: readonly (readonly [what: string, changes: object, path: string, message: RegExp])[] = [
    ["a share without the log to read it from", { alerts: { errorShare: { above: 5 } } }, "alerts.errorShare", /reads the traffic log, so give azure\.diagnosticSettings/],
    ["a share without the traffic log among the logs", watched({}, { diagnosticSettings: { ...diagnosticSettings, logs: ["console"] } }), "alerts.errorShare", /with "traffic" among its logs/],
    ["a window that Azure Monitor does not have", watched({ alerts: { latency: { above: 1, windowMinutes: 10 } } }), "alerts.latency.windowMinutes", /takes 5, 15, 30, 60, 360, 720, 1440 minutes; got 10/],
    ["action groups for nothing", { azure: { alertActionGroups: ["/group"] } }, "azure.alertActionGroups", /there are none/],
    ["alerts on Kubernetes compute", { ...cluster, alerts: { latency: { above: 1 } } }, "alerts.latency", /managed compute alone/],
    ["diagnostic settings on Kubernetes compute", { ...cluster, azure: { ...cluster.azure, diagnosticSettings } }, "azure.diagnosticSettings", /managed compute alone/],
    ["action groups on Kubernetes compute", { ...cluster, azure: { ...cluster.azure, alertActionGroups: ["/g"] } }, "azure.alertActionGroups", /managed compute alone/],
  ];

  it.each(cases)("%s", (_, changes, path, message) => {
    expect(refusals(changes)[path]).toMatch(message);
  });

  it("none of what is whole", () => {
    expect(refusals(watched())).toEqual({});
  });
});

describe("Azure warns of a capacity", () => {
  const of = (more: object, below: number) => warnings({ deployments: { blue: { ...deployment, ...more } }, alerts: { capacity: { below } } })["alerts.capacity.below"];
  const night = (minInstances: number) => ({ night: { recurrence: { days: ["monday"], start: "20:00", end: "06:00" }, minInstances } });

  it("that a deployment lacks when all is well", () => {
    expect(of({ instanceCount: 3 }, 4)).toMatch(/deployment "blue" may have 3 when all is well, and the alert fires below 4/);
    expect(of({ instanceCount: 3 }, 3)).toBeUndefined();
    expect(of({ autoscale: { minInstances: 3, maxInstances: 9, schedules: night(2) } }, 3)).toMatch(/may have 2/);
    expect(of({ autoscale: { minInstances: 3, maxInstances: 9, schedules: night(4) } }, 3)).toBeUndefined();
  });
});

describe("alerts and diagnostic settings", () => {
  const cases: readonly (readonly [what: string, changes: object, path: string, message: RegExp])[] = [
    ["of 100 percent and more", { alerts: { errorShare: { above: 100 } } }, "alerts.errorShare.above", /less than 100; got 100/],
    ["of a negative share", { alerts: { errorShare: { above: -1 } } }, "alerts.errorShare.above", /0 percent or more/],
    ["of no milliseconds", { alerts: { latency: { above: 0 } } }, "alerts.latency.above", /more than 0 milliseconds; got 0/],
    ["of another percentile", { alerts: { latency: { above: 1, percentile: 75 } } }, "alerts.latency.percentile", /expected 50, 90, 95 or 99; got 75/],
    ["of no instances", { alerts: { capacity: { below: 0 } } }, "alerts.capacity.below", /1 or more instances; got 0/],
    ["of an unknown kind", { alerts: { errors: { above: 1 } } }, "alerts", /unknown key "errors"; did you mean "errorShare"\?/],
    ["of no minutes", { alerts: { capacity: { below: 1, windowMinutes: 0 } } }, "alerts.capacity.windowMinutes", /1 to 1440 minutes; got 0/],
    ["that send nothing", { azure: { diagnosticSettings: { workspaceId: "/l", logs: [] } } }, "azure.diagnosticSettings", /one log or more, or metrics: true/],
    ["that send a log twice", { azure: { diagnosticSettings: { workspaceId: "/l", logs: ["event", "event"] } } }, "azure.diagnosticSettings.logs", /each log once/],
  ];

  it.each(cases)("%s are refused on every target", (_, changes, path, message) => {
    expect(problemsOf(changes)[path]).toMatch(message);
  });
});
