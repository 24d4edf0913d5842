/** Puts what a pipeline gives where its caller wants it, each output in one step. */
import { cpSync, existsSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { JobError } from "./job-error.ts";
import { holdsSomething, outputPath, takenProblem, targetsOf, type PipelineJob } from "./pipeline-files.ts";

/** Once every step has ended well. Throws JobError where an output is another's. */
export function publish({ addresses, home, id, pipeline, request }: PipelineJob): void {
  const targets = targetsOf(request, Object.keys(pipeline.outputs), home, addresses);
  for (const [step, { outputs }] of Object.entries(pipeline.steps)) {
    for (const [name, { output }] of Object.entries(outputs)) {
      const target = output === undefined ? undefined : targets[output];
      const source = outputPath(home, step, name);
      if (target === undefined || !existsSync(source)) continue; // published before a restart
      if (holdsSomething(target)) throw new JobError(takenProblem(target));
      move(source, target, id);
    }
  }
}

function move(source: string, target: string, id: string): void {
  mkdirSync(dirname(target), { recursive: true });
  const next = `${target}.${id}.next`;
  rmSync(next, { recursive: true, force: true });
  cpSync(source, next, { recursive: true });
  if (statSync(source).isDirectory()) rmSync(target, { recursive: true, force: true }); // empty, as was seen
  renameSync(next, target);
  rmSync(source, { recursive: true, force: true });
}
