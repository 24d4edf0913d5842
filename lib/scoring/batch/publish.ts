/** Puts what a pipeline gives where its caller wants it, each output in one step. */
import { cpSync, existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { JobError } from "./job-error.ts";
import { holdsSomething, outputPath, takenProblem, targetsOf, type PipelineJob } from "./pipeline-files.ts";

/** Once every step has ended well. Throws JobError where an output is another's. */
export function publish({ addresses, home, id, pipeline, request }: PipelineJob): void {
  const targets = targetsOf(request, Object.keys(pipeline.outputs), home, addresses);
  for (const [step, { outputs }] of Object.entries(pipeline.steps)) {
    for (const [name, { output }] of Object.entries(outputs)) {
      const target = output === undefined ? undefined : targets[output];
      if (output === undefined || target === undefined) continue;
      const source = outputPath(home, step, name);
      const mark = join(home, "published", output);
      if (isOurs(target, mark)) rmSync(nextOf(target, id), { recursive: true, force: true });
      else place({ source, target, mark, id, missing: `step ${step} has written no output ${name}: its steps were changed since it ran; start another job` });
      rmSync(source, { recursive: true, force: true });
    }
  }
}

/** The mark holds what a file or folder keeps when it is renamed: whoever was killed behind that knows its own. */
const isOurs = (target: string, mark: string): boolean => {
  const found = statSync(target, { bigint: true, throwIfNoEntry: false });
  return found !== undefined && existsSync(mark) && readFileSync(mark, "utf8") === String(found.ino);
};

/** Beside it, before it takes its place. */
const nextOf = (target: string, id: string): string => `${target}.${id}.next`;

interface Placing {
  readonly source: string;
  readonly target: string;
  readonly mark: string;
  readonly id: string;
  /** What to say where there is nothing to be placed. */
  readonly missing: string;
}

function place({ id, mark, missing, source, target }: Placing): void {
  if (!existsSync(source)) throw new JobError(missing);
  if (holdsSomething(target)) throw new JobError(takenProblem(target));
  mkdirSync(dirname(target), { recursive: true });
  const next = nextOf(target, id);
  rmSync(next, { recursive: true, force: true });
  cpSync(source, next, { recursive: true, verbatimSymlinks: true });
  mkdirSync(dirname(mark), { recursive: true });
  writeFileSync(mark, String(statSync(next, { bigint: true }).ino));
  try {
    put(next, target);
  } catch (error) {
    rmSync(next, { recursive: true, force: true });
    throw TAKEN.includes((error as NodeJS.ErrnoException).code) ? new JobError(takenProblem(target)) : error;
  }
}

/** Another job has come first, while this one copied. */
const TAKEN: readonly (string | undefined)[] = ["EEXIST", "ENOTEMPTY", "ENOTDIR"];
/** File systems without links. */
const NO_LINKS: readonly (string | undefined)[] = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"];

/** A folder takes the place of an empty one alone; a file that is renamed would take any file's, and one that is linked takes none. */
function put(next: string, target: string): void {
  if (statSync(next).isDirectory()) return renameSync(next, target);
  try {
    linkSync(next, target);
    rmSync(next);
  } catch (error) {
    if (!NO_LINKS.includes((error as NodeJS.ErrnoException).code)) throw error;
    renameSync(next, target);
  }
}
