/** Where callers reach an endpoint: names that no cluster takes, and addresses that nobody could know or that lead nowhere. */
import type { On } from "../../model/endpoint.ts";
import { show, type Problem } from "../../model/refusal.ts";
import type { KubernetesTarget } from "../../model/target.ts";
import type { Owner } from "./owner.ts";
import { isKnown, nameProblems, namespaceProblems } from "./verdict-metadata.ts";
import { certain } from "../../model/refused.ts";

/** An endpoint of either kind. */
type Addressed<V> = Pick<On<V, KubernetesTarget<V>>, "existing" | "target"> & Pick<Owner<V>, "kubernetes">;

/** Problems of what is known by now; late names are the API server's to judge. */
export const addressProblems = <V>(endpoint: Addressed<V>): Problem[] =>
  certain(
    () => gatewayProblems(endpoint.target.gateway),
    () => peerProblems("target.gateway.dataPlane", endpoint.target.gateway.dataPlane),
    () => peerProblems("target.metricsFrom", endpoint.target.metricsFrom),
    () => namespaceProblems("target.namespace", endpoint.target.namespace),
    () => hostnameProblems(endpoint),
    () => (endpoint.existing ? [] : urlProblems(endpoint)),
  );

type Gateway = KubernetesTarget<unknown>["gateway"];

const gatewayProblems = (gateway: Gateway): Problem[] =>
  gateway.kind === "existing"
    ? certain(
        () => nameProblems("target.gateway.name", gateway.name),
        () => namespaceProblems("target.gateway.namespace", gateway.namespace),
        () => nameProblems("target.gateway.listener", gateway.listener),
      )
    : certain(
        () => nameProblems("target.gateway.create.className", gateway.create.className),
        () => nameProblems("target.gateway.create.tls.secretName", gateway.create.tls.secretName),
      );

const peerProblems = (path: string, peer: Gateway["dataPlane"]): Problem[] => (peer === undefined || "cidrs" in peer ? [] : namespaceProblems(`${path}.namespace`, peer.namespace));

const LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const HOSTNAME = new RegExp(`^(?=.{1,253}$)${LABEL}(?:\\.${LABEL})*$`);
const ADDRESS = /^\d+(?:\.\d+){3}$/;

/** What the Gateway API takes: lower case, and no address. */
const isHostname = (value: string): boolean => HOSTNAME.test(value) && !ADDRESS.test(value);

const hostnameProblems = <V>({ kubernetes, target }: Addressed<V>): Problem[] => {
  const listener = (): V | undefined => (target.gateway.kind === "new" ? target.gateway.create.hostname : undefined);
  return certain(
    () => ownProblems(kubernetes.hostname),
    () => listenerProblems(listener()),
    () => belowProblems(kubernetes.hostname, listener()),
  );
};

const ownProblems = (hostname: unknown): Problem[] =>
  isKnown(hostname) && !isHostname(hostname)
    ? [{ path: "kubernetes.hostname", message: `expected a hostname such as "models.example.com", in lower case, without a port; got ${show(hostname)}`, value: hostname }]
    : [];

const listenerProblems = (listener: unknown): Problem[] =>
  isKnown(listener) && !isListener(listener)
    ? [{ path: "target.gateway.create.hostname", message: `expected a hostname such as "models.example.com" or "*.example.com"; got ${show(listener)}`, value: listener }]
    : [];

const isListener = (value: string): boolean => isHostname(value.replace(/^\*\./, ""));

/** Of two that are sound by themselves. */
const belowProblems = (hostname: unknown, listener: unknown): Problem[] =>
  !isKnown(hostname) || !isKnown(listener) || !isHostname(hostname) || !isListener(listener) || isBelow(hostname, listener)
    ? []
    : [{ path: "kubernetes.hostname", message: `the listener of the Gateway that is made answers to ${show(listener)} alone; got ${show(hostname)}`, value: hostname }];

/** A wildcard stands for one label or more. */
const isBelow = (hostname: string, listener: string): boolean => (listener.startsWith("*.") ? hostname.endsWith(listener.slice(1)) : hostname === listener);

/** Nothing in a cluster says at which address callers reach its Gateway. */
const urlProblems = <V>({ kubernetes, target }: Addressed<V>): Problem[] => {
  const { gateway } = target;
  if (gateway.url !== undefined) return formProblems(gateway.url);
  if (kubernetes.hostname !== undefined) return [];
  const ways = 'kubernetes: { hostname: "models.example.com" } on the endpoint, or kubernetes({ gateway: { …, url: "https://models.example.com" } })';
  if (gateway.kind === "existing") return [{ path: "target.gateway.url", message: `expected the address of callers: write ${ways}` }];
  const { hostname } = gateway.create;
  if (typeof hostname !== "string" || !hostname.startsWith("*")) return [];
  return [{ path: "target.gateway.create.hostname", message: `${show(hostname)} is no address that callers could use: besides it write ${ways}`, value: hostname }];
};

const formProblems = (url: unknown): Problem[] =>
  !isKnown(url) || /^https?:\/\/[^/?#]+(?:\/[^/?#]+)*$/.test(url)
    ? []
    : [{ path: "target.gateway.url", message: `expected an address such as "https://models.example.com", without a slash at the end; got ${show(url)}`, value: url }];
