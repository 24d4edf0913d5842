/** KEDA on the node: the operator, which makes autoscalers of ScaledObjects, and the adapter, which answers their questions with what the operator reads. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { aggregate } from "./aggregated.ts";
import { apply } from "./apply.ts";
import { makePair } from "./certificates.ts";
import type { Client } from "./client.ts";
import { binaries, KUBECONFIG, NODE, STATE } from "./place.ts";
import { daemon, end, listening } from "./processes.ts";

/** Its daemons. */
export const KEDA = ["keda-operator", "keda-adapter"] as const;

const NAMESPACE = "keda";
const certificates = join(STATE, "keda");
/** Where the operator tells the adapter what it has read. */
const MEASURED = 9666;
const PORTS = { probes: 9667, metrics: 9668, api: 9669 } as const;

/** Both anew where one of the two has ended. */
export const startKeda = async (client: Client): Promise<void> => {
  for (const name of KEDA) await end(name);
  const keda = binaries("keda");
  await apply(client, { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
  makeCertificates();
  const env = { KUBECONFIG, POD_NAMESPACE: NAMESPACE, KEDA_CLUSTER_OBJECT_NAMESPACE: NAMESPACE, WATCH_NAMESPACE: "" };
  const operator = ["--leader-elect=false", "--enable-prometheus-metrics=false", "--enable-webhook-patching=false", `--cert-dir=${certificates}`, `--metrics-service-bind-address=:${MEASURED}`, `--health-probe-bind-address=:${PORTS.probes}`];
  daemon(KEDA[0], join(keda, "operator"), operator, { env });
  await listening(KEDA[0], MEASURED);
  const kubeconfigs = ["lister", "authentication", "authorization"].map((of) => `--${of}-kubeconfig=${KUBECONFIG}`);
  const adapter = [...kubeconfigs, `--metrics-service-address=${NODE.address}:${MEASURED}`, `--port=${PORTS.metrics}`, `--secure-port=${PORTS.api}`, `--cert-dir=${certificates}`];
  daemon(KEDA[1], join(keda, "adapter"), adapter, { env });
  await listening(KEDA[1], PORTS.api);
  await aggregate(client, { group: "external.metrics.k8s.io", version: "v1beta1", name: "keda-metrics-apiserver", namespace: NAMESPACE, port: PORTS.api });
};

/** The two know each other by certificates; of KEDA's own making they would bear names of Services, which nobody resolves on the node. */
const makeCertificates = (): void => {
  mkdirSync(certificates, { recursive: true });
  const issuer = makePair(certificates, "ca", "/CN=keda");
  makePair(certificates, "tls", "/CN=keda", { names: [`IP:${NODE.address}`], issuer });
};
