/** Envoy Gateway beside the API server, with an Envoy that it starts on the node itself; its class, and the Gateway that the tests attach to. */
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { apply } from "./apply.ts";
import { makePair } from "./certificates.ts";
import { connect, type Client, type Fields } from "./client.ts";
import { binaries, KUBECONFIG, STATE } from "./place.ts";
import { daemon, inCluster, run, until } from "./processes.ts";

const folder = join(STATE, "gateway");
const SYSTEM = "envoy-gateway-system";
/** Where this mix of providers reads the controller's certificates; a mount of ours stands there for its eyes alone. */
const CERTIFICATES = "/certs";

/** What the tests attach to, and where its listeners are. */
export const GATEWAY = { name: "public", namespace: "gateways", className: "envoy", http: 8000, https: 8443, closed: 8001, hostname: "models.example.com" } as const;
/** The certificate of the HTTPS listener; it is its own authority. */
export const LISTENER_CERTIFICATE = join(folder, "listener.crt");

export const startGateway = async (kubernetes: string): Promise<void> => {
  mkdirSync(folder, { recursive: true });
  const gateway = binaries("gateway");
  const client = connect(KUBECONFIG);
  run(...ofCluster(join(kubernetes, "kubectl"), "apply", "--server-side", "--filename", join(gateway, "crds")));
  await apply(client, { apiVersion: "v1", kind: "Namespace", metadata: { name: SYSTEM } });
  await until("the API of gateways", () => client.collection("gateway.networking.k8s.io/v1", "Gateway"));
  const [controller, homes] = await makeCertificates(gateway, client);
  const versions = join(homes, "envoy-versions/1.39.0/bin");
  mkdirSync(versions, { recursive: true });
  // The version that this controller would fetch is the name under which it finds the one that is here.
  copyFileSync(join(gateway, "envoy"), join(versions, "envoy"));
  writeFileSync(join(folder, "config.json"), JSON.stringify(configOf(homes)));
  const server = `mount --bind ${controller} ${CERTIFICATES} && exec ${join(gateway, "envoy-gateway")} server --config-path ${join(folder, "config.json")}`;
  daemon("envoy-gateway", "unshare", ["--mount", "sh", "-c", server], { env: { KUBECONFIG, ENVOY_GATEWAY_NAMESPACE: SYSTEM } });
  await makeGateway(client);
};

export const stopGateway = (): void => rmSync(CERTIFICATES, { recursive: true, force: true });

const ofCluster = (file: string, ...args: readonly string[]): [string, ...string[]] => inCluster({ ENVOY_GATEWAY_NAMESPACE: SYSTEM }, file, ...args);

/** The controller makes its own; the folders of this machine get what it put into Secrets. */
const makeCertificates = async (gateway: string, client: Client): Promise<[controller: string, homes: string]> => {
  const homes = join(folder, "home");
  run(...ofCluster(join(gateway, "envoy-gateway"), "certgen", "--local", "--config-home", homes));
  run(...ofCluster(join(gateway, "envoy-gateway"), "certgen", "--disable-topology-injector"));
  const controller = join(folder, "controller");
  for (const [secret, place] of [["envoy", join(homes, "certs/envoy")], ["envoy-gateway", controller]] as const) {
    mkdirSync(place, { recursive: true });
    const { data } = await client.ask("GET", `/api/v1/namespaces/${SYSTEM}/secrets/${secret}`);
    for (const [name, text] of Object.entries(data as Record<string, string>)) writeFileSync(join(place, name), Buffer.from(text, "base64"));
  }
  mkdirSync(CERTIFICATES, { recursive: true });
  return [controller, homes];
};

const configOf = (homes: string): Fields => ({
  apiVersion: "gateway.envoyproxy.io/v1alpha1",
  kind: "EnvoyGateway",
  gateway: { controllerName: "gateway.envoyproxy.io/gatewayclass-controller" },
  logging: { level: { default: "info" } },
  // A Gateway that a test makes has an Envoy of its own, and two on a machine would take each other for an older self.
  envoyProxy: { extraArgs: ["--disable-hot-restart"] },
  provider: {
    type: "Custom",
    custom: {
      resource: { type: "Kubernetes", kubernetes: {} },
      infrastructure: { type: "Host", host: { configHome: homes, dataHome: homes, stateHome: join(homes, "state"), runtimeDir: join(homes, "run") } },
    },
  },
});

const makeGateway = async (client: Client): Promise<void> => {
  const { className, closed, hostname, http, https, name, namespace } = GATEWAY;
  const { certificate, key } = makePair(folder, "listener", `/CN=${hostname}`, { names: [`DNS:${hostname}`, "DNS:*.example.com"] });
  const api = "gateway.networking.k8s.io/v1";
  const allowedRoutes = { namespaces: { from: "All" } };
  await apply(client, { apiVersion: api, kind: "GatewayClass", metadata: { name: className }, spec: { controllerName: "gateway.envoyproxy.io/gatewayclass-controller" } });
  await apply(client, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  await apply(client, tlsSecret(namespace, "listener", certificate, key));
  const listeners = [
    { name: "http", port: http, protocol: "HTTP", allowedRoutes },
    { name: "https", port: https, protocol: "HTTPS", allowedRoutes, tls: { mode: "Terminate", certificateRefs: [{ name: "listener" }] } },
    // Routes of its own namespace alone: others are refused.
    { name: "closed", port: closed, protocol: "HTTP" },
  ];
  await apply(client, { apiVersion: api, kind: "Gateway", metadata: { name, namespace }, spec: { gatewayClassName: className, listeners } });
};

/** A certificate as a listener refers to it. */
export const tlsSecret = (namespace: string, name: string, certificate: string, key: string): Fields => ({
  apiVersion: "v1",
  kind: "Secret",
  type: "kubernetes.io/tls",
  metadata: { name, namespace },
  data: Object.fromEntries([["tls.crt", certificate], ["tls.key", key]].map(([entry, file]) => [entry, readFileSync(file ?? "").toString("base64")])),
});
