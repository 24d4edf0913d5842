/** Prometheus on the node. It finds the pods of endpoints as a PodMonitor of the library says, and asks them more often than that can say. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { binaries, KUBECONFIG, NODE, STATE } from "./place.ts";
import { daemon, listening } from "./processes.ts";

const NAME = "prometheus";
const PORT = 9090;
const folder = join(STATE, NAME);

export const PROMETHEUS_URL = `http://${NODE.address}:${PORT}`;

export const startPrometheus = async (): Promise<void> => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "config.json"), JSON.stringify(CONFIG));
  daemon(NAME, join(binaries(NAME), NAME), [`--config.file=${join(folder, "config.json")}`, `--storage.tsdb.path=${join(folder, "data")}`, `--web.listen-address=${NODE.address}:${PORT}`]);
  await listening(NAME, PORT);
};

const META = "__meta_kubernetes";
const keep = (label: string, regex: string) => ({ source_labels: [`${META}_${label}`], regex, action: "keep" });
const write = (label: string, target: string) => ({ source_labels: [`${META}_${label}`], target_label: target });

/** JSON is YAML. */
const CONFIG = {
  global: { scrape_interval: "2s", scrape_timeout: "2s" },
  scrape_configs: [
    {
      job_name: "scoring",
      kubernetes_sd_configs: [{ role: "pod", kubeconfig_file: KUBECONFIG }],
      relabel_configs: [
        keep("pod_label_app_kubernetes_io_name", "scoring"),
        keep("pod_container_port_name", "http"),
        keep("pod_phase", "Running"),
        write("namespace", "namespace"),
        write("pod_name", "pod"),
      ],
    },
  ],
};
