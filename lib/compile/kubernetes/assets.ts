/**
 * Local files as immutable ConfigMaps, one for the model and one for the code. The content's hash is in the name, so that pods of an old
 * revision keep their files while new ones start with theirs.
 */
import type { IConfigMap } from "kubernetes-models/v1/ConfigMap";
import type { IVolume } from "kubernetes-models/v1/Volume";
import type { IVolumeMount } from "kubernetes-models/v1/VolumeMount";
import type { Bundle, DeploymentAssets } from "../../model/bundle.ts";
import type { On } from "../../model/endpoint.ts";
import type { PlannedResource } from "../../model/plan.ts";
import type { KubernetesTarget } from "../../model/target.ts";
import { CONTAINER } from "../../scoring/contract.ts";
import { ofDeployment } from "./ids.ts";
import type { With } from "./manifest.ts";
import { deploymentMetadata } from "./metadata.ts";

/** Files of a deployment, in the cluster and in its container. */
export interface MountedFiles<V> {
  readonly resources: readonly PlannedResource[];
  readonly volumes: readonly With<IVolume, V>[];
  readonly mounts: readonly IVolumeMount[];
  /** `AZUREML_MODEL_DIR`. */
  readonly modelDir: string | undefined;
  /** `AML_APP_ROOT`. */
  readonly appRoot: string | undefined;
  /** Change with any name or content. */
  readonly hashes: readonly string[];
}

/** In Azure's folder layout: `<model folder>/<bundle>`, `<app folder>/<bundle>`. */
export const compileAssets = <V>(endpoint: On<V, KubernetesTarget<V>>, name: string, files: DeploymentAssets): MountedFiles<V> => {
  const modelDir = files.model === undefined ? undefined : modelFolder(endpoint, name, files.model);
  const parts = [
    ...(files.model === undefined || modelDir === undefined ? [] : [{ kind: "model", bundle: files.model, parent: modelDir }]),
    ...(files.code === undefined ? [] : [{ kind: "code", bundle: files.code, parent: CONTAINER.appRoot }]),
  ];
  const maps = parts.map(({ kind, bundle }) => configMap(endpoint, name, kind, bundle));
  return {
    resources: maps,
    volumes: parts.map(({ kind, bundle }) => volume(deploymentMetadata(endpoint, name, suffix(kind, bundle)).name, kind, bundle)),
    mounts: parts.map(({ kind, bundle, parent }) => mount(kind, bundle, parent)),
    modelDir,
    appRoot: files.code === undefined ? undefined : `${CONTAINER.appRoot}/${files.code.name}`,
    hashes: parts.map(({ bundle }) => bundle.hash),
  };
};

const modelFolder = <V>(endpoint: On<V, KubernetesTarget<V>>, name: string, files: Bundle): string => {
  const source = endpoint.deployments[name]?.model;
  const given = source?.kind === "local" ? source : undefined;
  return `${CONTAINER.modelRoot}/${given?.name ?? endpoint.name}/${given?.version ?? files.hash}`;
};

const suffix = (kind: string, { hash }: Bundle): string => `-${kind}-${hash}`;

const configMap = <V>(endpoint: On<V, KubernetesTarget<V>>, name: string, kind: string, bundle: Bundle): PlannedResource => {
  const inputs: With<IConfigMap, V> = {
    apiVersion: "v1",
    binaryData: Object.fromEntries(entries(bundle).map(({ key, bytes }) => [key, Buffer.from(bytes).toString("base64")])),
    immutable: true,
    kind: "ConfigMap",
    metadata: deploymentMetadata(endpoint, name, suffix(kind, bundle)),
  };
  return ofDeployment(endpoint, name, "files", { type: "kubernetes:core/v1:ConfigMap", inputs }, { name: kind, hash: bundle.hash });
};

const volume = <V>(name: string, kind: string, bundle: Bundle): With<IVolume, V> => ({
  configMap: { items: entries(bundle).map(({ key, path }) => ({ key, path })), name },
  name: kind,
});

/** By `subPath`, because a volume's own root also shows the links of kubelet (`..data`), and scripts list `AZUREML_MODEL_DIR`. */
const mount = (kind: string, bundle: Bundle, parent: string): IVolumeMount => ({
  mountPath: `${parent}/${bundle.name}`,
  name: kind,
  readOnly: true,
  subPath: bundle.name,
});

/** A key may not contain a slash, so paths stand in the volume alone. */
const entries = (bundle: Bundle) =>
  bundle.files.map(({ bytes, path }, i) => ({
    key: `${i}-${(path.split("/").at(-1) ?? "").replace(/[^A-Za-z0-9._-]/g, "_").slice(0, 100)}`,
    path: bundle.kind === "folder" ? `${bundle.name}/${path}` : bundle.name,
    bytes: bytes ?? new Uint8Array(),
  }));
