/** A rollout that is over, and else what its newest pods say. */
import { isObject } from "../../json.ts";
import type { Fields } from "../client.ts";
import { watched, type Look, type Patience, type Seen } from "./waiting.ts";

const REVISION = "deployment.kubernetes.io/revision";

/** Until the newest ReplicaSet has as many ready pods as it wants, and the Deployment says that it is available. */
export const deploymentReady = async (patience: Patience, live: Fields, before: Fields | undefined): Promise<void> => {
  const { name, namespace } = live["metadata"] as { name: string; namespace: string };
  const paths = await Promise.all([patience.client.collection("apps/v1", "Deployment", namespace), patience.client.collection("apps/v1", "ReplicaSet", namespace), patience.client.collection("v1", "Pod", namespace)]);
  await watched(patience, `'${name}'`, [`${paths[0]}?fieldSelector=metadata.name%3D${name}`, ...paths.slice(1)], (seen) => look(seen, name, live["metadata"].generation, before));
};

const look = ([deployments, sets, pods]: Seen, name: string, generation: number, before: Fields | undefined): Look => {
  const deployment = deployments?.get(name);
  if (deployment === undefined || (deployment["status"]?.observedGeneration ?? 0) < generation) return { done: false, reasons: [] };
  const revision = revisionOf(deployment);
  const set = [...(sets?.values() ?? [])].find((each) => isOwned(each, deployment) && revisionOf(each) === revision);
  const conditions = (deployment["status"].conditions ?? []) as Fields[];
  const is = (type: string): Fields | undefined => conditions.find((condition) => condition["type"] === type && condition["status"] === "True");
  const available = is("Available") !== undefined;
  const rolledOut = revision === "1" || is("Progressing")?.["reason"] === "NewReplicaSetAvailable";
  const waited = before !== undefined && revisionOf(before) !== revision ? rolledOut : true;
  const ready = set !== undefined && (set["status"].readyReplicas ?? 0) >= (set["spec"].replicas ?? 1);
  const wrong = conditions.filter((condition) => condition["status"] !== "True").map((condition) => `[${condition["reason"]}] ${condition["message"]}`);
  const own = [...(pods?.values() ?? [])].filter((pod) => set !== undefined && isOwned(pod, set));
  const few = available ? "Minimum number of Pods to consider the application live was not attained" : "Minimum number of live Pods was not attained";
  return { done: available && rolledOut && waited && ready, reasons: [...wrong, ...(available && ready ? [] : [few]), ...own.flatMap(podReasons)] };
};

const revisionOf = (object: Fields): string | undefined => object["metadata"].annotations?.[REVISION];

const isOwned = (object: Fields, owner: Fields): boolean => ((object["metadata"].ownerReferences ?? []) as Fields[]).some(({ uid }) => uid === owner["metadata"].uid);

/** Why a pod is not ready, in the words of its containers; a container's own last words come with it. */
export const podReasons = ({ metadata, status }: Fields): string[] => {
  const conditions = (status?.conditions ?? []) as Fields[];
  const unscheduled = conditions.filter(({ status: state, type }) => type === "PodScheduled" && state === "False").map(({ message, reason }) => `[Pod ${metadata.namespace}/${metadata.name}]: [${reason}] ${message}`);
  const unready = conditions.filter(({ reason, status: state, type }) => type === "Ready" && state === "False" && reason !== undefined).map(({ message }) => message as string);
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])] as Fields[];
  const states = containers.filter(({ ready }) => ready !== true).flatMap(({ lastState, state }) => [wait(state), end(state) ?? end(lastState)].filter((text) => text !== undefined));
  return [...unscheduled, ...unready.map((text) => [`[Pod ${metadata.namespace}/${metadata.name}]: ${text}`, ...states].join(" -- "))];
};

const wait = (state: unknown): string | undefined => (isObject(state) && state["waiting"]?.message !== undefined ? `[${state["waiting"].reason}] ${state["waiting"].message}` : undefined);

const end = (state: unknown): string | undefined => {
  const ended = isObject(state) ? state["terminated"] : undefined;
  if (!isObject(ended) || ended["exitCode"] === 0) return undefined;
  return ended["message"] === undefined ? `[${ended["reason"]}] Container exited with code ${ended["exitCode"]}` : `[${ended["reason"]}] ${ended["message"]}`;
};
