/** Who may write to an output: of two jobs one. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { JobError } from "./job-error.ts";
import type { Layout } from "./layout.ts";

const TAKEN: readonly (string | undefined)[] = ["EEXIST", "ENOTEMPTY"];

/** Takes the output for a job, or finds that it has it. Throws {@link JobError} when it is another's, or holds results. */
export function claim(layout: Layout, owner: string): void {
  mkdirSync(layout.folder, { recursive: true });
  const mine = `${layout.work}.${owner}`;
  rmSync(mine, { recursive: true, force: true });
  mkdirSync(mine);
  writeFileSync(`${mine}/${basename(layout.owner)}`, owner);
  mkdirSync(`${mine}/${basename(layout.parts)}`);
  try {
    // A folder that is not empty is never replaced: the one who comes first has it, with the owner's name in it from the start.
    renameSync(mine, layout.work);
  } catch (error) {
    rmSync(mine, { recursive: true, force: true });
    if (!TAKEN.includes((error as NodeJS.ErrnoException).code)) throw error;
    return refuseOther(layout, owner);
  }
  // Only now: a job that has just completed has let go of the folder after its results were there.
  const there = [layout.results, layout.summary].find((path) => existsSync(path));
  if (there === undefined) return;
  rmSync(layout.work, { recursive: true, force: true });
  throw new JobError(`the output ${there} exists already: choose another output, or remove it`);
}

/** Gives it up again, when nothing has been done yet. */
export const release = (layout: Layout): void => rmSync(layout.work, { recursive: true, force: true });

/** Why a folder is no place for the output of a job: something is in it. What a job has there that has not completed, {@link claim} says with the job's name. */
export const folderProblem = ({ folder, work }: Layout): string | undefined => {
  if (!existsSync(folder)) return undefined;
  // What a claim makes before it has the folder stays when it is killed there, and is nobody's.
  const names = readdirSync(folder).filter((name) => !name.startsWith(`${basename(work)}.`));
  return names.length === 0 || names.includes(basename(work)) ? undefined : `the output folder ${folder} exists and is not empty (it holds ${names[0]}): choose another, or empty it`;
};

function refuseOther({ folder, owner: path, work }: Layout, owner: string): void {
  const holder = readFileSync(path, "utf8");
  if (holder !== owner) throw new JobError(`job ${holder} writes its output to ${folder}, or was stopped and may be resumed: choose another output, or remove ${work}`);
}
