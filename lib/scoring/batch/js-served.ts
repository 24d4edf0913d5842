/** What runs in a process of Node: a script, or an ONNX model. */
import { pathToFileURL } from "node:url";
import type { JsSetting } from "./js-worker.ts";
import { onnxServed } from "./onnx-files.ts";
import type { RunFiles } from "./run-files.ts";

/** Loads it. */
export async function loadServed({ onnx, script }: JsSetting): Promise<RunFiles> {
  if (onnx !== undefined) return onnxServed(onnx);
  const module = (await import(pathToFileURL(script ?? "").href)) as Record<string, unknown>;
  const whole = module["default"] as Record<string, unknown> | undefined;
  const exported = (name: string): unknown => module[name] ?? whole?.[name];
  const [init, run] = [exported("init"), exported("run")];
  for (const [name, value] of Object.entries({ init, run })) {
    if (typeof value !== "function") throw new TypeError(`the script exports no function ${name}(); it needs init(), called once, and run(paths)`);
  }
  await (init as () => unknown)();
  return async (paths) => {
    const values = await (run as (paths: readonly string[]) => unknown)(paths);
    if (!Array.isArray(values)) throw new TypeError(`run() returned a value of type ${values === null ? "null" : typeof values}; expected a list`);
    return { lines: values.map((value) => (typeof value === "object" && value !== null ? JSON.stringify(value) : String(value))) };
  };
}
