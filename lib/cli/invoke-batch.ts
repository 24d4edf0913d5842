/** `inference-endpoints invoke` on a batch endpoint: starts a job and watches it, or asks about one. */
import { fileURLToPath } from "node:url";
import { ENDED } from "../scoring/contract/batch.ts";
import { batchBody, type BodyOptions } from "./batch-body.ts";
import { BatchClient, type JobView } from "./batch-client.ts";
import { Progress } from "./batch-progress.ts";
import { refuse } from "./refusal.ts";
import { Screen } from "./screen.ts";

/** Flags that only batch endpoints have. */
export interface BatchInvokeOptions extends BodyOptions {
  readonly dryRun?: boolean | undefined;
  readonly idempotencyKey?: string | undefined;
  /** False: the job is started, and not watched. */
  readonly wait?: boolean | undefined;
  /** Id of a job to watch, cancel or resume. */
  readonly job?: string | undefined;
  readonly cancel?: string | undefined;
  readonly resume?: string | undefined;
  readonly jobs?: boolean | undefined;
}

/** Names of the flags, for whoever gives one to an online endpoint. */
export const BATCH_ONLY: readonly (keyof BatchInvokeOptions)[] = ["input", "output", "literal", "jobName", "dryRun", "idempotencyKey", "job", "cancel", "resume", "jobs"];

/** Where the service is, and what is sent. */
export interface BatchCall {
  readonly endpoint: string;
  readonly url: string;
  readonly key: string;
  /** The service runs on this machine. */
  readonly here: boolean;
  /** Given by --data or --request-file. */
  readonly body: string | undefined;
  readonly deployment: string | undefined;
}

const LOOK_MS = 200;
/** How long after Ctrl-C another one cancels the job. */
const SECOND_MS = 3000;

/** The output's address goes to standard output, of a pipeline a line each, everything else to standard error. The exit code is 1 unless the job is Completed. */
export const invokeBatch = async (call: BatchCall, options: BatchInvokeOptions): Promise<void> => {
  const client = new BatchClient(call.url, call.key);
  const { cancel, job, jobs, resume } = options;
  const chosen = [cancel, job, resume, jobs === true ? "" : undefined].filter((each) => each !== undefined);
  if (chosen.length > 1) return refuse("choose one of --job, --cancel, --resume and --jobs");
  if (jobs === true) return list(await client.list());
  if (cancel !== undefined) return watch(client, call, await client.act(cancel, "cancel"));
  if (resume !== undefined) return begin(client, call, options, await client.act(resume, "resume"));
  if (job !== undefined) return watch(client, call, await client.find(job));
  const body = call.body ?? bodyOf(options, call.here);
  const start = { body, deployment: call.deployment, idempotencyKey: options.idempotencyKey };
  if (options.dryRun === true) return void process.stdout.write(`${JSON.stringify(await client.dryRun(start))}\n`);
  await begin(client, call, options, await client.start(start));
};

const bodyOf = (options: BatchInvokeOptions, here: boolean): string =>
  (options.input ?? options.literal) === undefined ? refuse("give the job's input with --input, or its whole body with --data or --request-file") : batchBody(options, here);

const begin = (client: BatchClient, call: BatchCall, { wait }: BatchInvokeOptions, job: JobView): Promise<void> | void =>
  wait === false ? void process.stdout.write(`${job.name}\n`) : watch(client, call, job);

const list = (jobs: readonly JobView[]): void => {
  for (const { name, properties } of jobs) process.stdout.write(`${name}  ${properties.status}${properties.deployment === undefined ? "" : `  ${properties.deployment}`}\n`);
};

/** Until the job ends, or whoever watches has enough. */
const watch = async (client: BatchClient, call: BatchCall, first: JobView): Promise<void> => {
  const screen = new Screen(process.stderr);
  const progress = new Progress(screen, process.stderr.isTTY);
  const interrupt = new Interrupt(screen, first.name);
  for (let job = first; ; job = await client.find(first.name)) {
    progress.show(job);
    if (ENDED.includes(job.properties.status)) {
      interrupt.close();
      return tell(screen, call, job);
    }
    const wish = await interrupt.next(LOOK_MS);
    if (wish === "cancel") await client.act(first.name, "cancel");
    if (wish === "leave") return leave(screen, call, first.name);
  }
};

const tell = (screen: Screen, { endpoint }: BatchCall, { name, properties }: JobView): void => {
  const { error, output, outputs, progress, status } = properties;
  screen.say(`${name} is ${status}${error === undefined ? "" : `: ${error.message}`}`);
  if (status === "Completed") {
    if (progress !== undefined && progress.failedFiles > 0) screen.say(`${progress.failedFiles} of its files failed: they are listed in errors.jsonl of the output`);
    const places = outputs !== undefined ? Object.values(outputs) : output === undefined ? [] : [output];
    for (const { uri } of places) if (uri !== undefined) process.stdout.write(`${uri.startsWith("file:") ? fileURLToPath(uri) : uri}\n`);
    return;
  }
  screen.say(`to go on with what is not finished: npx inference-endpoints invoke ${endpoint} --resume ${name}`);
  process.exitCode = 1;
};

const leave = (screen: Screen, { endpoint }: BatchCall, id: string): void => {
  screen.say(`${id} goes on; to watch it again: npx inference-endpoints invoke ${endpoint} --job ${id}`);
  process.exitCode = 130;
};

/** Ctrl-C asks: once more cancels the job, nothing more leaves it. Where nobody sits at a terminal, one leaves it. */
class Interrupt {
  readonly #screen: Screen;
  readonly #id: string;
  #asked: number | undefined;
  #cancels = false;
  #wake: () => void = () => {};
  readonly #listener = (): void => this.#interrupted();

  constructor(screen: Screen, id: string) {
    this.#screen = screen;
    this.#id = id;
    process.on("SIGINT", this.#listener);
  }

  /** What is wanted, after so long at most. */
  async next(ms: number): Promise<"cancel" | "leave" | undefined> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = setTimeout(resolve, ms);
    });
    clearTimeout(timer);
    if (this.#cancels) {
      this.#cancels = false;
      return "cancel";
    }
    const left = this.#asked !== undefined && (!process.stdin.isTTY || performance.now() - this.#asked > SECOND_MS);
    if (left) this.close();
    return left ? "leave" : undefined;
  }

  close(): void {
    process.off("SIGINT", this.#listener);
  }

  #interrupted(): void {
    if (this.#asked !== undefined) {
      this.#cancels = true;
      this.#asked = undefined;
      this.#screen.say(`cancelling ${this.#id}`);
    } else {
      this.#asked = performance.now();
      if (process.stdin.isTTY) this.#screen.say("Ctrl-C again within 3 s cancels the job; otherwise it goes on without a watcher");
    }
    this.#wake();
  }
}
