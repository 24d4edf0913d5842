/** What each gateway implementation can do beyond weights and header matches. */
import type { Implementation } from "../../model/target.ts";

/** Extended features of the Gateway API that an endpoint may ask of a route. */
export interface Abilities {
  /** RequestMirror: a copy of every request. */
  readonly mirror: boolean;
  /** RequestMirror with a percent. */
  readonly mirrorPercent: boolean;
  /** `timeouts.request` of a rule. */
  readonly requestTimeout: boolean;
  /** The conformance report that says so (gateway-api, conformance/reports; Gateway API version in brackets). */
  readonly source: string;
}

const ALL = { mirror: true, mirrorPercent: true, requestTimeout: true } as const;
const NONE = { mirror: false, mirrorPercent: false, requestTimeout: false } as const;

export const GATEWAYS: Readonly<Record<Implementation, Abilities>> = {
  "envoy-gateway": { ...ALL, source: "Envoy Gateway 1.9.0 (1.6)" },
  istio: { ...ALL, source: "Istio 1.30.1 (1.5)" },
  agentgateway: { ...ALL, source: "agentgateway 1.3.1 (1.6)" },
  kgateway: { ...ALL, source: "kgateway 2.4.0-rc.1 (1.6); since 2.2" },
  cilium: { ...ALL, source: "Cilium 1.20.0 (1.6)" },
  "nginx-gateway-fabric": { ...ALL, requestTimeout: false, source: "NGINX Gateway Fabric 2.7-pre (1.6); percent since 2.1" },
  gke: { ...ALL, requestTimeout: false, source: "GKE 1.36 (1.6)" },
  // Its own HTTPProxy has percents, but of weight 0 it makes 100 %; a route cannot say it at all.
  contour: { ...ALL, mirrorPercent: false, source: "Contour 1.33.0 (1.3)" },
  traefik: { ...NONE, source: "Traefik 3.7.10 (1.6, core partial)" },
  "aws-load-balancer-controller": { ...NONE, source: "AWS Load Balancer Controller 3.5.0 (1.6, core partial)" },
  // `timeouts.backendRequest` alone.
  kong: { ...NONE, source: "Kong operator 2.3-rc3 (1.6)" },
  airlock: { ...NONE, requestTimeout: true, source: "Airlock 5.1 (1.6)" },
  "haproxy-ingress": { ...NONE, source: "HAProxy Ingress 0.17a (1.5)" },
  gloo: { ...NONE, mirror: true, source: "Gloo 1.21.3 (1.4.1)" },
  "application-gateway-for-containers": { ...NONE, source: "no report; weights and headers until tested" },
};

/** The implementations that have a feature. */
export const thatCan = (ability: "mirror" | "mirrorPercent" | "requestTimeout"): string[] =>
  Object.entries(GATEWAYS).flatMap(([name, abilities]) => (abilities[ability] ? [name] : []));
