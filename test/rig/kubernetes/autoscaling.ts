/** What autoscalers look at, for the tests that need it: nothing of it runs in a cluster that is only started. */
import { connect } from "./client.ts";
import { KEDA, startKeda } from "./keda.ts";
import { startMetricsServer } from "./metrics-server.ts";
import { KUBECONFIG, type Part } from "./place.ts";
import { daemons } from "./processes.ts";
import { startPrometheus } from "./prometheus.ts";

/** Built where package registries can be reached, before what follows is called. */
export const AUTOSCALING_PARTS: readonly Part[] = ["metrics-server", "keda", "prometheus"];

/** Starts what does not run yet. */
export const startAutoscaling = async (): Promise<void> => {
  const alive = new Set(daemons().filter((each) => each.alive).map(({ name }) => name));
  const missing = (...names: readonly string[]): boolean => names.some((name) => !alive.has(name));
  const client = connect(KUBECONFIG);
  if (missing("metrics-server")) await startMetricsServer(client);
  if (missing("prometheus")) await startPrometheus();
  if (missing(...KEDA)) await startKeda(client);
};
