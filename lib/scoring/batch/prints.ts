/** Files for what a process prints, as Azure names them. */
import { mkdirSync, openSync } from "node:fs";
import { join } from "node:path";

/** Descriptors, which the caller closes when the process has them. */
export const printsOf = ({ logs, name, node }: { readonly logs: string; readonly name: string; readonly node: string }): { stdout: number; stderr: number } => {
  const open = (stream: "stdout" | "stderr"): number => {
    const folder = join(logs, "user", stream, node);
    mkdirSync(folder, { recursive: true });
    return openSync(join(folder, `${name}.${stream}.txt`), "a");
  };
  return { stdout: open("stdout"), stderr: open("stderr") };
};
