/** Routing: a route for each deployment that the header names, and one that shares the rest by weight. */
import type { IHTTPRoute } from "@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/HTTPRoute";
import type { IHTTPRouteFilter } from "@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/HTTPRouteFilter";
import type { IHTTPRouteMatch } from "@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/HTTPRouteMatch";
import type { IHTTPRouteRule } from "@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/HTTPRouteRule";
import { HEADERS } from "../../scoring/contract.ts";
import type { On } from "../../model/endpoint.ts";
import { pairName } from "../../model/names.ts";
import type { PlannedResource } from "../../model/plan.ts";
import type { KubernetesTarget } from "../../model/target.ts";
import { shadowOf, type Traffic } from "../../model/traffic.ts";
import { UNTIL_ROUTED, UNTIL_TAKEN } from "./await.ts";
import { milliseconds } from "./durations.ts";
import { compileParent, pathOf } from "./gateway.ts";
import { supports } from "./gateways.ts";
import { ofEndpoint, ofName } from "./ids.ts";
import type { With } from "./manifest.ts";
import { deploymentMetadata, endpointMetadata } from "./metadata.ts";
import { SERVICE_PORT } from "./online-deployment.ts";

/** Added to the front's own limits, so that its 408 comes before the gateway's 504. */
const MARGIN_MS = 5000;

/** Of a deployment that another program makes: the longest that one may take; its own front answers before. */
const UNKNOWN = { requestTimeoutMs: 300_000, maxQueueWaitMs: 500 };

type Rule<V> = With<IHTTPRouteRule, V>;

/**
 * The routes, made after what they name: a route to a Service that does not exist answers 500. The shared rule and each name have a route of their own, so
 * that who comes or goes changes no other's. Gateways number the rules of a route, Envoy's clusters are called by these numbers, and a rule that gets
 * another number answers 503, or for another rule, until all of Envoy has heard of it. The shared route comes last: until a name has its own, it takes
 * what is meant for that.
 */
export const compileRoutes = <V>(endpoint: On<V, KubernetesTarget<V>>, gateway: readonly string[], reached: readonly PlannedResource[]): PlannedResource[] => {
  const after = (made: readonly PlannedResource[]) => ({ dependsOn: [...gateway, ...made.map(({ id }) => id)] });
  const wait = (names: readonly string[]) => (names.every((name) => endpoint.deployments[name] !== undefined) ? UNTIL_ROUTED : UNTIL_TAKEN);
  const named = [...Object.keys(endpoint.deployments), ...endpoint.external].map((name) => {
    const metadata = deploymentMetadata(endpoint, name, "", wait([name]));
    const own = reached.filter(({ deployment }) => deployment === name);
    return ofName(endpoint, name, { ...route(endpoint, metadata, namedRule(endpoint, name)), options: after(own) });
  });
  const shared = weightedRule(endpoint).map((rule) => {
    const metadata = endpointMetadata(endpoint, endpoint.name, wait(liveOf(endpoint)));
    return ofEndpoint(endpoint, "route", { ...route(endpoint, metadata, rule), options: after([...reached, ...named]) });
  });
  return [...named, ...shared];
};

/** What the shared rule names. */
const liveOf = ({ mirrorTraffic, traffic }: { readonly mirrorTraffic: Traffic; readonly traffic: Traffic }): string[] => {
  const shadow = shadowOf(mirrorTraffic);
  return [...withTraffic(traffic), ...(shadow === undefined ? [] : [shadow.deployment])];
};

const withTraffic = (shares: Traffic): string[] => Object.keys(shares).filter((name) => (shares[name] ?? 0) > 0);

const route = <V>(endpoint: On<V, KubernetesTarget<V>>, metadata: With<IHTTPRoute, V>["metadata"], rule: Rule<V>) => {
  const { hostname } = endpoint.kubernetes;
  const inputs: With<IHTTPRoute, V> = {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata,
    spec: { ...(hostname === undefined ? {} : { hostnames: [hostname] }), parentRefs: [compileParent(endpoint)], rules: [rule] },
  };
  return { type: "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute", inputs };
};

const namedRule = <V>(endpoint: On<V, KubernetesTarget<V>>, name: string): Rule<V> => ({
  backendRefs: [backend(endpoint.name, name)],
  matches: [{ headers: [{ name: HEADERS.deployment, type: "Exact", value: name }], path: pathMatch(endpoint) }],
  ...timeouts(endpoint, [name]),
});

/** Nothing without traffic: a rule whose weights are all zero answers 500. */
const weightedRule = <V>(endpoint: On<V, KubernetesTarget<V>>): Rule<V>[] => {
  const shares = compileTraffic(endpoint.name, endpoint.traffic);
  if (shares.length === 0) return [];
  const filters = compileMirror(endpoint.name, endpoint.mirrorTraffic);
  return [
    {
      backendRefs: shares,
      ...(filters.length === 0 ? {} : { filters }),
      matches: [{ path: pathMatch(endpoint) }],
      ...timeouts(endpoint, withTraffic(endpoint.traffic)),
    },
  ];
};

/** A percent is the weight. A deployment at 0 is left out, and still answers to its name in the header. */
export const compileTraffic = (endpoint: string, shares: Traffic) =>
  withTraffic(shares).map((name) => ({ ...backend(endpoint, name), weight: shares[name] ?? 0 }));

/** The RequestMirror filter, or none at 0 percent. */
export const compileMirror = (endpoint: string, shares: Traffic): IHTTPRouteFilter[] => {
  const shadow = shadowOf(shares);
  if (shadow === undefined) return [];
  return [{ requestMirror: { backendRef: backend(endpoint, shadow.deployment), percent: shadow.percent }, type: "RequestMirror" }];
};

const backend = (endpoint: string, name: string) => ({ name: pairName(endpoint, name), port: SERVICE_PORT });

const pathMatch = <V>(endpoint: On<V, KubernetesTarget<V>>): With<IHTTPRouteMatch, V>["path"] => ({ type: "PathPrefix", value: pathOf(endpoint) });

/** Where the gateway can: the longest that one of the rule's deployments may take. */
const timeouts = <V>({ deployments, target }: On<V, KubernetesTarget<V>>, names: readonly string[]): { timeouts?: { request: string } } => {
  if (!supports(target.gateway, "HTTPRouteRequestTimeout")) return {};
  const settings = names.map((name) => deployments[name]?.requestSettings ?? UNKNOWN);
  const longest = Math.max(...settings.map(({ maxQueueWaitMs, requestTimeoutMs }) => requestTimeoutMs + maxQueueWaitMs));
  return { timeouts: { request: milliseconds(longest + MARGIN_MS) } };
};
