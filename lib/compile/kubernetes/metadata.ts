/** What every object carries: its namespace, the recommended labels, and the tags as annotations. */
import type { On } from "../../model/endpoint.ts";
import type { Value } from "../../model/late.ts";
import { pairName } from "../../model/names.ts";
import type { KubernetesTarget } from "../../model/target.ts";

/** Where Kubernetes' own tools show a description. */
const DESCRIPTION = "kubernetes.io/description";
const PREFIX = "app.kubernetes.io/";

type Annotations<V> = Readonly<Record<string, V>>;

/** The labels of every object of a deployment, and of its pods. */
export const deploymentLabels = (endpoint: string, deployment: string) => ({
  [`${PREFIX}name`]: "scoring",
  [`${PREFIX}instance`]: pairName(endpoint, deployment),
  [`${PREFIX}component`]: "online-deployment",
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
export const endpointMetadata = <V>({ description, name: endpoint, tags, target }: On<V, KubernetesTarget<V>>, name: string, own: Annotations<string> = {}) => ({
  annotations: annotations<V>({ ...tags, ...described(description), ...own }),
  labels: { ...deploymentLabels(endpoint, ""), [`${PREFIX}instance`]: endpoint, [`${PREFIX}component`]: "online-endpoint" },
  name,
  namespace: target.namespace,
});

/** The pods of all deployments of an endpoint. */
export const endpointSelector = (endpoint: string) => ({ [`${PREFIX}name`]: "scoring", [`${PREFIX}part-of`]: endpoint });

/** The same of an object that others look for, by labels of their choice. */
export const monitoringMetadata = <V>(endpoint: On<V, KubernetesTarget<V>>, name: string, also: Readonly<Record<string, string>> = {}) => {
  const metadata = endpointMetadata(endpoint, name);
  return { ...metadata, labels: { ...endpoint.target.monitoring?.labels, ...also, ...metadata.labels } };
};

/** ObjectMeta of an object of a deployment; `own` are annotations of that object alone. */
export const deploymentMetadata = <V>(endpoint: On<V, KubernetesTarget<V>>, deployment: string, suffix = "", own: Annotations<Value<V>> = {}) => {
  const { description, tags = {} } = endpoint.deployments[deployment] ?? {};
  return {
    annotations: annotations({ ...endpoint.tags, ...tags, ...described(description), ...own }),
    labels: deploymentLabels(endpoint.name, deployment),
    name: `${pairName(endpoint.name, deployment)}${suffix}`,
    namespace: endpoint.target.namespace,
  };
};

const described = <V>(description: V | undefined): Annotations<V> => (description === undefined ? {} : { [DESCRIPTION]: description });

/** An empty map is left out: the API server's answer never shows one. */
const annotations = <V>(map: Annotations<Value<V>>) => (Object.keys(map).length === 0 ? undefined : map);
