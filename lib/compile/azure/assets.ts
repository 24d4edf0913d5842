/** Local files and URIs as versions that Azure Machine Learning knows. A version is named by its content and never changes. */
import type { Assets, Bundle } from "../../model/bundle.ts";
import { Hash, join, Ref, type Value } from "../../model/late.ts";
import { LocalFile, type PlannedResource } from "../../model/plan.ts";
import { assetId, assetOwner, type Owner } from "./ids.ts";
import { compileEnvironment } from "./environment.ts";

/** The ids that a deployment refers to. */
export interface DeploymentIds<V> {
  readonly model?: Value<V>;
  readonly code?: Value<V>;
  readonly environment?: Value<V>;
}

/** What `compileAssets` made. */
export interface RegisteredAssets<V> {
  readonly resources: readonly PlannedResource[];
  readonly ids: Readonly<Record<string, DeploymentIds<V>>>;
  /** Ids of the plan's resources that a deployment must follow. */
  readonly before: Readonly<Record<string, readonly string[]>>;
}

interface Made<V> {
  readonly id: Value<V>;
  readonly resources: readonly PlannedResource[];
}

/** Versions for every deployment; equal content is one version. `more` is what else a deployment needs registered. */
export const compileAssets = <V>(endpoint: Owner<V>, assets: Assets, more: (deployment: string) => readonly PlannedResource[]): RegisteredAssets<V> => {
  const resources = new Map<string, PlannedResource>();
  const ids: Record<string, DeploymentIds<V>> = {};
  const before: Record<string, readonly string[]> = {};
  for (const name of Object.keys(endpoint.deployments)) {
    const files = assets[name] ?? {};
    const made = { model: model(endpoint, name, files.model), code: code(endpoint, name, files.code), environment: compileEnvironment(endpoint, name, files) };
    const all = [...Object.values(made).flatMap((part) => part?.resources ?? []), ...more(name)];
    for (const resource of all) resources.set(resource.id, resource);
    before[name] = all.filter((resource) => resource.role !== "files").map((resource) => resource.id);
    ids[name] = Object.fromEntries(Object.entries(made).flatMap(([kind, part]) => (part === undefined ? [] : [[kind, part.id]])));
  }
  return { resources: [...resources.values()], ids, before };
};

const model = <V>(endpoint: Owner<V>, deployment: string, files: Bundle | undefined): Made<V> | undefined => {
  const source = endpoint.deployments[deployment]?.model;
  if (source === undefined) return undefined;
  if (source.kind === "registered" || source.kind === "id") return { id: assetId(endpoint, "models", source), resources: [] };
  const name = source.name ?? assetOwner(endpoint);
  const uploaded = files === undefined ? undefined : upload(endpoint, "model", files);
  const modelUri = uploaded === undefined || files === undefined ? source.path : join<V>`${uploaded.uri}/${files.name}`;
  // One content under two types is two versions.
  const content = `${files?.hash ?? source.path}${source.type === "custom_model" ? "" : `-${source.type.replace("_model", "")}`}`;
  const version = source.version ?? (files === undefined ? new Hash<V>([content], 12) : content);
  const properties = { modelType: source.type, modelUri, tags: endpoint.tags };
  const key = source.name === undefined && source.version === undefined ? content : `${name}/${source.version ?? content}`;
  return versioned(endpoint, { kind: "model", key, name, version, properties }, uploaded?.resources ?? []);
};

const code = <V>(endpoint: Owner<V>, deployment: string, files: Bundle | undefined): Made<V> | undefined => {
  const source = endpoint.deployments[deployment]?.codeConfiguration?.code;
  if (source === undefined) return undefined;
  if (source.kind !== "local") return { id: assetId(endpoint, "codes", source), resources: [] };
  if (files === undefined) return undefined;
  const uploaded = upload(endpoint, "code", files);
  const properties = { codeUri: join<V>`${uploaded.uri}/${files.name}`, tags: endpoint.tags };
  return versioned(endpoint, { kind: "code", key: files.hash, name: assetOwner(endpoint), version: files.hash, properties }, uploaded.resources);
};

interface Version {
  readonly kind: "model" | "code";
  /** Tells it apart from the endpoint's others, in the plan and in its logical name; no name or version holds a slash. */
  readonly key: string;
  readonly name: string;
  readonly version: unknown;
  readonly properties: object;
}

const VERSION_TYPES = { model: "azure-native:machinelearningservices:ModelVersion", code: "azure-native:machinelearningservices:CodeVersion" } as const;

const versioned = <V>(endpoint: Owner<V>, { kind, key, name, version, properties }: Version, files: readonly PlannedResource[]): Made<V> => {
  const { resourceGroupName, workspaceName } = endpoint.target;
  const registered: PlannedResource = {
    id: `${kind}:${key}`,
    role: kind,
    type: VERSION_TYPES[kind],
    logicalName: `${assetOwner(endpoint)}-${kind}-${key}`,
    inputs: { name, properties, resourceGroupName, version, workspaceName },
    options: { dependsOn: files.map((file) => file.id) },
  };
  return { id: new Ref(registered.id, "id"), resources: [...files, registered] };
};

/** One blob a file, below a folder that is named by the content. */
const upload = <V>(endpoint: Owner<V>, kind: "model" | "code", files: Bundle) => {
  const { storage, resourceGroupName } = endpoint.target;
  const folder = `${assetOwner(endpoint)}/${kind}/${files.hash}`;
  const inside = files.kind === "folder" ? `${folder}/${files.name}` : folder;
  const resources = files.files.map((file): PlannedResource => ({
    id: `files:${kind}:${files.hash}:${file.path}`,
    role: "files",
    type: "azure-native:storage:Blob",
    logicalName: `${assetOwner(endpoint)}-${kind}-${files.hash}-${file.path}`,
    inputs: {
      accountName: storage?.accountName,
      blobName: `${inside}/${file.path}`,
      containerName: storage?.containerName,
      resourceGroupName,
      source: new LocalFile(file.source),
    },
    options: {},
  }));
  return { uri: join<V>`https://${storage?.accountName ?? ""}.blob.core.windows.net/${storage?.containerName ?? ""}/${folder}`, resources };
};
