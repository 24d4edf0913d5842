/** Argo Workflows, for the tests that need it: its controller beside the API server, whose executor runs in the pods of steps. */
import { join } from "node:path";
import { apply } from "./apply.ts";
import { connect } from "./client.ts";
import { archiveOf } from "./image.ts";
import { ctr } from "./node.ts";
import { binaries, KUBECONFIG, STATE } from "./place.ts";
import { daemon, daemons, until } from "./processes.ts";

const SYSTEM = "argo";
const CONTROLLER = "workflow-controller";
const EXECUTOR = "rig.example/argoexec:1";

/** The controller, from within the network namespace, where nothing can be built. It waits 10 minutes for the words of a pod that has vanished, by itself. */
export const startArgo = async (): Promise<void> => {
  if (daemons().some(({ alive, name }) => alive && name === CONTROLLER)) return;
  const argo = binaries("argo");
  const client = connect(KUBECONFIG);
  ctr("images", "import", archiveOf(EXECUTOR, join(STATE, SYSTEM), { "bin/argoexec": join(argo, "argoexec") }, { Entrypoint: ["/bin/argoexec"], Env: ["PATH=/bin"], User: "8737:8737" }));
  await apply(client, { apiVersion: "v1", kind: "Namespace", metadata: { name: SYSTEM } });
  await apply(client, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: `${CONTROLLER}-configmap`, namespace: SYSTEM }, data: {} });
  const flags = ["--kubeconfig", KUBECONFIG, "--namespace", SYSTEM, "--executor-image", EXECUTOR, "--executor-image-pull-policy", "IfNotPresent"];
  daemon(CONTROLLER, join(argo, CONTROLLER), flags, { env: { LEADER_ELECTION_DISABLE: "true", TASK_RESULT_TIMEOUT_DURATION: "10s", RECENTLY_DELETED_POD_DURATION: "5s" } });
  await until("the controller of Workflows", async () => (await fetch("http://127.0.0.1:6060/healthz")).ok);
};
