/** What cannot be done of an endpoint on Kubernetes, before anything is registered, and what can but its author may not have meant. */
import type { Assets } from "../../model/bundle.ts";
import type { On } from "../../model/endpoint.ts";
import { alternatives } from "../../model/fields.ts";
import { show, type Problem, type Verdict } from "../../model/refusal.ts";
import type { KubernetesTarget } from "../../model/target.ts";
import { shadowOf } from "../../model/traffic.ts";
import { GATEWAYS, thatCan } from "./gateways.ts";
import { alertsVerdict } from "./verdict-alerts.ts";
import { computeVerdict } from "./verdict-compute.ts";
import { keyProblems, namespaceProblems } from "./verdict-metadata.ts";
import { sourceProblems, sourceWarnings } from "./verdict-sources.ts";

/** The Gateway API's limit of backends in one rule. */
const BACKENDS = 16;
/** The shortest timeout that a gateway puts on a route by itself: Envoy's. */
const GATEWAY_MS = 15_000;

export const verdict = <V>(endpoint: On<V, KubernetesTarget<V>>, assets: Assets): Verdict => {
  const parts = Object.keys(endpoint.deployments).map((name): Verdict => {
    const compute = computeVerdict(endpoint, name);
    return { problems: [...sourceProblems(endpoint, name, assets[name] ?? {}), ...compute.problems], warnings: [...sourceWarnings(endpoint, name, assets[name] ?? {}), ...compute.warnings] };
  });
  const alerts = alertsVerdict(endpoint);
  return {
    problems: [...endpointProblems(endpoint), ...alerts.problems, ...parts.flatMap((part) => part.problems)],
    warnings: [...timeoutWarnings(endpoint), ...alerts.warnings, ...parts.flatMap((part) => part.warnings)],
  };
};

const endpointProblems = <V>(endpoint: On<V, KubernetesTarget<V>>): Problem[] => [
  ...authProblems(endpoint),
  ...namespaceProblems("target.namespace", endpoint.target.namespace),
  ...addressProblems(endpoint),
  ...mirrorProblems(endpoint),
  ...shareProblems(endpoint),
  ...keyProblems("tags", endpoint.tags, "an annotation"),
];

const authProblems = <V>({ authMode }: On<V, KubernetesTarget<V>>): Problem[] =>
  authMode === "key" ? [] : [{ path: "authMode", message: `Kubernetes checks keys alone so far: write "key"; got ${show(authMode)}`, value: authMode }];

/** Nothing in a cluster says at which address callers reach its Gateway. */
const addressProblems = <V>({ existing, kubernetes, target }: On<V, KubernetesTarget<V>>): Problem[] => {
  if (existing) return [];
  const { gateway } = target;
  if (gateway.url !== undefined) return urlProblems(gateway.url);
  if (kubernetes.hostname !== undefined) return [];
  const ways = 'kubernetes: { hostname: "models.example.com" } on the endpoint, or kubernetes({ gateway: { …, url: "https://models.example.com" } })';
  if (gateway.kind === "existing") return [{ path: "target.gateway.url", message: `expected the address of callers: write ${ways}` }];
  const { hostname } = gateway.create;
  if (typeof hostname !== "string" || !hostname.startsWith("*")) return [];
  return [{ path: "target.gateway.create.hostname", message: `${show(hostname)} is no address that callers could use: besides it write ${ways}`, value: hostname }];
};

const urlProblems = (url: unknown): Problem[] =>
  typeof url !== "string" || /^https?:\/\/[^/?#]+(?:\/[^/?#]+)*$/.test(url)
    ? []
    : [{ path: "target.gateway.url", message: `expected an address such as "https://models.example.com", without a slash at the end; got ${show(url)}`, value: url }];

const mirrorProblems = <V>({ mirrorTraffic, target }: On<V, KubernetesTarget<V>>): Problem[] => {
  const { implementation } = target.gateway;
  if (shadowOf(mirrorTraffic) === undefined || GATEWAYS[implementation].mirrorPercent) return [];
  const message = `${show(implementation)} cannot mirror a percentage of the requests (RequestMirror with percent); ${alternatives(thatCan("mirrorPercent"))} can: use one of them, or leave out mirrorTraffic`;
  return [{ path: "mirrorTraffic", message, value: mirrorTraffic }];
};

const shareProblems = <V>({ traffic }: On<V, KubernetesTarget<V>>): Problem[] => {
  const live = Object.values(traffic).filter((share) => share > 0).length;
  const message = `a rule of the Gateway API shares traffic among ${BACKENDS} deployments at most; got ${live}: give the others 0, they still answer to their name in the header`;
  return live > BACKENDS ? [{ path: "traffic", message, value: traffic }] : [];
};

const timeoutWarnings = <V>({ deployments, target }: On<V, KubernetesTarget<V>>): Problem[] => {
  const { implementation } = target.gateway;
  if (GATEWAYS[implementation].requestTimeout) return [];
  return Object.entries(deployments)
    .filter(([, { requestSettings }]) => requestSettings.requestTimeoutMs + requestSettings.maxQueueWaitMs > GATEWAY_MS)
    .map(([name]) => ({
      path: `deployments.${name}.requestSettings.requestTimeoutMs`,
      message: `${show(implementation)} takes no timeout from a route: where its own is shorter, callers get 504 before the deployment's 408`,
    }));
};
