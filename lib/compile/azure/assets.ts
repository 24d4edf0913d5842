/** Local files and URIs as versions that Azure Machine Learning knows. A version is named by its content and never changes. */
import { partsOf, type Part } from "../../model/batch-parts.ts";
import type { Assets, Bundle } from "../../model/bundle.ts";
import { Hash, join, Ref, type Value } from "../../model/late.ts";
import { shortHash } from "../../model/names.ts";
import { LocalFile, TextFile, type Claim, type PlannedResource } from "../../model/plan.ts";
import { show } from "../../model/refusal.ts";
import { assetId, assetOwner, assetTags, inWorkspace, type Owner } from "./ids.ts";
import { compileEnvironment } from "./environment.ts";
import { ENTRY_FILE, ENTRY_TEXT } from "./step-entry.ts";

/** The ids that a deployment or a step refers to. */
export interface DeploymentIds<V> {
  readonly model?: Value<V>;
  readonly code?: Value<V>;
  readonly environment?: Value<V>;
}

/** What `compileAssets` made. */
export interface RegisteredAssets<V> {
  readonly resources: readonly PlannedResource[];
  /** By deployment; of a pipeline by `<deployment>--<step>`. */
  readonly ids: Readonly<Record<string, DeploymentIds<V>>>;
  /** Ids of the plan's resources that come before, likewise. */
  readonly before: Readonly<Record<string, readonly string[]>>;
}

interface Made<V> {
  readonly id: Value<V>;
  readonly resources: readonly PlannedResource[];
}

/** Versions for every deployment and every step; equal content is one version. `more` is what else a deployment needs registered. */
export const compileAssets = <V>(endpoint: Owner<V>, assets: Assets, more: (deployment: string) => readonly PlannedResource[]): RegisteredAssets<V> => {
  const resources = new Map<string, PlannedResource>();
  const ids: Record<string, DeploymentIds<V>> = {};
  const before: Record<string, readonly string[]> = {};
  for (const part of partsOf(endpoint.deployments)) {
    const files = assets[part.key] ?? {};
    const made = { model: model(endpoint, part, files.model), code: code(endpoint, part, files.code), environment: compileEnvironment(endpoint, part, files) };
    const all = [...Object.values(made).flatMap((one) => one?.resources ?? []), ...(part.step === undefined ? more(part.deployment) : [])];
    for (const resource of all) resources.set(resource.id, resource);
    before[part.key] = all.filter((resource) => resource.role !== "files").map((resource) => resource.id);
    ids[part.key] = Object.fromEntries(Object.entries(made).flatMap(([kind, one]) => (one === undefined ? [] : [[kind, one.id]])));
  }
  return { resources: [...resources.values()], ids, before };
};

const model = <V>(endpoint: Owner<V>, { path, sources }: Part<V>, files: Bundle | undefined): Made<V> | undefined => {
  const source = sources.model;
  if (source === undefined) return undefined;
  if (source.kind === "registered" || source.kind === "id") return { id: assetId(endpoint, "models", source), resources: [] };
  const name = source.name ?? assetOwner(endpoint);
  const uploaded = files === undefined ? undefined : upload(endpoint, { kind: "model", key: files.hash, files });
  const modelUri = uploaded === undefined || files === undefined ? source.path : join<V>`${uploaded.uri}/${files.name}`;
  // One content under two types is two versions.
  const content = `${files?.hash ?? source.path}${source.type === "custom_model" ? "" : `-${source.type.replace("_model", "")}`}`;
  const version = source.version ?? (files === undefined ? new Hash<V>([content], 12) : content);
  const properties = { modelType: source.type, modelUri, tags: assetTags(endpoint) };
  const key = source.name === undefined && source.version === undefined ? content : `${name}/${source.version ?? content}`;
  const claim: Claim = {
    path: `${path}.model`,
    what: `model ${show(name)} ${source.version === undefined ? "of this content" : `version ${show(source.version)}`}`,
    parts: inWorkspace(endpoint.target, "model", name, version),
    instead: "leave out its name and version, or write others",
  };
  return versioned(endpoint, { kind: "model", key, name, version, properties, claim }, uploaded?.resources ?? []);
};

const code = <V>(endpoint: Owner<V>, { sources, step }: Part<V>, files: Bundle | undefined): Made<V> | undefined => {
  const source = sources.codeConfiguration?.code ?? sources.code;
  if (source === undefined) return undefined;
  if (source.kind !== "local") return { id: assetId(endpoint, "codes", source), resources: [] };
  if (files === undefined) return undefined;
  // A script that a step runs has something beside it that starts it.
  const entry = step !== undefined && sources.codeConfiguration !== undefined;
  const key = entry ? `${files.hash}-${shortHash(ENTRY_TEXT)}` : files.hash;
  const uploaded = upload(endpoint, { kind: "code", key, files, beside: entry ? { [ENTRY_FILE]: ENTRY_TEXT } : {} });
  const properties = { codeUri: join<V>`${uploaded.uri}/${files.name}`, tags: assetTags(endpoint) };
  return versioned(endpoint, { kind: "code", key, name: assetOwner(endpoint), version: key, properties }, uploaded.resources);
};

interface Version {
  readonly kind: "model" | "code";
  /** Tells it apart from the endpoint's others, in the plan and in its logical name; no name or version holds a slash. */
  readonly key: string;
  readonly name: string;
  readonly version: unknown;
  readonly properties: object;
  readonly claim?: Claim;
}

const VERSION_TYPES = { model: "azure-native:machinelearningservices:ModelVersion", code: "azure-native:machinelearningservices:CodeVersion" } as const;

const versioned = <V>(endpoint: Owner<V>, { claim, kind, key, name, version, properties }: Version, files: readonly PlannedResource[]): Made<V> => {
  const { resourceGroupName, workspaceName } = endpoint.target;
  const registered: PlannedResource = {
    id: `${kind}:${key}`,
    role: kind,
    type: VERSION_TYPES[kind],
    logicalName: `${assetOwner(endpoint)}-${kind}-${key}`,
    inputs: { name, properties, resourceGroupName, version, workspaceName },
    options: { dependsOn: files.map((file) => file.id) },
    ...(claim === undefined ? {} : { claim }),
  };
  return { id: new Ref(registered.id, "id"), resources: [...files, registered] };
};

interface Upload {
  readonly kind: "model" | "code";
  /** Names the content. */
  readonly key: string;
  readonly files: Bundle;
  /** Texts by the names of the files that they become. */
  readonly beside?: Readonly<Record<string, string>>;
}

/** One blob a file, below a folder that is named by the content. */
const upload = <V>(endpoint: Owner<V>, { beside = {}, files, key, kind }: Upload) => {
  const { storage } = endpoint.target;
  const resourceGroupName = storage?.resourceGroupName ?? endpoint.target.resourceGroupName;
  const folder = `${assetOwner(endpoint)}/${kind}/${key}`;
  const inside = files.kind === "folder" ? `${folder}/${files.name}` : folder;
  const sources = [...files.files.map(({ path, source }) => [path, new LocalFile(source)] as const), ...Object.entries(beside).map(([path, text]) => [path, new TextFile(text)] as const)];
  const resources = sources.map(
    ([path, source]): PlannedResource => ({
      id: `files:${kind}:${key}:${path}`,
      role: "files",
      type: "azure-native:storage:Blob",
      logicalName: `${assetOwner(endpoint)}-${kind}-${key}-${path}`,
      inputs: { accountName: storage?.accountName, blobName: `${inside}/${path}`, containerName: storage?.containerName, resourceGroupName, source },
      options: {},
    }),
  );
  return { uri: join<V>`https://${storage?.accountName ?? ""}.blob.core.windows.net/${storage?.containerName ?? ""}/${folder}`, resources };
};
