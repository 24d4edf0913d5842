/** Compute that Azure would refuse, and compute that works but is likely not meant. */
import type { DeploymentAssets } from "../../model/bundle.ts";
import type { On } from "../../model/endpoint.ts";
import type { Flavour } from "../../model/flavour.ts";
import type { OnlineDeployment } from "../../model/online-deployment.ts";
import { quantity } from "../../model/quantity.ts";
import { show, type At, type Problem, type Verdict } from "../../model/refusal.ts";
import type { AzureMlTarget } from "../../model/target.ts";
import { workerWarning } from "../../model/variables.ts";
import { azureFlavour } from "./flavour.ts";
import { deployedName } from "./replacement.ts";
import { skuWarning } from "./skus.ts";
import { autoscaleVerdict, INSTANCES } from "./verdict-autoscale.ts";

/** Azure's limits on managed compute (how-to-manage-quotas, 2026-01-27). */
const TIMEOUT_MS = 180_000;
/** Endpoint and deployment name together, on Kubernetes compute. */
const PAIR = 62;

export const computeVerdict = <V>(endpoint: On<V, AzureMlTarget<V>>, name: string, files: DeploymentAssets): Verdict => {
  const deployment = endpoint.deployments[name] as OnlineDeployment<V>;
  const at: At = (path, message) => ({ path: `deployments.${name}${path}`, message });
  const flavour = azureFlavour(deployment, files);
  const own = endpoint.azure.compute === undefined ? managed(deployment, endpoint.target, flavour, at) : cluster(endpoint.name, deployedName(endpoint, name), deployment, flavour, at);
  const scaled = autoscaleVerdict(endpoint, deployment, at);
  return { problems: [...own.problems, ...scaled.problems], warnings: [...own.warnings, ...scaled.warnings] };
};

const managed = <V>(deployment: OnlineDeployment<V>, { managedNetwork }: AzureMlTarget<V>, flavour: Flavour, at: At): Verdict => {
  const { autoscale, azure, egressPublicNetworkAccess, instanceCount } = deployment;
  const timeout = timeoutVerdict(deployment, flavour, at);
  const problems: Problem[] = [...timeout.problems];
  const warnings: Problem[] = [...timeout.warnings, ...sizeWarnings(deployment, at), ...workerWarnings(deployment, flavour, at)];
  if (azure.instanceType === undefined) problems.push(at(".azure.instanceType", "managed compute needs a VM size, such as Standard_DS3_v2"));
  if (instanceCount > INSTANCES) problems.push(at(".instanceCount", `managed compute takes ${INSTANCES} instances at most; got ${instanceCount}`));
  if (instanceCount < 3 && autoscale === undefined) warnings.push(at(".instanceCount", `Microsoft advises three instances or more in production; got ${instanceCount}`));
  if (azure.scaleSettings?.type === "target_utilization")
    problems.push(at(".azure.scaleSettings.type", 'managed compute takes "default" alone; "target_utilization" is for Kubernetes compute (azure.compute)'));
  if (azure.resources !== undefined)
    problems.push(at(".azure.resources", "managed compute gives a container its whole instance; resources are for Kubernetes compute (azure.compute)"));
  if (egressPublicNetworkAccess !== undefined && managedNetwork === true)
    problems.push(at(".egressPublicNetworkAccess", "outgoing traffic is the managed network's of the workspace (target.managedNetwork); leave it out"));
  if (egressPublicNetworkAccess !== undefined && managedNetwork === undefined)
    warnings.push(at(".egressPublicNetworkAccess", "leave it out where the workspace has a managed network, and say in azureMl({ managedNetwork }) whether it has one"));
  return { problems, warnings };
};

/** A prompt flow may take longer. It is a custom container, and nothing here tells it from others. */
const timeoutVerdict = <V>({ requestSettings: { requestTimeoutMs } }: OnlineDeployment<V>, flavour: Flavour, at: At): Verdict => {
  if (requestTimeoutMs <= TIMEOUT_MS) return { problems: [], warnings: [] };
  const told = (flow: string): Problem[] => [at(".requestSettings.requestTimeoutMs", `managed compute takes ${TIMEOUT_MS} milliseconds at most${flow}; got ${requestTimeoutMs}`)];
  return flavour === "container" ? { problems: [], warnings: told(", and more of a prompt flow alone") } : { problems: told(""), warnings: [] };
};

const sizeWarnings = <V>({ azure: { instanceType } }: OnlineDeployment<V>, at: At): Problem[] => {
  const warning = instanceType === undefined ? undefined : skuWarning(instanceType);
  return warning === undefined ? [] : [at(".azure.instanceType", warning)];
};

/** Served by Microsoft's server or the bundled one, whose workers run a request at a time each. A registered model without a script is mostly an mlflow_model. */
const BY_WORKERS: readonly Flavour[] = ["python", "javascript", "onnx", "mlflow", "registered"];

const workerWarnings = <V>({ environmentVariables, requestSettings }: OnlineDeployment<V>, flavour: Flavour, at: At): Problem[] => {
  const warning = BY_WORKERS.includes(flavour) ? workerWarning(environmentVariables, requestSettings.maxConcurrentRequestsPerInstance) : undefined;
  return warning === undefined ? [] : [at(".requestSettings.maxConcurrentRequestsPerInstance", warning)];
};

const cluster = <V>(endpoint: string, name: string, deployment: OnlineDeployment<V>, flavour: Flavour, at: At): Verdict => {
  const { azure, egressPublicNetworkAccess, instanceCount } = deployment;
  const problems: Problem[] = amountProblems(azure.resources, at);
  if (azure.scaleSettings?.type === "target_utilization" && instanceCount !== 1)
    problems.push(at(".instanceCount", `with target_utilization the service decides between minInstances and maxInstances; leave it out; got ${instanceCount}`));
  if (endpoint.length + name.length > PAIR)
    problems.push(at("", `expected endpoint and deployment names of ${PAIR} characters together; got ${endpoint.length + name.length}`));
  if (egressPublicNetworkAccess !== undefined)
    problems.push(at(".egressPublicNetworkAccess", "the network of Kubernetes compute is the cluster's own; leave it out"));
  const unnamed = azure.instanceType === undefined ? [at(".azure.instanceType", "none given: the cluster's defaultinstancetype is used")] : [];
  return { problems, warnings: [...unnamed, ...(flavour === "mlflow" ? mlflowWarnings(deployment, at) : [])] };
};

const KINDS = ["cpu", "memory", "nvidia.com/gpu"];

/** What Azure's documentation asks for MLflow models that are served without a script on Kubernetes compute (how-to-manage-kubernetes-instance-types). */
const MLFLOW = { cpu: 2, memory: 4e9 } as const;

const mlflowWarnings = <V>({ azure }: OnlineDeployment<V>, at: At): Problem[] =>
  (Object.keys(MLFLOW) as (keyof typeof MLFLOW)[])
    .filter((kind) => (quantity(azure.resources?.requests?.[kind]) ?? MLFLOW[kind]) < MLFLOW[kind])
    .map((kind) => at(`.azure.resources.requests.${kind}`, `an mlflow_model needs 2 cores and 4 GB on Kubernetes compute; got ${show(azure.resources?.requests?.[kind])}`));

const amountProblems = <V>(resources: OnlineDeployment<V>["azure"]["resources"], at: At): Problem[] => {
  const { requests, limits = {} } = resources ?? {};
  const unknown = [...Object.keys(requests ?? {}), ...Object.keys(limits)].filter((kind) => !KINDS.includes(kind));
  const unasked = requests === undefined ? [] : ["cpu", "memory"].filter((kind) => requests[kind] === undefined);
  const unlimited = limits["nvidia.com/gpu"] === undefined ? [] : ["cpu", "memory"].filter((kind) => limits[kind] === undefined);
  return [
    ...unknown.map((kind) => at(".azure.resources", `expected cpu, memory or nvidia.com/gpu; got ${show(kind)}`)),
    ...unasked.map((kind) => at(`.azure.resources.requests.${kind}`, "Kubernetes compute takes requests with both cpu and memory, or none")),
    ...unlimited.map((kind) => at(`.azure.resources.limits.${kind}`, "with a GPU, Kubernetes compute wants limits of cpu and memory too")),
    ...(requests?.["nvidia.com/gpu"] === undefined ? [] : [at(".azure.resources.requests.nvidia.com/gpu", "a GPU stands in limits alone")]),
    ...((quantity(requests?.["memory"]) ?? 1e6) < 1e6 ? [at(".azure.resources.requests.memory", `expected 1 MB or more; got ${show(requests?.["memory"])}`)] : []),
  ];
};
