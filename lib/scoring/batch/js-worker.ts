/** A Node process that runs mini-batches: a `score.ts` or `score.js`, or an ONNX model. A process and no thread: it may die, or never pause. */
import { fork } from "node:child_process";
import { closeSync } from "node:fs";
import { extname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ENVIRONMENT } from "../contract.ts";
import type { BatchDriver } from "../contract/batch.ts";
import { findModel } from "../online/kind.ts";
import { ProcessGroup } from "../online/python-process.ts";
import { JobError } from "./job-error.ts";
import { printsOf } from "./prints.ts";
import { WorkerDied, type BatchWorker, type Done, type Setting, type Task } from "./worker.ts";

const ENTRY = fileURLToPath(new URL(`./js-process${extname(import.meta.url)}`, import.meta.url));

/** First message to the process. */
export interface JsSetting extends Setting {
  /** One of them. */
  readonly script?: string;
  readonly onnx?: string;
}

/** From the process. */
export type JsMessage = { readonly type: "ready" } | { readonly type: "failed"; readonly reason: string } | { readonly type: "done"; readonly n: number; readonly done: Done };

export class JsBatchWorker implements BatchWorker {
  readonly ready: Promise<void>;
  readonly #child: ReturnType<typeof fork>;
  readonly #group: ProcessGroup;
  readonly #gone: Promise<string>;
  #pending: { readonly resolve: (done: Done) => void; readonly reject: (error: Error) => void } | undefined;
  /** How it has ended. */
  #how: string | undefined;

  constructor(driver: BatchDriver, setting: Setting, output: string) {
    const { appRoot = process.cwd(), entryScript, environmentVariables, modelDir } = driver;
    const prints = printsOf(setting);
    const env = { ...process.env, AZUREML_BI_OUTPUT_PATH: output, ...environmentVariables, [ENVIRONMENT.appRoot]: appRoot, ...(modelDir === undefined ? {} : { [ENVIRONMENT.modelDir]: modelDir }) };
    this.#child = fork(ENTRY, [], { cwd: appRoot, env, execArgv: [], detached: true, stdio: ["ignore", prints.stdout, prints.stderr, "ipc"] });
    closeSync(prints.stdout);
    closeSync(prints.stderr);
    this.#group = new ProcessGroup(this.#child.pid);
    this.#gone = new Promise((gone) => {
      this.#child.once("error", (error) => gone(`did not start: ${error.message}`));
      this.#child.once("exit", (code, signal) => {
        this.#group.ended();
        gone(signal === null ? `exited with ${code}` : `was ended by ${signal}`);
      });
    });
    this.ready = new Promise((ready, refuse) => {
      this.#child.on("message", (message: JsMessage) => {
        if (message.type === "ready") ready();
        else if (message.type === "failed") refuse(new JobError(`the script cannot be run: ${message.reason}`));
        else this.#pending?.resolve(message.done);
      });
      void this.#gone.then((how) => setImmediate(() => refuse(new WorkerDied(how))));
    });
    void this.#gone.then((how) => setImmediate(() => this.#died(how)));
    this.ready.catch(() => {}); // a worker may be ended before anybody asks
    const source = entryScript === undefined ? onnxOf(modelDir) : { script: resolve(appRoot, entryScript) };
    this.#child.send({ ...setting, ...source } satisfies JsSetting, () => {});
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  run(task: Task): Promise<Done> {
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
      if (this.#how !== undefined) return reject(new WorkerDied(this.#how));
      this.#child.send(task, () => {}); // where it cannot be sent, the process has ended
    });
  }

  #died(how: string): void {
    this.#how = how;
    this.#pending?.reject(new WorkerDied(how));
  }

  async end(polite: boolean): Promise<void> {
    if (polite && this.#child.connected) this.#child.disconnect();
    else this.#group.end("SIGTERM");
    if (polite) this.#group.killSoon();
    await this.#gone;
  }
}

const onnxOf = (modelDir: string | undefined): { onnx: string } => {
  const found = findModel(modelDir);
  if (found.kind !== "onnx") throw new JobError("the model folder holds no ONNX file");
  return { onnx: found.file };
};
