/** What every object carries: its namespace, the recommended labels, and the tags as annotations. */
import type { Value } from "../../model/late.ts";
import { pairName } from "../../model/names.ts";
import type { Owner } from "./owner.ts";

/** Where Kubernetes' own tools show a description. */
const DESCRIPTION = "kubernetes.io/description";
const PREFIX = "app.kubernetes.io/";

type Annotations<V> = Readonly<Record<string, V>>;

/** The labels of every object of a deployment, and of its pods. */
export const deploymentLabels = (endpoint: string, deployment: string, kind: Owner<unknown>["kind"] = "online") => ({
  [`${PREFIX}name`]: "scoring",
  [`${PREFIX}instance`]: pairName(endpoint, deployment),
  [`${PREFIX}component`]: `${kind}-deployment`,
  [`${PREFIX}part-of`]: endpoint,
  [`${PREFIX}managed-by`]: "inference-endpoints",
});

/** Label keys that are the library's own. */
export const OWN_LABELS: readonly string[] = ["name", "instance", "component", "part-of", "managed-by"].map((key) => `${PREFIX}${key}`);

/** The pods of a deployment. A selector cannot change once it exists, so it names the least that tells them apart. */
export const selector = (endpoint: string, deployment: string) => {
  const labels = deploymentLabels(endpoint, deployment);
  return { [`${PREFIX}name`]: "scoring", [`${PREFIX}instance`]: labels[`${PREFIX}instance`] as string };
};

/** ObjectMeta of an object of the endpoint; `own` are annotations of that object alone. */
export const endpointMetadata = <V>({ description, kind, name: endpoint, tags, target }: Owner<V>, name: string, own: Annotations<string> = {}) => ({
  annotations: annotations<V>({ ...tags, ...described(description), ...own }),
  labels: { ...deploymentLabels(endpoint, ""), [`${PREFIX}instance`]: endpoint, [`${PREFIX}component`]: `${kind}-endpoint` },
  name,
  namespace: target.namespace,
});

/** The pods of all deployments of an endpoint. */
export const endpointSelector = (endpoint: string) => ({ [`${PREFIX}name`]: "scoring", [`${PREFIX}part-of`]: endpoint });

/** The labels of the service that takes a batch endpoint's jobs, of its pods. */
export const invokerLabels = (endpoint: string) => ({ ...deploymentLabels(endpoint, "", "batch"), ...invokerSelector(endpoint), [`${PREFIX}component`]: "batch-endpoint" });

/** The least that tells those pods apart: no endpoint is called as a deployment's pods are. */
export const invokerSelector = (endpoint: string) => ({ [`${PREFIX}name`]: "batch", [`${PREFIX}instance`]: endpoint });

/** The same of an object that others look for, by labels of their choice. */
export const monitoringMetadata = <V>(endpoint: Owner<V>, name: string, also: Readonly<Record<string, string>> = {}) => {
  const metadata = endpointMetadata(endpoint, name);
  return { ...metadata, labels: { ...endpoint.target.monitoring?.labels, ...also, ...metadata.labels } };
};

/** ObjectMeta of an object of a deployment; `own` are annotations of that object alone. */
export const deploymentMetadata = <V>(endpoint: Owner<V>, deployment: string, suffix = "", own: Annotations<Value<V>> = {}) => {
  const { description, tags = {} } = endpoint.deployments[deployment] ?? {};
  return {
    annotations: annotations({ ...endpoint.tags, ...tags, ...described(description), ...own }),
    labels: deploymentLabels(endpoint.name, deployment, endpoint.kind),
    name: `${pairName(endpoint.name, deployment)}${suffix}`,
    namespace: endpoint.target.namespace,
  };
};

const described = <V>(description: V | undefined): Annotations<V> => (description === undefined ? {} : { [DESCRIPTION]: description });

/** An empty map is left out: the API server's answer never shows one. */
const annotations = <V>(map: Annotations<Value<V>>) => (Object.keys(map).length === 0 ? undefined : map);
