/** Who reaches the pods of a deployment, and whom they reach: at most one NetworkPolicy a deployment. */
import type { INetworkPolicy } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicy";
import type { INetworkPolicyEgressRule } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicyEgressRule";
import type { INetworkPolicyPeer } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicyPeer";
import type { On } from "../../model/endpoint.ts";
import type { Peer } from "../../model/network.ts";
import type { OnlineDeployment } from "../../model/online-deployment.ts";
import type { PlannedResource } from "../../model/plan.ts";
import type { KubernetesTarget } from "../../model/target.ts";
import { CONTAINER } from "../../scoring/contract.ts";
import { configOf, frontPort } from "./custom-container.ts";
import { abilitiesOf, named } from "./gateways.ts";
import { ofDeployment } from "./ids.ts";
import { filled } from "./lists.ts";
import type { With } from "./manifest.ts";
import { deploymentMetadata, selector } from "./metadata.ts";

/** The name of a namespace as a label of it, which the API server keeps true. */
const NAMESPACE_LABEL = "kubernetes.io/metadata.name";
/** Which Gateway a pod of a data plane belongs to (GEP-1762). */
const GATEWAY_LABEL = "gateway.networking.k8s.io/gateway-name";
/** Where names are looked up, in every distribution that has kept its label. */
const DNS = { namespace: "kube-system", podLabels: { "k8s-app": "kube-dns" } };

type NetworkPeer<V> = With<INetworkPolicyPeer, V>;

/** The policy, or nothing where nothing can be limited. */
export const compileNetworkPolicy = <V>(endpoint: On<V, KubernetesTarget<V>>, name: string): PlannedResource[] => {
  const sources = dataPlaneOf(endpoint);
  const deployment = endpoint.deployments[name] as OnlineDeployment<V>;
  const isClosed = deployment.egressPublicNetworkAccess === "disabled";
  if (sources === undefined && !isClosed) return [];
  const inputs: With<INetworkPolicy, V> = {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: deploymentMetadata(endpoint, name),
    spec: {
      ...(isClosed ? { egress: filled(egress(deployment)) } : {}),
      ...(sources === undefined ? {} : { ingress: [{ from: [...sources, ...scrapers(endpoint)], ports: [{ port: portOf(deployment), protocol: "TCP" }] }] }),
      podSelector: { matchLabels: selector(endpoint.name, name) },
      policyTypes: [...(sources === undefined ? [] : (["Ingress"] as const)), ...(isClosed ? (["Egress"] as const) : [])],
    },
  };
  return [ofDeployment(endpoint, name, "networkPolicy", { type: "kubernetes:networking.k8s.io/v1:NetworkPolicy", inputs })];
};

/** The front's, which serves callers and metrics. By number: not every network looks for a port's name among sidecars. */
const portOf = <V>(deployment: OnlineDeployment<V>): number => {
  const config = configOf(deployment);
  return config === undefined ? CONTAINER.port : frontPort(config);
};

/** What the user says, else where the implementation runs its proxies by itself; undefined where nobody knows. */
const dataPlaneOf = <V>({ name, target }: On<V, KubernetesTarget<V>>): NetworkPeer<V>[] | undefined => {
  const { gateway, namespace } = target;
  if (gateway.dataPlane !== undefined) return peers(gateway.dataPlane);
  const { dataPlane } = abilitiesOf(gateway);
  if (dataPlane.in === "unknown") return undefined;
  if (dataPlane.in === "controller") return [pods(dataPlane.namespace, dataPlane.podLabels)];
  const [of, called] = gateway.kind === "new" ? [namespace, name] : [gateway.namespace, gateway.name];
  return [pods(of, { [GATEWAY_LABEL]: called })];
};

const scrapers = <V>({ target }: On<V, KubernetesTarget<V>>): NetworkPeer<V>[] => (target.metricsFrom === undefined ? [] : peers(target.metricsFrom));

const peers = <V>(peer: Peer<V>): NetworkPeer<V>[] => ("cidrs" in peer ? peer.cidrs.map((cidr) => ({ ipBlock: { cidr } })) : [pods(peer.namespace, peer.podLabels)]);

const pods = <V>(namespace: V | string, podLabels: Readonly<Record<string, V | string>> | undefined): NetworkPeer<V> => ({
  namespaceSelector: { matchLabels: { [NAMESPACE_LABEL]: namespace } },
  ...(podLabels === undefined ? {} : { podSelector: { matchLabels: podLabels } }),
});

/** Nowhere, or where it is allowed; names are looked up only where there is somewhere to go, because a query can carry data out too. */
const egress = <V>({ kubernetes }: OnlineDeployment<V>): With<INetworkPolicyEgressRule, V>[] => {
  const allowed = kubernetes.egressAllow.map(({ cidr, ports, protocol }) => ({
    to: [{ ipBlock: { cidr } }],
    ...(ports === undefined ? {} : { ports: ports.map((port) => ({ port, protocol })) }),
  }));
  const lookUp = { ports: ["UDP", "TCP"].map((protocol) => ({ port: 53, protocol: protocol as "TCP" | "UDP" })), to: [pods<V>(DNS.namespace, DNS.podLabels)] };
  return allowed.length === 0 ? [] : [...allowed, lookUp];
};

/** What a preview says where everybody in the cluster reaches the pods. */
export const networkNotes = <V>({ target }: On<V, KubernetesTarget<V>>): string[] => {
  const { gateway, metricsFrom } = target;
  const { dataPlane } = abilitiesOf(gateway);
  if (gateway.dataPlane !== undefined || dataPlane.in !== "unknown") return [];
  const scraper = metricsFrom === undefined ? "" : "; target.metricsFrom is let in as everybody is";
  return [`no NetworkPolicy limits who reaches the pods: of ${named(gateway)} ${dataPlane.because}; say where in target.gateway.dataPlane, { namespace, podLabels } or { cidrs }${scraper}`];
};
