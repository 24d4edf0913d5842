/** Processes in the containers of pods, as this machine sees them, which is their node. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Fields } from "../rig/kubernetes/client.ts";
import { CONTAINERD } from "../rig/kubernetes/place.ts";

export interface Inside {
  readonly pid: number;
  /** Its words. */
  readonly command: readonly string[];
}

/** Of the first container; none when it does not run. */
export const processesOf = ({ status }: Fields): Inside[] => {
  const id = ((status.containerStatuses?.[0]?.containerID ?? "") as string).replace("containerd://", "");
  if (id === "") return [];
  const { stdout } = spawnSync("ctr", ["--address", CONTAINERD, "--namespace", "k8s.io", "tasks", "ps", id], { encoding: "utf8" });
  const pids = stdout.split("\n").map((line) => Number(line.split(/\s+/)[0])).filter((pid) => pid > 0);
  return pids.flatMap((pid) => {
    const command = commandOf(pid);
    return command === undefined ? [] : [{ pid, command }];
  });
};

/** Nothing when it has ended meanwhile. */
const commandOf = (pid: number): string[] | undefined => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    return undefined;
  }
};

/** False when it has ended by itself. */
export const killed = (pid: number): boolean => {
  try {
    return process.kill(pid, "SIGKILL");
  } catch {
    return false;
  }
};
