/** Who may want to reach the pods behind a gateway, and what they may want to reach. */
import type { Connection, End } from "./network-evaluator.ts";

export const SOURCES: Readonly<Record<string, End>> = {
  "Envoy Gateway's proxy": { namespace: "envoy-gateway-system", labels: { "app.kubernetes.io/component": "proxy", "app.kubernetes.io/managed-by": "envoy-gateway" } },
  "Envoy Gateway's controller": { namespace: "envoy-gateway-system", labels: { "control-plane": "envoy-gateway" } },
  "this Gateway's proxy": { namespace: "gateways", labels: { "gateway.networking.k8s.io/gateway-name": "public" } },
  "another Gateway's proxy": { namespace: "gateways", labels: { "gateway.networking.k8s.io/gateway-name": "other" } },
  "a namesake elsewhere": { namespace: "other", labels: { "gateway.networking.k8s.io/gateway-name": "public" } },
  "a pod beside it": { namespace: "ml", labels: {} },
  "a pod elsewhere": { namespace: "other", labels: {} },
  Prometheus: { namespace: "monitoring", labels: { "app.kubernetes.io/name": "prometheus" } },
  "a load balancer": { address: "10.9.8.7" },
  "the world": { address: "203.0.113.9" },
};

export const DESTINATIONS: Readonly<Record<string, readonly [End, Connection]>> = {
  "a database": [{ address: "10.1.2.3" }, { port: 5432 }],
  "its neighbour's port": [{ address: "10.1.2.3" }, { port: 22 }],
  "a time server": [{ address: "10.1.2.4" }, { port: 123, protocol: "UDP" }],
  "the world": [{ address: "203.0.113.9" }, { port: 443 }],
  DNS: [{ namespace: "kube-system", labels: { "k8s-app": "kube-dns" } }, { port: 53, protocol: "UDP" }],
  "another pod": [{ namespace: "other", labels: {} }, { port: 53 }],
};
