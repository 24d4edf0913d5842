/** Reads objects of a cluster through the user's own kubectl, with its configuration and its logins. */
import { execFile } from "node:child_process";
import { refuse } from "./refusal.ts";

/** Which cluster, where it is not kubectl's current one. */
export interface ClusterOptions {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

const TIMEOUT_MS = 30_000;

/** One object as the API server has it. */
export const getObject = async (cluster: ClusterOptions, kind: string, name: string, namespace?: string): Promise<unknown> => {
  const found = await ask(cluster, kind, name, namespace);
  if ("refused" in found) throw found.refused;
  return found.object;
};

/** The same; nothing where there is none. */
export const findObject = async (cluster: ClusterOptions, kind: string, name: string): Promise<unknown> => {
  const found = await ask(cluster, kind, name);
  if ("object" in found) return found.object;
  if (found.isMissing) return undefined;
  throw found.refused;
};

type Asked = { readonly object: unknown } | { readonly refused: unknown; readonly isMissing: boolean };

const ask = ({ context, kubeconfig }: ClusterOptions, kind: string, name: string, namespace?: string): Promise<Asked> => {
  const flags = [...(kubeconfig === undefined ? [] : ["--kubeconfig", kubeconfig]), ...(context === undefined ? [] : ["--context", context]), ...(namespace === undefined ? [] : ["--namespace", namespace])];
  return new Promise((resolve) => {
    execFile("kubectl", [...flags, "get", kind, name, "--output", "json"], { timeout: TIMEOUT_MS, maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error === null) return resolve({ object: JSON.parse(stdout) as unknown });
      resolve({ refused: refusal(error, `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`, stderr), isMissing: stderr.includes("(NotFound)") });
    });
  });
};

const refusal = (error: Error & { readonly code?: unknown }, what: string, stderr: string): unknown => {
  try {
    if (error.code === "ENOENT") return refuse("doctor asks the cluster by kubectl, which is not installed or not on the PATH");
    return refuse(`kubectl cannot read ${what}: ${stderr.trim().split("\n").at(-1) ?? error.message}`);
  } catch (refused) {
    return refused;
  }
};
