/**
 * Files of a deployment. Local ones are immutable ConfigMaps, one for the model and one for the code: the content's hash is in the name, so that pods of an old
 * revision keep their files while new ones start with theirs.
 */
import type { IConfigMap } from "kubernetes-models/v1/ConfigMap";
import type { IContainer } from "kubernetes-models/v1/Container";
import type { IVolume } from "kubernetes-models/v1/Volume";
import type { IVolumeMount } from "kubernetes-models/v1/VolumeMount";
import { INLINE_LIMIT, type Bundle, type DeploymentAssets } from "../../model/bundle.ts";
import { join, type Value } from "../../model/late.ts";
import type { PlannedResource } from "../../model/plan.ts";
import { CONTAINER } from "../../scoring/contract.ts";
import { ofDeployment } from "./ids.ts";
import type { With } from "./manifest.ts";
import { deploymentMetadata } from "./metadata.ts";
import { contentOf, modelFolder, mountModel, type MountedFrom } from "./models.ts";
import type { Owner, PodDeployment } from "./owner.ts";

/** Files of a deployment, in the cluster and in its container. */
export interface MountedFiles<V> {
  readonly resources: readonly PlannedResource[];
  readonly volumes: readonly With<IVolume, V>[];
  readonly mounts: readonly With<IVolumeMount, V>[];
  /** Containers that bring files, and must have ended before the others start. */
  readonly before: readonly With<IContainer, V>[];
  /** `AZUREML_MODEL_DIR`. */
  readonly modelDir: Value<V> | undefined;
  /** `AML_APP_ROOT`. */
  readonly appRoot: string | undefined;
  /** Change with any name or content. */
  readonly hashes: readonly Value<V>[];
}

/** In Azure's folder layout: `<model folder>/<bundle>`, `<app folder>/<bundle>`. */
export const compileAssets = <V>(endpoint: Owner<V>, name: string, files: DeploymentAssets): MountedFiles<V> => {
  const model = compileModel(endpoint, name, files.model);
  if (isBaked(endpoint.deployments[name] as PodDeployment<V>, files)) return IN_IMAGE;
  const code = files.code === undefined ? undefined : fromConfigMap(endpoint, name, "code", files.code, CONTAINER.appRoot);
  const parts = [model?.files, code].filter((part) => part !== undefined);
  return {
    resources: parts.flatMap(({ resources }) => resources),
    volumes: parts.map((part) => part.volume),
    mounts: parts.map((part) => part.mount),
    before: parts.flatMap(({ before }) => before),
    modelDir: model?.folder,
    appRoot: files.code === undefined ? undefined : `${CONTAINER.appRoot}/${files.code.name}`,
    hashes: parts.flatMap(({ hashes }) => hashes),
  };
};

/** Its image says itself where everything is. */
const IN_IMAGE = { resources: [], volumes: [], mounts: [], before: [], modelDir: undefined, appRoot: undefined, hashes: [] };

/** Whether files that are too large for ConfigMaps are taken to be in the deployment's own image, where `build` puts them with the packages. */
export const isBaked = <V>({ kubernetes }: PodDeployment<V>, { code, model }: DeploymentAssets): boolean =>
  kubernetes.scoringImage !== undefined && (model?.bytes ?? 0) + (code?.bytes ?? 0) > INLINE_LIMIT;

interface Part<V> extends MountedFrom<V> {
  readonly resources: readonly PlannedResource[];
}

const compileModel = <V>(endpoint: Owner<V>, name: string, files: Bundle | undefined): { readonly folder: Value<V>; readonly files: Part<V> } | undefined => {
  const model = endpoint.deployments[name]?.model;
  if (model?.kind === "uri" || model?.kind === "image" || model?.kind === "claim") {
    const folder = modelFolder(endpoint, name, contentOf(model));
    return { folder, files: { ...mountModel(endpoint, name, model, folder), resources: [] } };
  }
  if (files === undefined) return undefined;
  const folder = modelFolder(endpoint, name, files.hash);
  return { folder, files: fromConfigMap(endpoint, name, "model", files, folder) };
};

const fromConfigMap = <V>(endpoint: Owner<V>, name: string, kind: "model" | "code", bundle: Bundle, parent: Value<V>): Part<V> => ({
  resources: [configMap(endpoint, name, kind, bundle)],
  volume: volume(deploymentMetadata(endpoint, name, suffix(kind, bundle)).name, kind, bundle),
  mount: mount(kind, bundle, parent),
  before: [],
  hashes: [bundle.hash],
});

const suffix = (kind: string, { hash }: Bundle): string => `-${kind}-${hash}`;

const configMap = <V>(endpoint: Owner<V>, name: string, kind: string, bundle: Bundle): PlannedResource => {
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
const mount = <V>(kind: string, bundle: Bundle, parent: Value<V>): With<IVolumeMount, V> => ({
  mountPath: typeof parent === "string" ? `${parent}/${bundle.name}` : join<V>`${parent}/${bundle.name}`,
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
