/** The Gateway in front of an endpoint: one that exists, or one that is made; who runs it, and where its data plane is. */
import type { z } from "zod";
import { either, late, list, oneOf, strict } from "./fields.ts";
import { withMore } from "./refused.ts";
import { peer, type PeerArgs } from "./network.ts";

/** Gateways whose abilities are known; see `compile/kubernetes/gateways.ts`. */
export const IMPLEMENTATIONS = [
  "envoy-gateway",
  "istio",
  "agentgateway",
  "kgateway",
  "cilium",
  "nginx-gateway-fabric",
  "gke",
  "contour",
  "traefik",
  "aws-load-balancer-controller",
  "kong",
  "airlock",
  "haproxy-ingress",
  "gloo",
  "application-gateway-for-containers",
] as const;

/** A gateway implementation by name. */
export type Implementation = (typeof IMPLEMENTATIONS)[number];

/** Features of the Gateway API that an endpoint may ask of its routes, by the names of `GatewayClass.status.supportedFeatures`. */
export const GATEWAY_FEATURES = ["HTTPRouteRequestMirror", "HTTPRouteRequestPercentageMirror", "HTTPRouteRequestTimeout"] as const;

/** One of them. */
export type GatewayFeature = (typeof GATEWAY_FEATURES)[number];

/** An implementation that is not in the list, by what it can do besides weights and headers. */
export interface OtherImplementationArgs {
  /** As `inference-endpoints doctor` prints them for the class. */
  readonly supports: readonly GatewayFeature[];
}

/** What is said of every Gateway. */
export interface GatewayArgs<V> {
  /** Which implementation runs it: decides what the endpoint may ask of it. */
  readonly implementation: Implementation | OtherImplementationArgs;
  /**
   * Address at which callers reach the Gateway, `https://models.example.com`, for endpoints without a hostname of their own.
   * @default - `https://<hostname>` where a Gateway is made; of one that exists none: the endpoint needs `kubernetes.hostname`
   */
  readonly url?: V;
  /**
   * Where the requests come from that the Gateway sends to pods: a NetworkPolicy lets those in, and nobody else.
   * @default - where the implementation runs its proxies by itself; where that is nowhere a policy could name, everybody in the cluster reaches the pods
   */
  readonly dataPlane?: PeerArgs<V>;
}

/** A Gateway that exists. */
export interface ExistingGatewayArgs<V> extends GatewayArgs<V> {
  /** Its name. */
  readonly name: V;
  /** Its namespace. */
  readonly namespace: V;
  /** One listener of the Gateway. @default - all that allow the namespace */
  readonly listener?: V;
}

/** A Gateway that is made with the endpoint, in its namespace. */
export interface NewGatewayArgs<V> extends GatewayArgs<V> {
  /** What it is made of. */
  readonly create: {
    /** GatewayClass. */
    readonly className: V;
    /** Hostname of its one listener, HTTPS on port 443: `models.example.com`, or `*.example.com` for endpoints with hostnames of their own. */
    readonly hostname: V;
    /** Name of the Secret with the certificate. */
    readonly tls: { readonly secretName: V };
  };
}

const implementation = () =>
  either(
    (value) => typeof value === "object" && value !== null,
    strict({ supports: list(oneOf(...GATEWAY_FEATURES), "a list of features") }, "an implementation by name, or { supports: […] }"),
    oneOf(...IMPLEMENTATIONS),
  );

const said = <V>() => ({ implementation: implementation(), url: late<V>("a URL").optional(), dataPlane: peer<V>().optional() });

const existingGateway = <V>() =>
  strict(
    { name: late<V>("the Gateway's name"), namespace: late<V>("the Gateway's namespace"), listener: late<V>("a listener's name").optional(), ...said<V>() },
    "a gateway: { name, namespace, implementation } or { create, implementation }",
  ).transform((value) => withMore(value, { kind: () => "existing" as const }));

const newGateway = <V>() =>
  strict({
    create: strict({ className: late<V>("a GatewayClass"), hostname: late<V>("a hostname"), tls: strict({ secretName: late<V>("a Secret's name") }) }),
    ...said<V>(),
  }).transform((value) => withMore(value, { kind: () => "new" as const }));

/** @internal */
export const gateway = <V>() => either((value) => typeof value === "object" && value !== null && "create" in value, newGateway<V>(), existingGateway<V>());

/** @internal The gateway of a Kubernetes target, parsed. */
export type Gateway<V> = z.output<ReturnType<typeof gateway<V>>>;
