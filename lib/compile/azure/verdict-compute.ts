/** Compute that Azure would refuse, and compute that works but is likely not meant. */
import type { DeploymentAssets } from "../../model/bundle.ts";
import type { On } from "../../model/endpoint.ts";
import type { Flavour } from "../../model/flavour.ts";
import type { OnlineDeployment } from "../../model/online-deployment.ts";
import { quantity } from "../../model/quantity.ts";
import { show, type At, type Problem, type Verdict } from "../../model/refusal.ts";
import type { AzureMlTarget } from "../../model/target.ts";
import { workerWarning } from "../../model/variables.ts";
import { azureFlavour, isCustom } from "./flavour.ts";
import { deployedName } from "./replacement.ts";
import { skuWarning } from "./skus.ts";
import { autoscaleVerdict, INSTANCES } from "./verdict-autoscale.ts";
import { certain, judged } from "../../model/refused.ts";

/** Azure's limits on managed compute (how-to-manage-quotas, 2026-01-27). */
const TIMEOUT_MS = 180_000;
/** Endpoint and deployment name together, on Kubernetes compute. */
const PAIR = 62;

export const computeVerdict = <V>(endpoint: On<V, AzureMlTarget<V>>, name: string, files: DeploymentAssets): Verdict => {
  const deployment = endpoint.deployments[name] as OnlineDeployment<V>;
  const at: At = (path, message) => ({ path: `deployments.${name}${path}`, message });
  const flavour = (): Flavour => azureFlavour(deployment, files);
  return judged(
    () => (endpoint.azure.compute === undefined ? managed(deployment, () => endpoint.target.managedNetwork, flavour, at) : cluster(endpoint, name, deployment, flavour, at)),
    () => autoscaleVerdict(endpoint, deployment, at),
  );
};

const managed = <V>(deployment: OnlineDeployment<V>, network: () => boolean | undefined, flavour: () => Flavour, at: At): Verdict =>
  judged(
    () => timeoutVerdict(deployment, at),
    () => ({ problems: managedProblems(deployment, at) }),
    () => ({ warnings: [...sizeWarnings(deployment, at), ...workerWarnings(deployment, flavour(), at), ...fewWarnings(deployment, at)] }),
    () => egressVerdict(deployment, network, at),
  );

const managedProblems = <V>(deployment: OnlineDeployment<V>, at: At): Problem[] => {
  const told = (isSo: boolean, path: string, message: string): Problem[] => (isSo ? [at(path, message)] : []);
  return certain(
    () => told(deployment.azure.instanceType === undefined, ".azure.instanceType", "managed compute needs a VM size, such as Standard_DS3_v2"),
    () => told(deployment.instanceCount > INSTANCES, ".instanceCount", `managed compute takes ${INSTANCES} instances at most; got ${deployment.instanceCount}`),
    () =>
      told(
        deployment.azure.scaleSettings?.type === "target_utilization",
        ".azure.scaleSettings.type",
        'managed compute takes "default" alone; "target_utilization" is for Kubernetes compute (azure.compute)',
      ),
    () => told(deployment.azure.resources !== undefined, ".azure.resources", "managed compute gives a container its whole instance; resources are for Kubernetes compute (azure.compute)"),
  );
};

const fewWarnings = <V>({ autoscale, instanceCount }: OnlineDeployment<V>, at: At): Problem[] =>
  instanceCount < 3 && autoscale === undefined ? [at(".instanceCount", `Microsoft advises three instances or more in production; got ${instanceCount}`)] : [];

const egressVerdict = <V>({ egressPublicNetworkAccess }: OnlineDeployment<V>, network: () => boolean | undefined, at: At): Partial<Verdict> => {
  if (egressPublicNetworkAccess === undefined) return {};
  const managedNetwork = network();
  if (managedNetwork === true) return { problems: [at(".egressPublicNetworkAccess", "outgoing traffic is the managed network's of the workspace (target.managedNetwork); leave it out")] };
  if (managedNetwork === false) return {};
  return { warnings: [at(".egressPublicNetworkAccess", "leave it out where the workspace has a managed network, and say in azureMl({ managedNetwork }) whether it has one")] };
};

/** A prompt flow may take longer. It is a custom container, and nothing here tells it from others. */
const timeoutVerdict = <V>(deployment: OnlineDeployment<V>, at: At): Verdict => {
  const { requestTimeoutMs } = deployment.requestSettings;
  if (requestTimeoutMs <= TIMEOUT_MS) return { problems: [], warnings: [] };
  const told = (flow: string): Problem[] => [at(".requestSettings.requestTimeoutMs", `managed compute takes ${TIMEOUT_MS} milliseconds at most${flow}; got ${requestTimeoutMs}`)];
  return isCustom(deployment) ? { problems: [], warnings: told(", and more of a prompt flow alone") } : { problems: told(""), warnings: [] };
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

const cluster = <V>(endpoint: On<V, AzureMlTarget<V>>, name: string, deployment: OnlineDeployment<V>, flavour: () => Flavour, at: At): Verdict =>
  judged(
    () => ({ problems: amountProblems(deployment.azure.resources, at) }),
    () => ({ problems: decidedProblems(deployment, at) }),
    () => ({ problems: pairProblems(endpoint.name, deployedName(endpoint, name), at) }),
    () => ({ problems: deployment.egressPublicNetworkAccess === undefined ? [] : [at(".egressPublicNetworkAccess", "the network of Kubernetes compute is the cluster's own; leave it out")] }),
    () => ({ warnings: deployment.azure.instanceType === undefined ? [at(".azure.instanceType", "none given: the cluster's defaultinstancetype is used")] : [] }),
    () => ({ warnings: flavour() === "mlflow" ? mlflowWarnings(deployment, at) : [] }),
  );

const decidedProblems = <V>({ azure, instanceCount }: OnlineDeployment<V>, at: At): Problem[] =>
  azure.scaleSettings?.type === "target_utilization" && instanceCount !== 1
    ? [at(".instanceCount", `with target_utilization the service decides between minInstances and maxInstances; leave it out; got ${instanceCount}`)]
    : [];

const pairProblems = (endpoint: string, name: string, at: At): Problem[] => {
  const length = endpoint.length + name.length;
  return length > PAIR ? [at("", `expected endpoint and deployment names of ${PAIR} characters together; got ${length}`)] : [];
};

const KINDS = ["cpu", "memory", "nvidia.com/gpu"];

/** What Azure's documentation asks for MLflow models that are served without a script on Kubernetes compute (how-to-manage-kubernetes-instance-types). */
const MLFLOW = { cpu: 2, memory: 4e9 } as const;

const mlflowWarnings = <V>({ azure }: OnlineDeployment<V>, at: At): Problem[] =>
  (Object.keys(MLFLOW) as (keyof typeof MLFLOW)[])
    .filter((kind) => (quantity(azure.resources?.requests?.[kind]) ?? MLFLOW[kind]) < MLFLOW[kind])
    .map((kind) => at(`.azure.resources.requests.${kind}`, `an mlflow_model needs 2 cores and 4 GB on Kubernetes compute; got ${show(azure.resources?.requests?.[kind])}`));

type Resources = NonNullable<OnlineDeployment<unknown>["azure"]["resources"]>;

const amountProblems = (resources: Resources | undefined, at: At): Problem[] =>
  resources === undefined
    ? []
    : certain(
        () => kindProblems(resources.requests, at),
        () => kindProblems(resources.limits, at),
        () => unaskedProblems(resources, at),
        () => unlimitedProblems(resources, at),
        () => (resources.requests?.["nvidia.com/gpu"] === undefined ? [] : [at(".azure.resources.requests.nvidia.com/gpu", "a GPU stands in limits alone")]),
        () => littleProblems(resources.requests?.["memory"], at),
      );

const kindProblems = (amounts: Resources["requests"], at: At): Problem[] =>
  Object.keys(amounts ?? {})
    .filter((kind) => !KINDS.includes(kind))
    .map((kind) => at(".azure.resources", `expected cpu, memory or nvidia.com/gpu; got ${show(kind)}`));

const unaskedProblems = ({ requests }: Resources, at: At): Problem[] =>
  requests === undefined ? [] : without(requests).map((kind) => at(`.azure.resources.requests.${kind}`, "Kubernetes compute takes requests with both cpu and memory, or none"));

const unlimitedProblems = ({ limits = {} }: Resources, at: At): Problem[] =>
  "nvidia.com/gpu" in limits ? without(limits).map((kind) => at(`.azure.resources.limits.${kind}`, "with a GPU, Kubernetes compute wants limits of cpu and memory too")) : [];

const without = (amounts: object): string[] => ["cpu", "memory"].filter((kind) => !(kind in amounts));

const littleProblems = (memory: unknown, at: At): Problem[] => ((quantity(memory) ?? 1e6) < 1e6 ? [at(".azure.resources.requests.memory", `expected 1 MB or more; got ${show(memory)}`)] : []);
