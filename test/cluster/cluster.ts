/** The cluster of KUBECONFIG, and callers of what is in it. */
import { readFileSync } from "node:fs";
import { Caller, type Door } from "../conformance/caller.ts";
import { apply } from "../rig/kubernetes/apply.ts";
import { connect, type Fields } from "../rig/kubernetes/client.ts";
import { GATEWAY, LISTENER_CERTIFICATE } from "../rig/kubernetes/gateway.ts";
import { NODE } from "../rig/kubernetes/place.ts";

const kubeconfig = process.env["KUBECONFIG"];
if (kubeconfig === undefined) throw new Error("run these tests with npm run test:cluster");
export const client = connect(kubeconfig);

/** A namespace at the `restricted` Pod Security level, gone with everything in it after the test. */
export const newNamespace = async (name: string): Promise<AsyncDisposable> => {
  const security = Object.fromEntries(["enforce", "warn"].map((mode) => [`pod-security.kubernetes.io/${mode}`, "restricted"]));
  await apply(client, { apiVersion: "v1", kind: "Namespace", metadata: { name, labels: security } });
  return { [Symbol.asyncDispose]: () => removed(name) };
};

const removed = async (name: string): Promise<void> => {
  await client.send("DELETE", `/api/v1/namespaces/${name}`);
  for await (const { type } of client.watch(`/api/v1/namespaces?fieldSelector=metadata.name%3D${name}`)) {
    if (type === "DELETED") return;
    if (type === "LISTED" && (await client.send("GET", `/api/v1/namespaces/${name}`)).status === 404) return;
  }
};

/** The keys of an endpoint, as its pods read them. */
export const keysOf = async (namespace: string, secret: string): Promise<{ readonly primaryKey: string; readonly secondaryKey: string }> => {
  const { data } = await client.ask("GET", `/api/v1/namespaces/${namespace}/secrets/${secret}`);
  const text = (name: string): string => Buffer.from(data[name], "base64").toString();
  return { primaryKey: text("primaryKey"), secondaryKey: text("secondaryKey") };
};

/** A token of a service account, for an audience of its own or for the API server. */
export const tokenOf = async (namespace: string, serviceAccount: string, audience?: string): Promise<string> => {
  const path = await client.path({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: serviceAccount, namespace } });
  const { status } = await client.ask("POST", `${path}/token`, { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { audiences: audience === undefined ? undefined : [audience], expirationSeconds: 3600 } });
  return status.token as string;
};

/** Where the rig's Gateway listens, or another's. */
export const gatewayHost = process.env["RIG_GATEWAY"] ?? NODE.address;
/** Who signed its certificate. */
const authority = process.env["RIG_CA"] ?? LISTENER_CERTIFICATE;

/** Calls through the Gateway: with TLS where the URL says so. */
export const callerOf = (url: string, key: string): Caller => {
  const parsed = new URL(url);
  const secure = parsed.protocol === "https:";
  const at = { host: gatewayHost, port: secure ? GATEWAY.https : GATEWAY.http };
  const door: Door = { url: parsed, key, at, ...(secure ? { ca: readFileSync(authority, "utf8") } : {}) };
  return new Caller(() => door);
};

/** Pods of a deployment of an endpoint that are ready. */
export const podsOf = async (namespace: string, endpoint: string, deployment: string): Promise<Fields[]> => {
  const { items } = await client.ask("GET", `/api/v1/namespaces/${namespace}/pods`);
  return (items as Fields[]).filter(({ metadata }) => (metadata.name as string).startsWith(`${endpoint}--${deployment}-`));
};

/** A counter of the fronts of a deployment, summed over its pods. */
export const metric = async (pods: readonly Fields[], line: RegExp): Promise<number> => {
  const pages = await Promise.all(pods.map(async ({ status }) => (await fetch(`http://${status.podIP}:5001/metrics`)).text()));
  const values = pages.flatMap((page) => page.split("\n").filter((each) => line.test(each)));
  return values.reduce((sum, each) => sum + Number(each.split(" ").at(-1)), 0);
};

/** What a look gives, as soon as it gives something; for answers of a gateway, which sends no events. */
export const eventually = async <T>(look: () => Promise<T | undefined>, patienceMs = 60_000): Promise<T> => {
  for (const deadline = performance.now() + patienceMs; ; ) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(`waited ${patienceMs / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};
