/** metrics-server on the node: processor and memory of pods, which a HorizontalPodAutoscaler asks for. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { aggregate } from "./aggregated.ts";
import type { Client } from "./client.ts";
import { binaries, KUBECONFIG, STATE } from "./place.ts";
import { daemon, listening } from "./processes.ts";

const NAME = "metrics-server";
const PORT = 4443;

export const startMetricsServer = async (client: Client): Promise<void> => {
  const certificates = join(STATE, NAME);
  mkdirSync(certificates, { recursive: true });
  daemon(NAME, join(binaries(NAME), NAME), [
    ...["kubeconfig", "authentication-kubeconfig", "authorization-kubeconfig"].map((flag) => `--${flag}=${KUBECONFIG}`),
    // The kubelet's certificate is its own.
    "--kubelet-insecure-tls",
    "--kubelet-preferred-address-types=InternalIP",
    "--kubelet-request-timeout=5s",
    // It takes no less.
    "--metric-resolution=10s",
    `--secure-port=${PORT}`,
    `--cert-dir=${certificates}`,
  ]);
  await listening(NAME, PORT);
  await aggregate(client, { group: "metrics.k8s.io", version: "v1beta1", name: NAME, namespace: "kube-system", port: PORT });
};
