/** Alert rules of Azure Monitor: on metrics of the endpoint and its deployments, and on the traffic log, because no metric is a share. */
import type { Alerts } from "../../model/alerts.ts";
import type { On } from "../../model/endpoint.ts";
import { join, Ref, type Value } from "../../model/late.ts";
import { pairName } from "../../model/names.ts";
import type { PlannedResource } from "../../model/plan.ts";
import type { AzureMlTarget } from "../../model/target.ts";
import { DIAGNOSTICS, TABLES } from "./diagnostics.ts";
import { window } from "./durations.ts";
import { SHELL } from "./ids.ts";
import { NAMESPACES } from "./metrics.ts";

type Endpoint<V> = On<V, AzureMlTarget<V>>;
type Alert = NonNullable<Alerts[keyof Alerts]>;

const SEVERITIES = { critical: 0, error: 1, warning: 2, informational: 3 } as const;

/** The rules, given the deployments as planned. */
export const compileAlerts = <V>(endpoint: Endpoint<V>, deployments: readonly PlannedResource[]): PlannedResource[] => [
  ...errorShare(endpoint),
  ...latency(endpoint),
  ...deployments.flatMap((deployment) => capacity(endpoint, deployment)),
];

/** What every rule says. Rules of several workspaces may share a resource group. */
const common = <V>({ azure, target }: Endpoint<V>, name: string, { severity, windowMinutes }: Alert) => ({
  autoMitigate: true,
  enabled: true,
  resourceGroupName: target.resourceGroupName,
  ruleName: join<V>`${target.workspaceName}-${name}`,
  severity: SEVERITIES[severity],
  windowSize: window(windowMinutes),
  actionGroups: azure.alertActionGroups,
});

const errorShare = <V>(endpoint: Endpoint<V>): PlannedResource[] => {
  const { alerts, azure, name, tags, target } = endpoint;
  if (alerts.errorShare === undefined || azure.diagnosticSettings === undefined) return [];
  const { actionGroups, ...rule } = common(endpoint, `${name}-error-share`, alerts.errorShare);
  return [
    {
      id: "alert:errorShare",
      role: "errorShareAlert",
      type: "azure-native:monitor:ScheduledQueryRule",
      logicalName: `${name}-error-share-alert`,
      inputs: {
        ...rule,
        actions: { actionGroups },
        criteria: {
          allOf: [
            {
              failingPeriods: { minFailingPeriodsToAlert: 1, numberOfEvaluationPeriods: 1 },
              metricMeasureColumn: "share",
              operator: "GreaterThan",
              query: failures(endpoint),
              threshold: alerts.errorShare.above,
              timeAggregation: "Average",
            },
          ],
        },
        description: `More than ${alerts.errorShare.above} % of the answers of endpoint ${name} are 5xx, of the endpoint or of its model.`,
        evaluationFrequency: window(5),
        // Azure wants the region of the workspace that is read.
        location: azure.diagnosticSettings.location ?? target.location,
        scopes: [azure.diagnosticSettings.workspaceId],
        // A workspace has no such table until the first line of such a log.
        skipQueryValidation: true,
        tags,
      },
      options: { dependsOn: [DIAGNOSTICS] },
    },
  ];
};

/** A model's own failure reaches the caller as 424. */
const failures = <V>({ name, target }: Endpoint<V>): Value<V> => {
  const lines = [
    `| where EndpointName =~ "${name}"`,
    "| extend code = toint(ResponseCode), model = toint(ModelStatusCode)",
    "| summarize requests = count(), failed = countif(code >= 500 or (code == 424 and model >= 500))",
    "| where requests > 0",
    "| project share = 100.0 * failed / requests",
  ];
  return join<V>`${TABLES.traffic}\n| where AzureMLWorkspaceName =~ "${target.workspaceName}"\n${lines.join("\n")}`;
};

interface MetricRule<V> {
  readonly id: string;
  readonly role: string;
  readonly name: string;
  readonly alert: Alert;
  readonly description: string;
  readonly scope: Ref;
  readonly criterion: object;
  readonly tags: Readonly<Record<string, V>>;
  readonly deployment?: string;
}

const metricRule = <V>(endpoint: Endpoint<V>, { alert, criterion, deployment, description, id, name, role, scope, tags }: MetricRule<V>): PlannedResource => {
  const { actionGroups, ...rule } = common(endpoint, name, alert);
  return {
    id,
    role,
    ...(deployment === undefined ? {} : { deployment }),
    type: "azure-native:monitor:MetricAlert",
    logicalName: `${name}-alert`,
    inputs: {
      ...rule,
      actions: actionGroups.map((actionGroupId) => ({ actionGroupId })),
      criteria: { allOf: [criterion], odataType: "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria" },
      description,
      evaluationFrequency: window(1),
      location: "global",
      scopes: [scope],
      tags,
    },
    options: {},
  };
};

const criterion = (namespace: string, metricName: string, operator: "GreaterThan" | "LessThan", threshold: number) => ({
  criterionType: "StaticThresholdCriterion",
  metricName,
  metricNamespace: namespace,
  name: metricName,
  operator,
  threshold,
  timeAggregation: "Average",
});

/** One rule that watches each deployment on its own. */
const latency = <V>(endpoint: Endpoint<V>): PlannedResource[] => {
  const { alerts, name, tags } = endpoint;
  if (alerts.latency === undefined) return [];
  const { above, percentile } = alerts.latency;
  const each = { dimensions: [{ name: "deployment", operator: "Include", values: ["*"] }] };
  return [
    metricRule(endpoint, {
      id: "alert:latency",
      role: "latencyAlert",
      name: `${name}-latency`,
      alert: alerts.latency,
      description: `${100 - percentile} % of the requests to a deployment of endpoint ${name} take longer than ${above} ms.`,
      scope: new Ref(SHELL, "id"),
      criterion: { ...criterion(NAMESPACES.endpoint, `RequestLatency_P${percentile}`, "GreaterThan", above), ...each },
      tags,
    }),
  ];
};

const capacity = <V>(endpoint: Endpoint<V>, planned: PlannedResource): PlannedResource[] => {
  const { alerts, deployments, name, tags } = endpoint;
  const { deployment = "" } = planned;
  if (alerts.capacity === undefined) return [];
  const { below } = alerts.capacity;
  return [
    metricRule(endpoint, {
      id: `alert:capacity:${deployment}`,
      role: "capacityAlert",
      name: `${pairName(name, deployment)}-capacity`,
      alert: alerts.capacity,
      description: `Deployment ${deployment} of endpoint ${name} has fewer than ${below} instances.`,
      scope: new Ref(planned.id, "id"),
      criterion: criterion(NAMESPACES.deployment, "DeploymentCapacity", "LessThan", below),
      tags: { ...tags, ...deployments[deployment]?.tags },
      deployment,
    }),
  ];
};
