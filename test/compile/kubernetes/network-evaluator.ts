/** Says by the specification of NetworkPolicies what reaches a pod, and what it reaches. Nothing here knows how the policies were made. */
import type { INetworkPolicy } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicy";
import type { INetworkPolicyPeer } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicyPeer";
import type { INetworkPolicyPort } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicyPort";
import { BlockList, isIPv6 } from "node:net";

type Labels = Readonly<Record<string, string>>;

/** One end of a connection: a pod, or an address outside the cluster. */
export type End = { readonly namespace: string; readonly labels: Labels; readonly address?: string } | { readonly address: string };

/** A connection to `port` of its far end. */
export interface Connection {
  readonly port: number;
  readonly protocol?: "TCP" | "UDP";
}

type Direction = "Ingress" | "Egress";

/** Whether policies let a connection in to `pod`, from `other`. */
export const entersPod = (policies: readonly INetworkPolicy[], pod: End, other: End, connection: Connection): boolean => passes(policies, "Ingress", pod, other, connection);

/** Whether policies let a connection out of `pod`, to `other`. */
export const leavesPod = (policies: readonly INetworkPolicy[], pod: End, other: End, connection: Connection): boolean => passes(policies, "Egress", pod, other, connection);

/** Without a policy of that direction everything passes; with several, whatever any of them allows. */
const passes = (policies: readonly INetworkPolicy[], direction: Direction, pod: End, other: End, connection: Connection): boolean => {
  const selecting = policies.filter((policy) => directions(policy).includes(direction) && isSelected(policy, pod));
  return selecting.length === 0 || selecting.some((policy) => rules(policy, direction).some((rule) => isAllowed(policy, rule, other, connection)));
};

const directions = ({ spec }: INetworkPolicy): readonly string[] => spec?.policyTypes ?? (spec?.egress === undefined ? ["Ingress"] : ["Ingress", "Egress"]);

const isSelected = (policy: INetworkPolicy, pod: End): boolean => "labels" in pod && namespaceOf(policy) === pod.namespace && matches(policy.spec?.podSelector, pod.labels);

const namespaceOf = ({ metadata }: INetworkPolicy): string => metadata?.namespace ?? "default";

interface Rule {
  readonly peers: readonly INetworkPolicyPeer[] | undefined;
  readonly ports: readonly INetworkPolicyPort[] | undefined;
}

const rules = ({ spec }: INetworkPolicy, direction: Direction): Rule[] =>
  direction === "Ingress" ? (spec?.ingress ?? []).map(({ from, ports }) => ({ peers: from, ports })) : (spec?.egress ?? []).map(({ ports, to }) => ({ peers: to, ports }));

/** No peers, or none listed: every one. The same of ports. */
const isAllowed = (policy: INetworkPolicy, { peers, ports }: Rule, other: End, connection: Connection): boolean =>
  (peers === undefined || peers.length === 0 || peers.some((peer) => isPeer(policy, peer, other))) &&
  (ports === undefined || ports.length === 0 || ports.some((port) => isPort(port, connection)));

const isPort = ({ endPort, port, protocol = "TCP" }: INetworkPolicyPort, { port: wanted, protocol: by = "TCP" }: Connection): boolean => {
  if (typeof port === "string") throw new Error(`a named port needs the pod's containers: ${port}`);
  return protocol === by && (port === undefined || (wanted >= port && wanted <= (endPort ?? port)));
};

/** Both selectors of one peer must match; a pod selector alone means the policy's own namespace. */
const isPeer = (policy: INetworkPolicy, { ipBlock, namespaceSelector, podSelector }: INetworkPolicyPeer, other: End): boolean => {
  if (ipBlock !== undefined) return other.address !== undefined && within(ipBlock.cidr, other.address) && !(ipBlock.except ?? []).some((cidr) => within(cidr, other.address as string));
  if (!("labels" in other)) return false;
  const place = namespaceSelector === undefined ? namespaceOf(policy) === other.namespace : matches(namespaceSelector, { "kubernetes.io/metadata.name": other.namespace });
  return place && matches(podSelector, other.labels);
};

/** An empty selector matches all. */
const matches = (selector: { readonly matchLabels?: Labels; readonly matchExpressions?: readonly unknown[] } | undefined, labels: Labels): boolean => {
  if (selector?.matchExpressions !== undefined) throw new Error("expressions are not evaluated here");
  return Object.entries(selector?.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
};

const within = (cidr: string, address: string): boolean => {
  const [network = "", bits] = cidr.split("/");
  const family = isIPv6(network) ? "ipv6" : "ipv4";
  const list = new BlockList();
  list.addSubnet(network, Number(bits), family);
  return list.check(address, isIPv6(address) ? "ipv6" : "ipv4");
};
