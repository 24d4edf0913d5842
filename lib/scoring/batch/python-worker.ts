/** A Python process that runs mini-batches: frames over a socket. */
import { closeSync } from "node:fs";
import type { BatchDriver } from "../contract/batch.ts";
import { encode, FRAME, decoder, Parts } from "../online/protocol.ts";
import { ProcessGroup, startPython, type PythonProcess } from "../online/python-process.ts";
import { failure } from "../online/python-worker.ts";
import { JobError } from "./job-error.ts";
import { printsOf } from "./prints.ts";
import { WorkerDied, type BatchWorker, type Done, type Setting, type Task } from "./worker.ts";

/** Variable that carries the {@link Setting}; the worker takes it out before the script sees it. */
const SETTING = "INFERENCE_ENDPOINTS_BATCH";
/** How long `shutdown()` and `atexit` may take. */
const SHUTDOWN_MS = 5000;

export class PythonBatchWorker implements BatchWorker {
  readonly ready: Promise<void>;
  readonly #process: PythonProcess;
  readonly #group: ProcessGroup;
  readonly #gone: Promise<string>;
  readonly #parts = new Parts();
  #pending: { readonly resolve: (done: Done) => void; readonly reject: (error: Error) => void } | undefined;
  /** How it has ended. */
  #how: string | undefined;

  constructor({ appRoot, entryScript, environmentVariables, modelDir, python = "python3" }: BatchDriver, mlflow: boolean, setting: Setting, output: string) {
    const prints = printsOf(setting);
    const environment = { AZUREML_BI_OUTPUT_PATH: output, ...environmentVariables, [SETTING]: JSON.stringify(setting) };
    const options = { python, kind: mlflow ? ("batch-mlflow" as const) : ("batch" as const), appRoot: appRoot ?? process.cwd(), entryScript, modelDir, environment, prints };
    let ready: () => void = () => {};
    let refuse: (error: Error) => void = () => {};
    this.ready = new Promise((resolve, reject) => ([ready, refuse] = [resolve, reject]));
    this.ready.catch(() => {}); // a worker may be ended before anybody asks
    let gone: (how: string) => void = () => {};
    this.#gone = new Promise((resolve) => (gone = resolve));
    this.#process = startPython(options, false, (how, cannot) => {
      if (cannot !== undefined) refuse(new JobError(cannot.reason));
      this.#group?.ended();
      gone(how);
    });
    closeSync(prints.stdout);
    closeSync(prints.stderr);
    this.#group = new ProcessGroup(this.#process.pid);
    const decode = decoder((type, _n, payload) => {
      if (type === FRAME.part) this.#parts.add(payload);
      else if (type === FRAME.ready) ready();
      else if (type === FRAME.failed) refuse(new JobError(`the script cannot be run: ${failure(this.#parts.end(payload)).reason}`));
      else if (type === FRAME.done) this.#pending?.resolve(JSON.parse(payload.toString()) as Done);
    });
    this.#process.socket.on("data", (chunk: Buffer) => decode(chunk));
    this.#process.socket.on("error", () => {}); // the exit of the process tells more
    // A moment later: what it said before its end counts.
    void this.#gone.then((how) => setImmediate(() => this.#died(how, refuse)));
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  run(task: Task): Promise<Done> {
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
      if (this.#how !== undefined) return reject(new WorkerDied(this.#how));
      this.#process.socket.write(encode(FRAME.task, task.n, Buffer.from(JSON.stringify(task))));
    });
  }

  #died(how: string, refuse: (error: Error) => void): void {
    this.#how = how;
    refuse(new WorkerDied(how));
    this.#pending?.reject(new WorkerDied(how));
  }

  async end(polite: boolean): Promise<void> {
    if (polite) {
      this.#process.socket.end();
      const late = setTimeout(() => this.#group.end("SIGABRT"), SHUTDOWN_MS);
      await this.#gone;
      clearTimeout(late);
    } else {
      this.#group.end("SIGABRT");
      await this.#gone;
    }
    this.#process.socket.destroy();
  }
}
