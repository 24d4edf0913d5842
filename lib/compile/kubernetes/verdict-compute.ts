/** What Kubernetes would refuse of a deployment, what is not enforced there so far, and settings that work but are likely not meant. */
import type { On } from "../../model/endpoint.ts";
import type { OnlineDeployment } from "../../model/online-deployment.ts";
import type { At, Problem, Verdict } from "../../model/refusal.ts";
import type { KubernetesTarget } from "../../model/target.ts";
import { workerWarning } from "../../model/variables.ts";
import { LONGEST_TIMER_MS } from "../../scoring/contract.ts";
import { autoscaleVerdict } from "./verdict-autoscale.ts";
import { networkProblems } from "./verdict-network.ts";
import { podProblems } from "./verdict-pod.ts";
import { certain, judged } from "../../model/refused.ts";

/** Endpoint and deployment name together: with the dashes between them they are a label's value and a Service's name, of 63 characters. */
const PAIR = 61;

export const computeVerdict = <V>(endpoint: On<V, KubernetesTarget<V>>, name: string): Verdict => {
  const deployment = endpoint.deployments[name] as OnlineDeployment<V>;
  const at: At = (path, message) => ({ path: `deployments.${name}${path}`, message });
  return judged(
    () => ({ problems: pairProblems(endpoint.name, name, at) }),
    () => ({ problems: featureProblems(deployment, at) }),
    () => ({ problems: networkProblems(endpoint, name) }),
    () => autoscaleVerdict(endpoint, deployment, at),
    () => ({ problems: podProblems(endpoint, name) }),
    () => ({ warnings: [...instanceWarnings(deployment, endpoint.traffic[name] ?? 0, at), ...workerWarnings(deployment, at)] }),
  );
};

/** Names that are too long together. */
export const pairProblems = (endpoint: string, name: string, at: At): Problem[] => {
  const length = endpoint.length + name.length;
  return length <= PAIR ? [] : [at("", `expected endpoint and deployment names of ${PAIR} characters together; got ${length}`)];
};

const featureProblems = <V>(deployment: OnlineDeployment<V>, at: At): Problem[] =>
  certain(
    () => collectorProblems(deployment, at),
    () => mountProblems(deployment, at),
    () => waitProblems(deployment.requestSettings.maxQueueWaitMs, at),
  );

const collectorProblems = <V>({ dataCollector, kubernetes: { collectedData } }: OnlineDeployment<V>, at: At): Problem[] => {
  if (dataCollector !== undefined && collectedData === undefined)
    return [at(".dataCollector", 'Kubernetes has no place of its own for it: say where it goes, kubernetes: { collectedData: { claim: "data" } } or { url: "https://…" }')];
  if (dataCollector === undefined && collectedData !== undefined)
    return [at(".kubernetes.collectedData", "nothing is kept without dataCollector: write which, dataCollector: { collections: { request: {}, response: {} } }, or leave this out")];
  return [];
};

const mountProblems = <V>({ environment, modelMountPath }: OnlineDeployment<V>, at: At): Problem[] =>
  modelMountPath !== undefined && environment?.inferenceConfig === undefined
    ? [at(".modelMountPath", "it is for custom containers (environment.inferenceConfig); leave it out: a script finds its model by AZUREML_MODEL_DIR")]
    : [];

const waitProblems = (maxQueueWaitMs: number, at: At): Problem[] =>
  maxQueueWaitMs > LONGEST_TIMER_MS ? [at(".requestSettings.maxQueueWaitMs", `the container waits ${LONGEST_TIMER_MS} milliseconds at most; got ${maxQueueWaitMs}`)] : [];

const instanceWarnings = <V>({ autoscale, instanceCount }: OnlineDeployment<V>, share: number, at: At): Problem[] =>
  (autoscale?.minInstances ?? instanceCount) === 1 && share > 0 ? [at(autoscale === undefined ? ".instanceCount" : ".autoscale.minInstances", "one instance: while its node is drained or lost, nobody answers this deployment's share of the traffic")] : [];

const workerWarnings = <V>({ environment, environmentVariables, requestSettings }: OnlineDeployment<V>, at: At): Problem[] => {
  if (environment?.inferenceConfig !== undefined) return [];
  const warning = workerWarning(environmentVariables, requestSettings.maxConcurrentRequestsPerInstance);
  return warning === undefined ? [] : [at(".requestSettings.maxConcurrentRequestsPerInstance", warning)];
};
