/** Types of others' controllers, which the API server validates with, whether a controller runs or not. */
import { join } from "node:path";
import { connect } from "./client.ts";
import { binaries, KUBECONFIG } from "./place.ts";
import { inCluster, run, until } from "./processes.ts";

const KINDS = [
  ["argoproj.io/v1alpha1", "Workflow"],
  ["keda.sh/v1alpha1", "ScaledObject"],
  ["monitoring.coreos.com/v1", "PodMonitor"],
  ["monitoring.coreos.com/v1", "PrometheusRule"],
] as const;

/** With every field, they are larger than `kubectl apply` could keep in an annotation. */
export const installTypes = async (kubernetes: string): Promise<void> => {
  run(...inCluster({}, join(kubernetes, "kubectl"), "apply", "--server-side", "--filename", binaries("crds")));
  for (const [version, kind] of KINDS) await until(`the API of ${kind}`, () => connect(KUBECONFIG).collection(version, kind));
};
