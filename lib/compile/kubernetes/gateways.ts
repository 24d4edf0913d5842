/** What each gateway implementation can do beyond weights and header matches, and where its data plane is. */
import { show } from "../../model/refusal.ts";
import { GATEWAY_FEATURES, type Gateway, type GatewayFeature, type Implementation } from "../../model/gateway.ts";

/** Where the requests come from that a Gateway sends to pods. */
export type DataPlane =
  /** Pods in the Gateway's own namespace, by the label that GEP-1762 asks for. */
  | { readonly in: "gateway" }
  /** Pods in the controller's namespace, as the implementation's own installation calls it. */
  | { readonly in: "controller"; readonly namespace: string; readonly podLabels: Readonly<Record<string, string>> }
  /** Nothing that a NetworkPolicy could name without being told. */
  | { readonly in: "unknown"; readonly because: string };

/** One implementation. */
export interface Abilities {
  readonly features: readonly GatewayFeature[];
  /** Whether `auth.enforce: "gateway"` has a policy to become. */
  readonly enforcesAuth: boolean;
  readonly dataPlane: DataPlane;
  /** The conformance report that says so (gateway-api, conformance/reports; Gateway API version in brackets). */
  readonly source: string;
}

const ALL = GATEWAY_FEATURES;
const MIRRORS = ["HTTPRouteRequestMirror", "HTTPRouteRequestPercentageMirror"] as const;
const TIMEOUT = ["HTTPRouteRequestTimeout"] as const;

const BESIDE: DataPlane = { in: "gateway" };
const NO_PODS: DataPlane = { in: "unknown", because: "its requests come from no pods, but from addresses of the network" };
const INSTALLED: DataPlane = { in: "unknown", because: "its proxies run where they were installed" };

export const GATEWAYS: Readonly<Record<Implementation, Abilities>> = {
  "envoy-gateway": {
    features: ALL,
    enforcesAuth: true,
    // By default; with `GatewayNamespace` as its deploy type they run beside the Gateway, and `dataPlane` says so.
    dataPlane: { in: "controller", namespace: "envoy-gateway-system", podLabels: { "app.kubernetes.io/component": "proxy", "app.kubernetes.io/managed-by": "envoy-gateway" } },
    source: "Envoy Gateway 1.9.0 (1.6)",
  },
  istio: { features: ALL, enforcesAuth: false, dataPlane: BESIDE, source: "Istio 1.30.1 (1.5)" },
  agentgateway: { features: ALL, enforcesAuth: false, dataPlane: BESIDE, source: "agentgateway 1.3.1 (1.6)" },
  kgateway: { features: ALL, enforcesAuth: false, dataPlane: BESIDE, source: "kgateway 2.4.0-rc.1 (1.6); since 2.2" },
  cilium: {
    features: ALL,
    enforcesAuth: false,
    dataPlane: { in: "unknown", because: "its proxy has an identity of its own, which no NetworkPolicy can name" },
    source: "Cilium 1.20.0 (1.6)",
  },
  "nginx-gateway-fabric": { features: MIRRORS, enforcesAuth: false, dataPlane: BESIDE, source: "NGINX Gateway Fabric 2.7-pre (1.6); percent since 2.1" },
  gke: { features: MIRRORS, enforcesAuth: false, dataPlane: NO_PODS, source: "GKE 1.36 (1.6)" },
  // Its own HTTPProxy has percents, but of weight 0 it makes 100 %; a route cannot say it at all.
  contour: { features: ["HTTPRouteRequestMirror", ...TIMEOUT], enforcesAuth: false, dataPlane: INSTALLED, source: "Contour 1.33.0 (1.3)" },
  traefik: { features: [], enforcesAuth: false, dataPlane: INSTALLED, source: "Traefik 3.7.10 (1.6, core partial)" },
  "aws-load-balancer-controller": { features: [], enforcesAuth: false, dataPlane: NO_PODS, source: "AWS Load Balancer Controller 3.5.0 (1.6, core partial)" },
  // `timeouts.backendRequest` alone.
  kong: { features: [], enforcesAuth: false, dataPlane: INSTALLED, source: "Kong operator 2.3-rc3 (1.6)" },
  airlock: { features: TIMEOUT, enforcesAuth: false, dataPlane: INSTALLED, source: "Airlock 5.1 (1.6)" },
  "haproxy-ingress": { features: [], enforcesAuth: false, dataPlane: INSTALLED, source: "HAProxy Ingress 0.17a (1.5)" },
  gloo: { features: ["HTTPRouteRequestMirror"], enforcesAuth: false, dataPlane: INSTALLED, source: "Gloo 1.21.3 (1.4.1)" },
  "application-gateway-for-containers": { features: [], enforcesAuth: false, dataPlane: NO_PODS, source: "no report; weights and headers until tested" },
};

const OTHER: DataPlane = { in: "unknown", because: "nobody has said where its proxies run" };

/** What the implementation of a Gateway can do, from the table or as the program says. */
export const abilitiesOf = <V>({ implementation }: Gateway<V>): Abilities =>
  typeof implementation === "string"
    ? GATEWAYS[implementation]
    : { features: implementation.supports, enforcesAuth: false, dataPlane: OTHER, source: "the program" };

/** A Gateway in a sentence. */
export const named = <V>({ implementation }: Gateway<V>): string => (typeof implementation === "string" ? show(implementation) : "the gateway, by target.gateway.implementation.supports,");

/** Whether a Gateway has a feature. */
export const supports = <V>(gateway: Gateway<V>, feature: GatewayFeature): boolean => abilitiesOf(gateway).features.includes(feature);

/** The implementations that pass a test. */
export const thatCan = (can: (abilities: Abilities) => boolean): Implementation[] =>
  (Object.keys(GATEWAYS) as Implementation[]).filter((name) => can(GATEWAYS[name]));
