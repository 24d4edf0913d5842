/** Entry of a Node process that runs mini-batches. Ends with the channel to its coordinator. */
import { appendFileSync, mkdirSync } from "node:fs";
import { extname, join } from "node:path";
import { Worker } from "node:worker_threads";
import { describe } from "../online/thread-log.ts";
import { withFiles } from "./js-files.ts";
import { loadServed } from "./js-served.ts";
import type { Results } from "./run-files.ts";
import type { JsMessage, JsSetting } from "./js-worker.ts";
import { writeLines } from "./write-lines.ts";
import type { Done, Task } from "./worker.ts";

const FULL: readonly (string | undefined)[] = ["ENOSPC", "EDQUOT"];
const LONGEST_ERROR = 2000;

const send = (message: JsMessage): void => void process.send?.(message);

/** To what the script prints, and to the job's list of errors. */
const logFailure = ({ logs, name, node }: JsSetting, error: unknown): void => {
  console.error(describe(error));
  try {
    mkdirSync(join(logs, "user/error"), { recursive: true });
    appendFileSync(join(logs, "user/error", `${node}.${name}.txt`), `${describe(error)}\n`);
    appendFileSync(join(logs, "user/error.txt"), `${oneLine(error)}\n`);
  } catch {
    // A full disk, of which the coordinator hears anyway.
  }
};

const oneLine = (error: unknown): string => {
  const text = (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).replaceAll(/\s+/g, " ");
  return text.length > LONGEST_ERROR ? `${text.slice(0, LONGEST_ERROR)} …` : text;
};

const isFull = (error: unknown): boolean => FULL.includes((error as NodeJS.ErrnoException | undefined)?.code);

const counted = ({ append }: JsSetting, { errors, part }: Task, { failures, lines }: Results, files: number): Done => {
  const bytes = append ? writeLines(part, lines) : 0;
  if (failures !== undefined && failures.length > 0) writeLines(errors, failures.map((failure) => JSON.stringify(failure)));
  const failed = failures?.length ?? Math.max(files - lines.length, 0);
  const succeeded = failures === undefined ? lines.length > 0 : failures.length < files;
  return { items: lines.length, failed, succeeded, bytes, listed: failures?.length ?? 0 };
};

new Worker(new URL(`./js-lifeline${extname(import.meta.url)}`, import.meta.url)).unref();
process.once("message", (setting: JsSetting) => void start(setting));
process.once("disconnect", () => process.exit(0));

const start = async (setting: JsSetting): Promise<void> => {
  const served = await loadServed(setting).catch((error: unknown) => {
    logFailure(setting, error);
    send({ type: "failed", reason: oneLine(error) });
    return undefined;
  });
  if (served === undefined) return;
  process.on("message", (task: Task) => {
    void withFiles(setting, task, async (paths, sources) => counted(setting, task, await served(paths, sources), paths.length))
      .catch((error: unknown): Done => {
        logFailure(setting, error);
        return { error: oneLine(error), fatal: isFull(error) };
      })
      .then((done) => send({ type: "done", n: task.n, done }));
  });
  send({ type: "ready" });
};
