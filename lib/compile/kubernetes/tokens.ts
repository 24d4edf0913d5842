/** Which tokens open an endpoint: a ConfigMap that every pod mounts. It holds no secret, and a change of it needs no restart. */
import type { IConfigMap } from "kubernetes-models/v1/ConfigMap";
import type { IVolume } from "kubernetes-models/v1/Volume";
import type { IVolumeMount } from "kubernetes-models/v1/VolumeMount";
import { join, Json, type Value } from "../../model/late.ts";
import type { PlannedResource } from "../../model/plan.ts";
import { CONTAINER } from "../../scoring/contract.ts";
import { VOLUMES } from "./containers.ts";
import { ofEndpoint, TOKENS } from "./ids.ts";
import { keysSecretName } from "./keys.ts";
import type { With } from "./manifest.ts";
import { endpointMetadata } from "./metadata.ts";
import type { Owner } from "./owner.ts";

/** The file in the ConfigMap. */
const FILE = "tokens.json";
/** The pods' own token is renewed by the kubelet well before. */
const EXPIRATION_SECONDS = 3600;
/** Certificates of the API server, which every namespace has. */
const ROOT_CA = "kube-root-ca.crt";
/** Readable by the pod's group, and by nobody else. */
const MODE = 0o440;

/** Path of the file in the container, or nothing where keys open. */
export const tokensFile = <V>({ authMode }: Owner<V>): string | undefined => (authMode === "key" ? undefined : `${CONTAINER.tokens}/${FILE}`);

/** What tokens must be for. */
export const audienceOf = <V>({ auth, authMode, name, target }: Owner<V>): Value<V> | undefined =>
  authMode === "key" ? undefined : (auth.audience ?? join<V>`inference-endpoints/${target.namespace}/${name}`);

/** What callers must have: a key of that Secret, or a token for that audience. */
export const callerOutputs = <V>(endpoint: Owner<V>) =>
  endpoint.authMode === "key" ? { keysSecretName: keysSecretName(endpoint) } : { tokenAudience: audienceOf(endpoint) };

/** The ConfigMap. */
export const compileTokens = <V>(endpoint: Owner<V>): PlannedResource[] => {
  if (endpoint.authMode === "key") return [];
  const inputs: Omit<With<IConfigMap, V>, "data"> & { readonly data: Readonly<Record<string, Json>> } = {
    apiVersion: "v1",
    data: { [FILE]: new Json([endpoint.authMode === "aml_token" ? ofCluster(endpoint) : ofTenant(endpoint)]) },
    kind: "ConfigMap",
    metadata: endpointMetadata(endpoint, nameOf(endpoint)),
  };
  return [ofEndpoint(endpoint, TOKENS, { type: "kubernetes:core/v1:ConfigMap", inputs })];
};

const nameOf = <V>({ name }: Owner<V>): string => `${name}-tokens`;

/** Tokens of the cluster's service accounts. Any pod may ask for one of any audience, so it is the subject that counts. */
const ofCluster = <V>(endpoint: Owner<V>): object => ({
  cluster: CONTAINER.cluster,
  audience: audienceOf(endpoint),
  callers: { subjects: endpoint.auth.callers?.map(({ namespace, serviceAccount }) => join<V>`system:serviceaccount:${namespace}:${serviceAccount}`) },
});

const ofTenant = <V>({ auth }: Owner<V>): object => ({
  tenant: auth.tenantId,
  audience: auth.audience,
  callers: { clientIds: auth.allowedClientIds, roles: auth.roles },
});

/** Volumes of the pods, by which the front knows callers. */
export const tokenVolumes = <V>(endpoint: Owner<V>): With<IVolume, V>[] => {
  if (endpoint.authMode === "key") return [];
  const accepted: With<IVolume, V> = { configMap: { name: nameOf(endpoint) }, name: VOLUMES.tokens };
  return endpoint.authMode === "aml_token" ? [accepted, CLUSTER] : [accepted];
};

/**
 * What it takes to ask the API server for the keys of its tokens, and for nothing else: the pods' account has no rights of its own, and reads the
 * keys as every account does. Not where clients of Kubernetes look for it.
 */
const CLUSTER: IVolume = {
  name: VOLUMES.cluster,
  projected: {
    defaultMode: MODE,
    sources: [{ serviceAccountToken: { expirationSeconds: EXPIRATION_SECONDS, path: "token" } }, { configMap: { items: [{ key: "ca.crt", path: "ca.crt" }], name: ROOT_CA } }],
  },
};

/** Where the container sees them: whole folders, which follow a change; a single file would not. */
export const tokenMounts = <V>({ authMode }: Owner<V>): IVolumeMount[] => {
  if (authMode === "key") return [];
  const accepted = { mountPath: CONTAINER.tokens, name: VOLUMES.tokens, readOnly: true };
  return authMode === "aml_token" ? [accepted, { mountPath: CONTAINER.cluster, name: VOLUMES.cluster, readOnly: true }] : [accepted];
};
