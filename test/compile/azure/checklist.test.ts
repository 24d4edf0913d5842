/** The checks that the facts about Azure Machine Learning list (8.5), by their numbers: each says something, as a refusal or as a warning. */
import { describe, expect, it } from "vitest";
import { changeProblems, routedOf, type Routed } from "../../../lib/compile/azure/changes.ts";
import { verdict } from "../../../lib/compile/azure/verdict.ts";
import { limitVerdict } from "../../../lib/compile/azure/verdict-limits.ts";
import type { On } from "../../../lib/model/endpoint.ts";
import { parseEndpoint } from "../../../lib/model/parse.ts";
import type { AzureMlTarget } from "../../../lib/model/target.ts";
import { azureTarget, byPath, declaration, deployment, naming } from "../../model/declare.ts";
import { planOf, resource } from "./compile.ts";

type Check = readonly [number: number, severity: "error" | "warning", what: string, changes: object, path: string, message: RegExp];

const blue = (more: object) => ({ deployments: { blue: { ...deployment, ...more } } });
const cluster = { azure: { compute: "azureml:aks" }, target: { ...azureTarget, subscriptionId: "sub" } };
const onCluster = (more: object, azure: object = { instanceType: "small" }) => ({ ...cluster, deployments: { blue: { ...deployment, azure, ...more } } });
const user = { type: "user_assigned", userAssignedIdentities: [{ resourceId: "/identity" }] };
const rule = { metric: "cpu", target: 60 };

const CHECKS: readonly Check[] = [
  [1, "error", "a name", { name: "Credit" }, "name", /expected 3-32 of a-z/],
  [1, "error", "a pair of names on Kubernetes", { ...cluster, name: "a".repeat(32), deployments: { ["b".repeat(31)]: deployment } }, `deployments.${"b".repeat(31)}`, /62 characters together/],
  [2, "error", "a sum", { traffic: { blue: 90 } }, "traffic", /sum to 100/],
  [2, "error", "a share that is not whole", { traffic: { blue: 99.5 } }, "traffic.blue", /whole percent/],
  [3, "error", "a mirror of too much", { mirrorTraffic: { blue: 51 } }, "mirrorTraffic.blue", /0 to 50 percent/],
  [3, "error", "a mirror on Kubernetes", { ...cluster, mirrorTraffic: { blue: 5 } }, "mirrorTraffic", /managed compute alone/],
  [4, "error", "traffic to a deployment that is removed", { traffic: { gone: 100 } }, "traffic.gone", /no deployment has this name/],
  [5, "error", "Entra's tokens on Kubernetes", { ...cluster, authMode: "aad_token" }, "authMode", /"key" or "aml_token"/],
  [6, "error", "compute that needs more to be found", { azure: { compute: "azureml:aks" } }, "azure.compute", /the workspace's subscription/],
  [7, "error", "no user-assigned identity", { azure: { identity: { type: "user_assigned", userAssignedIdentities: [] } } }, "azure.identity.userAssignedIdentities", /one identity or more/],
  [7, "error", "enforced secret stores with a user-assigned one", { azure: { identity: user, properties: { enforce_access_to_default_secret_stores: "enabled" } } }, "azure.properties.enforce_access_to_default_secret_stores", /system-assigned identity alone/],
  [8, "warning", "a user-assigned identity without roles", { azure: { identity: user } }, "azure.identity", /AcrPull and Storage Blob Data Reader/],
  [9, "error", "too many instances", blue({ instanceCount: 51 }), "deployments.blue.instanceCount", /50 instances at most/],
  [9, "warning", "few instances", blue({ instanceCount: 2 }), "deployments.blue.instanceCount", /three instances or more/],
  [10, "warning", "a size that is not listed", blue({ azure: { instanceType: "Standard_X1" } }), "deployments.blue.azure.instanceType", /not on Microsoft's list/],
  [11, "error", "a long time limit", blue({ requestSettings: { requestTimeoutMs: 180_001 } }), "deployments.blue.requestSettings.requestTimeoutMs", /180000 milliseconds at most/],
  [11, "error", "a longer one on Kubernetes", onCluster({ requestSettings: { requestTimeoutMs: 300_001 } }), "deployments.blue.requestSettings.requestTimeoutMs", /1 to 300000 milliseconds/],
  [11, "warning", "a long one of a container, which may be a prompt flow", blue({ azure: { instanceType: "x", environment: "azureml:flow:1" }, requestSettings: { requestTimeoutMs: 300_000 } }), "deployments.blue.requestSettings.requestTimeoutMs", /prompt flow alone/],
  [12, "warning", "requests without workers", blue({ requestSettings: { maxConcurrentRequestsPerInstance: 2 } }), "deployments.blue.requestSettings.maxConcurrentRequestsPerInstance", /WORKER_COUNT/],
  [13, "error", "a probe's period", blue({ readinessProbe: { period: 0 } }), "deployments.blue.readinessProbe.period", /1 or more seconds/],
  [13, "error", "liveness after several successes", blue({ livenessProbe: { successThreshold: 2 } }), "deployments.blue.livenessProbe.successThreshold", /1 to 1 successes/],
  [14, "error", "scaling by utilisation on managed compute", blue({ azure: { instanceType: "x", scaleSettings: { type: "target_utilization" } } }), "deployments.blue.azure.scaleSettings.type", /"default" alone/],
  [14, "error", "a maximum below the minimum", onCluster({}, { scaleSettings: { type: "target_utilization", minInstances: 3, maxInstances: 2 } }), "deployments.blue.azure.scaleSettings.maxInstances", /minInstances or more/],
  [14, "error", "101 percent", onCluster({}, { scaleSettings: { type: "target_utilization", targetUtilizationPercentage: 101 } }), "deployments.blue.azure.scaleSettings.targetUtilizationPercentage", /1 to 100 percent; got 101/],
  [14, "error", "0 percent", onCluster({}, { scaleSettings: { type: "target_utilization", targetUtilizationPercentage: 0 } }), "deployments.blue.azure.scaleSettings.targetUtilizationPercentage", /1 to 100 percent; got 0/],
  [15, "error", "resources on managed compute", blue({ azure: { instanceType: "x", resources: {} } }), "deployments.blue.azure.resources", /whole instance/],
  [15, "error", "a request above its limit", onCluster({}, { resources: { requests: { cpu: "2", memory: "1Gi" }, limits: { cpu: "1" } } }), "deployments.blue.azure.resources.requests.cpu", /no more than the limit/],
  [15, "error", "a GPU in requests", onCluster({}, { resources: { requests: { cpu: "1", memory: "1Gi", "nvidia.com/gpu": "1" } } }), "deployments.blue.azure.resources.requests.nvidia.com/gpu", /limits alone/],
  [15, "error", "little memory", onCluster({}, { resources: { requests: { cpu: "1", memory: "1k" } } }), "deployments.blue.azure.resources.requests.memory", /1 MB or more/],
  [16, "warning", "no instance type on Kubernetes", onCluster({}, {}), "deployments.blue.azure.instanceType", /defaultinstancetype/],
  [17, "error", "egress in a managed network", { ...blue({ egressPublicNetworkAccess: "disabled" }), target: { ...azureTarget, managedNetwork: true } }, "deployments.blue.egressPublicNetworkAccess", /the managed network's of the workspace/],
  [17, "warning", "egress, where there may be a managed network", blue({ egressPublicNetworkAccess: "disabled" }), "deployments.blue.egressPublicNetworkAccess", /managed network/],
  [18, "error", "an environment of MLflow", blue({ model: { path: "azureml://m", type: "mlflow_model" }, environment: { image: "base", condaFile: "conda.yaml" } }), "deployments.blue.environment", /brings its own environment/],
  [18, "error", "a script without environment", blue({ codeConfiguration: { code: "azureml:c:1", scoringScript: "score.py" } }), "deployments.blue.environment", /needs an environment/],
  [19, "error", "a container without image", blue({ environment: { inferenceConfig: { livenessRoute: { path: "/", port: 1 }, readinessRoute: { path: "/", port: 1 }, scoringRoute: { path: "/", port: 1 } } } }), "deployments.blue.environment.image", /image of the custom container/],
  [19, "error", "a mount path that is not absolute", blue({ modelMountPath: "models" }), "deployments.blue.modelMountPath", /absolute path/],
  [22, "error", "21 deployments", { deployments: Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`dep${i}`, deployment])) }, "deployments", /20 deployments or fewer/],
  [23, "error", "an autoscaler above the limit", blue({ autoscale: { maxInstances: 51, rules: [rule] } }), "deployments.blue.autoscale.maxInstances", /50 instances at most/],
  [23, "error", "an autoscaler of too many rules", blue({ autoscale: { maxInstances: 5, rules: Array.from({ length: 6 }, () => rule) } }), "deployments.blue.autoscale.rules", /10 rules at a time/],
  [23, "error", "an autoscaler out of order", blue({ autoscale: { minInstances: 5, maxInstances: 4, rules: [rule] } }), "deployments.blue.autoscale", /in this order/],
  [23, "error", "rules on Kubernetes compute", onCluster({ autoscale: { maxInstances: 5, rules: [rule] } }), "deployments.blue.autoscale.rules", /takes no rules/],
  [24, "warning", "a beginning outside an autoscaler's bounds", blue({ instanceCount: 9, autoscale: { minInstances: 3, maxInstances: 5, rules: [rule] } }), "deployments.blue.instanceCount", /outside the autoscaler's 3 to 5/],
  [25, "error", "a secret's reference", blue({ environmentVariables: { A: "${{keyvault:x}}" } }), "deployments.blue.environmentVariables.A", /expected \$\{\{azureml:/],
  [26, "error", "a registry's model on Kubernetes", onCluster({ model: "azureml://registries/r/models/m/versions/1" }), "deployments.blue.model", /managed compute alone/],
];

/** Batch endpoints, which this version does not have. */
const BATCH = [20, 21];

describe("the checklist of Azure", () => {
  it.each(CHECKS)("%i, %s: %s", (_number, severity, _what, changes, path, message) => {
    const { endpoint, problems } = parseEndpoint<string>("credit", declaration({ target: azureTarget, ...changes }), naming);
    const said = verdict(endpoint as On<string, AzureMlTarget<string>>, {});
    expect(byPath(severity === "error" ? [...problems, ...said.problems] : said.warnings)[path]).toMatch(message);
  });

  it("22, of a whole program: 101 endpoints and 501 deployments", () => {
    expect(limitVerdict({ region: { endpoints: 101, deployments: 501 } }).warnings).toHaveLength(2);
  });

  it("4 and 17, of what was there before: a live deployment that is deleted first, and egress that is left out", () => {
    const routed = (more: object): Routed => {
      const found = routedOf(resource(planOf({ ...blue(more), traffic: { blue: 100 } }), "routing").inputs);
      if (found === undefined) throw new Error("the routing's own inputs are not understood");
      return found;
    };
    const [small, big, closed] = [{}, { azure: { instanceType: "Standard_F4s_v2" } }, { egressPublicNetworkAccess: "disabled" }].map(routed) as [Routed, Routed, Routed];
    expect(changeProblems(small, big)).toEqual([expect.stringMatching(/^deployment "blue" has 100 % of the traffic, .* give traffic\.blue 0 .*"sideBySide"/)]);
    expect(changeProblems(small, closed)).toHaveLength(1);
    expect(changeProblems(closed, small)).toEqual([expect.stringMatching(/^deployment "blue" has egressPublicNetworkAccess "disabled".* write "enabled"/)]);
    expect(changeProblems(closed, closed)).toEqual([]);
    expect(changeProblems({ ...small, traffic: { blue: 0 } }, big)).toEqual([]);
    expect(changeProblems(undefined, big)).toEqual([]);
  });

  it("is whole", () => {
    const numbers = new Set([...CHECKS.map(([number]) => number), ...BATCH]);
    expect(Array.from({ length: 26 }, (_, i) => i + 1).filter((number) => !numbers.has(number))).toEqual([]);
  });
});
