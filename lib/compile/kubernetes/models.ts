/** The model of a deployment in its pods, wherever it comes from: a ConfigMap, an image, a claim, or a URI. */
import type { IContainer } from "kubernetes-models/v1/Container";
import type { IVolume } from "kubernetes-models/v1/Volume";
import type { IVolumeMount } from "kubernetes-models/v1/VolumeMount";
import { Hash, join, type Value } from "../../model/late.ts";
import type { MountedModel } from "../../model/mounted-model.ts";
import type { UriModel } from "../../model/sources.ts";
import { CONTAINER } from "../../scoring/contract.ts";
import { imageOf, REQUESTS, RESTRICTED, USER, VOLUMES } from "./containers.ts";
import { filled } from "./lists.ts";
import { compileVariables } from "./variables.ts";
import type { With } from "./manifest.ts";
import type { Owner, PodDeployment } from "./owner.ts";

/** A model that no ConfigMap holds. */
export type Mounted<V> = UriModel | MountedModel<V>;

/** What a pod needs for it. */
export interface MountedFrom<V> {
  readonly volume: With<IVolume, V>;
  readonly mount: With<IVolumeMount, V>;
  /** Containers that must have ended well before the others start. */
  readonly before: readonly With<IContainer, V>[];
  /** Change with what is served. */
  readonly hashes: readonly Value<V>[];
}

/** Where an init container sees the volume that it fills. */
const FILLED = "/model";

/** `AZUREML_MODEL_DIR`: Azure's `<model folder>/<name>/<version>`, or where a custom container wants it. */
export const modelFolder = <V>(endpoint: Owner<V>, name: string, content: Value<V>): Value<V> => {
  const { model, modelMountPath } = endpoint.deployments[name] as PodDeployment<V>;
  if (modelMountPath !== undefined) return modelMountPath;
  const given = model !== undefined && "type" in model ? model : undefined;
  const folder = `${CONTAINER.modelRoot}/${given?.name ?? endpoint.name}`;
  const version = given?.version ?? content;
  return typeof version === "string" ? `${folder}/${version}` : join<V>`${folder}/${version}`;
};

/** Where the content is, in one value; with what it must be. */
export const contentOf = <V>(model: Mounted<V>): Hash<V> => {
  if (model.kind === "uri") return new Hash<V>([model.path, model.sha256 ?? ""], 12);
  return new Hash<V>([model.kind === "image" ? model.image : model.claim, model.path ?? ""], 12);
};

export const mountModel = <V>(endpoint: Owner<V>, name: string, model: Mounted<V>, folder: Value<V>): MountedFrom<V> => {
  const deployment = endpoint.deployments[name] as PodDeployment<V>;
  const part = model.path === undefined ? undefined : lastPart(model.path);
  const at = part === undefined ? folder : join<V>`${folder}/${part}`;
  const mount = (subPath: string | undefined) => ({ mountPath: at, name: VOLUMES.model, readOnly: true, subPath });
  const hashes = [contentOf(model)];
  const filled = (before: With<IContainer, V>): MountedFrom<V> => ({ volume: { emptyDir: {}, name: VOLUMES.model }, mount: mount(part), before: [before], hashes });
  if (model.kind === "uri") return filled(fetching(endpoint, deployment, model));
  if (model.kind === "image" && model.mount === "copy") return filled(copying(model.image, model.path ?? ""));
  const volume =
    model.kind === "image" ? { image: { reference: model.image }, name: VOLUMES.model } : { name: VOLUMES.model, persistentVolumeClaim: { claimName: model.claim, readOnly: true } };
  return { volume, mount: mount(model.path?.replace(/^\//, "")), before: [], hashes };
};

/** What a script finds below `AZUREML_MODEL_DIR`: the last part of a path; of a URI without what may be a signature, and a bucket by its own name. */
export const lastPart = (path: string): string => {
  const [, scheme = "", host = "", inside = path] = /^([a-z0-9+.-]+):\/\/([^/?#]*)([^?#]*)/i.exec(path) ?? [];
  const part = inside.replace(/\/+$/, "").split("/").at(-1) ?? "";
  if (part === "") return host.split("@")[0] ?? "";
  return /^https?$/i.test(scheme) ? decoded(part) : part;
};

/** Only addresses of the web are written in percent signs, and some of them badly. */
const decoded = (part: string): string => {
  try {
    const text = decodeURIComponent(part);
    return text.includes("/") ? part : text;
  } catch {
    return part;
  }
};

/** What a container that only brings files is like. Its last lines are what `kubectl describe` and an update show when it fails. */
const bringing = { name: "model", resources: { requests: REQUESTS }, securityContext: { ...RESTRICTED, readOnlyRootFilesystem: true, runAsGroup: USER, runAsUser: USER }, terminationMessagePolicy: "FallbackToLogsOnError" } as const;

/** By the scoring container's own image: with the deployment's variables, which may be the store's credentials. */
const fetching = <V>(endpoint: Owner<V>, deployment: PodDeployment<V>, { path, sha256 }: UriModel): With<IContainer, V> => ({
  args: [path, FILLED, "--name", lastPart(path), ...(sha256 === undefined ? [] : ["--sha256", sha256])],
  command: [CONTAINER.fetch.python, CONTAINER.fetch.script],
  env: filled(compileVariables(deployment, {})),
  image: imageOf(endpoint, deployment),
  ...bringing,
  volumeMounts: [
    { mountPath: "/tmp", name: VOLUMES.temporary },
    { mountPath: FILLED, name: VOLUMES.model },
  ],
});

const copying = <V>(image: V, path: string): With<IContainer, V> => ({
  command: ["cp", "-Rf", path, `${FILLED}/`],
  image,
  ...bringing,
  volumeMounts: [{ mountPath: FILLED, name: VOLUMES.model }],
});
