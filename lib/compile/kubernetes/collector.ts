/** What the front of a deployment keeps of requests and answers, and where it puts it. Where registered data would go, and who writes there, matters to Azure alone. */
import type { IConfigMap } from "kubernetes-models/v1/ConfigMap";
import type { IVolume } from "kubernetes-models/v1/Volume";
import type { IVolumeMount } from "kubernetes-models/v1/VolumeMount";
import { collecting } from "../../model/collector.ts";
import type { On } from "../../model/endpoint.ts";
import { Concat, Hash, join, type Value } from "../../model/late.ts";
import type { OnlineDeployment } from "../../model/online-deployment.ts";
import type { PlannedResource } from "../../model/plan.ts";
import type { KubernetesTarget } from "../../model/target.ts";
import { CONTAINER, type DataCollectorFile } from "../../scoring/contract.ts";
import { ofDeployment } from "./ids.ts";
import type { With } from "./manifest.ts";
import { deploymentMetadata } from "./metadata.ts";

/** The collector's file, in the cluster and in the front's container. */
export interface Collecting<V> {
  readonly resources: readonly PlannedResource[];
  readonly volumes: readonly With<IVolume, V>[];
  readonly mounts: readonly IVolumeMount[];
  /** The file itself. */
  readonly path: string;
  /** Changes with what is kept, and where. */
  readonly hash: Value<V>;
}

const FILE = "collector.json";
/** Stands for a late address in the file; JSON writes it as it is, and no collection is called so. */
const ADDRESS = "$address$";

/** Nothing where nothing is kept. */
export const compileCollector = <V>(endpoint: On<V, KubernetesTarget<V>>, name: string): Collecting<V> | undefined => {
  const { dataCollector, kubernetes } = endpoint.deployments[name] as OnlineDeployment<V>;
  const { collectedData } = kubernetes;
  if (dataCollector === undefined || collectedData === undefined) return undefined;
  const text = content<V>(file(endpoint, name, dataCollector, collectedData.kind), collectedData.kind === "url" ? collectedData.url : undefined);
  const hash = new Hash<V>([text], 12);
  const metadata = deploymentMetadata(endpoint, name, "-collector");
  const configMap = join<V>`${metadata.name}-${hash}`;
  const inputs: With<IConfigMap, V> = { apiVersion: "v1", data: { [FILE]: text }, immutable: true, kind: "ConfigMap", metadata: { ...metadata, name: configMap } };
  return {
    // Its address may be late, so that the logical name cannot hold the hash: a change makes another before the pods, and deletes this one after them.
    resources: [ofDeployment(endpoint, name, "collector", { type: "kubernetes:core/v1:ConfigMap", inputs, options: { deleteBeforeReplace: false } })],
    volumes: [
      { configMap: { name: configMap }, name: "collector" },
      ...(collectedData.kind === "claim" ? [{ name: "collected", persistentVolumeClaim: { claimName: collectedData.claim } }] : []),
    ],
    mounts: [
      { mountPath: CONTAINER.collector, name: "collector", readOnly: true },
      ...(collectedData.kind === "claim" ? [{ mountPath: CONTAINER.collected, name: "collected" }] : []),
    ],
    path: `${CONTAINER.collector}/${FILE}`,
    hash,
  };
};

type Collector<V> = NonNullable<OnlineDeployment<V>["dataCollector"]>;

const file = <V>({ name: endpoint }: On<V, KubernetesTarget<V>>, deployment: string, collector: Collector<V>, kind: "claim" | "url"): DataCollectorFile => ({
  ...collecting(endpoint, deployment, collector),
  sink: kind === "claim" ? { folder: CONTAINER.collected } : { url: ADDRESS },
});

/** An address holds nothing that JSON would write otherwise: the parser has seen to it, or the front says so. */
const content = <V>(data: DataCollectorFile, url: V | undefined): Value<V> => {
  const text = JSON.stringify(data, undefined, 2);
  if (url === undefined) return text;
  const [before = "", after = ""] = text.split(ADDRESS);
  return new Concat<V>([before, url, after]);
};
