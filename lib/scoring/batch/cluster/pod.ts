/** The process in a job's pod: one instance of the job, from the record that is mounted there to an exit code. */
import { readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { INDEX_VARIABLE, jobFlags, JOB_EXIT, type BatchJobOptions } from "../../contract/batch-cluster.ts";
import type { BatchDriver, JobStatus } from "../../contract/batch.ts";
import { ENVIRONMENT, EXIT } from "../../contract.ts";
import { KindError } from "../../online/kind.ts";
import { fail, flush, info, logAs } from "../../online/log.ts";
import { Stopped } from "../coordinator.ts";
import { mayPass, reasonOf } from "../job-error.ts";
import type { JobRecord, Progress } from "../record.ts";
import { inAddresses, onCluster } from "./addresses.ts";
import { writeEnding, type Ending } from "./ending.ts";
import { estimateJob, executeInstance, type Instance } from "./execute.ts";
import { executeStep, publishOutputs } from "./step.ts";

/** Between two lines that say how far the job is. */
const PROGRESS_MS = 1000;

const Options = z.strictObject({
  record: z.string({ error: "--record is missing: the job's record" }),
  inputs: z.string({ error: "--inputs is missing: the folder of the claims that are read" }),
  outputs: z.string({ error: "--outputs is missing: the folder of the claims that are written" }),
  attempt: z.coerce.number({ error: "--attempt: expected a number" }).int().min(0).default(0),
  estimate: z.enum(["true", "false"], { error: "--estimate: expected true or false" }).default("false"),
  step: z.string().optional(),
  publish: z.enum(["true", "false"], { error: "--publish: expected true or false" }).default("false"),
  entryScript: z.string().optional(),
  terminationLog: z.string().default("/dev/termination-log"),
});

type Settled = z.output<typeof Options>;

/** Ends the process: see `JOB_EXIT`; 1 for wrong flags. */
export async function runBatchJob(argv: readonly string[]): Promise<void> {
  logAs("json", {});
  let options: Settled;
  try {
    options = parse(argv);
  } catch (error) {
    fail(reasonOf(error));
    return process.exit(EXIT.usage);
  }
  const { code, ending } = await run(options);
  try {
    writeFileSync(options.terminationLog, writeEnding(ending));
  } catch (error) {
    fail(`the end of the job cannot be told: ${reasonOf(error)}`);
  }
  flush();
  process.exit(code);
}

function parse(argv: readonly string[]): Settled {
  const given: Partial<Record<keyof BatchJobOptions, string>> = {};
  for (let at = 0; at < argv.length; at += 2) {
    const key = jobFlags.get(argv[at] ?? "");
    if (key === undefined || argv[at + 1] === undefined) throw new Error(`unknown flag ${argv[at]}, or no value for it; expected ${[...jobFlags.keys()].join(", ")}`);
    given[key] = argv[at + 1] as string;
  }
  const parsed = Options.safeParse(given);
  if (!parsed.success) throw new Error(parsed.error.issues.map(({ message }) => message).join("; "));
  return parsed.data;
}

async function run(options: Settled): Promise<{ readonly code: number; readonly ending: Ending }> {
  const abort = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => abort.abort());
  const { inputs, outputs } = options;
  const speaker = new Speaker();
  const said = (): Ending => (speaker.progress === undefined ? {} : { progress: speaker.progress });
  try {
    const record = { ...(JSON.parse(readFileSync(options.record, "utf8")) as JobRecord), attempt: options.attempt };
    const given = { record, driver: driverOf(options), addresses: onCluster(inputs, outputs) };
    if (options.estimate === "true") return { code: JOB_EXIT.done, ending: { status: "Completed", estimate: await estimateJob(given) } };
    await execute(options, { ...given, index: Number(process.env[INDEX_VARIABLE] ?? 0), scratch: join(tmpdir(), "job"), signal: abort.signal, status: (status) => speaker.become(status), progress: (each) => speaker.hear(each) });
    return { code: JOB_EXIT.done, ending: { status: "Completed", ...said() } };
  } catch (error) {
    if (error instanceof Stopped) return { code: JOB_EXIT.again, ending: { status: "Running", ...said() } };
    const reason = inAddresses(reasonOf(error), inputs, outputs);
    fail(error instanceof Error && !isPlain(error) ? (error.stack ?? reason) : reason);
    return mayPass(error) ? { code: JOB_EXIT.again, ending: { status: "Running", reason, ...said() } } : { code: JOB_EXIT.failed, ending: { status: "Failed", reason, ...said() } };
  }
}

/** A job of a model deployment, or a part of a pipeline's. */
const execute = async ({ publish, step }: Settled, instance: Instance): Promise<void> => {
  if (publish === "true") return publishOutputs(instance);
  return step === undefined ? executeInstance(instance) : executeStep(instance, step);
};

/** Its own variables are the pod's, credentials among them. */
const driverOf = ({ entryScript }: Settled): BatchDriver => {
  const { [ENVIRONMENT.appRoot]: appRoot, [ENVIRONMENT.modelDir]: modelDir } = process.env;
  return { environmentVariables: {}, ...(entryScript === undefined ? {} : { entryScript }), ...(appRoot === undefined ? {} : { appRoot }), ...(modelDir === undefined ? {} : { modelDir }) };
};

/** Says how the job stands, in lines that each say all of it: of a log only the end is read. */
class Speaker {
  progress: Progress | undefined;
  #status: JobStatus | undefined;
  #waits = false;
  #said = "";

  become(status: JobStatus): void {
    this.#status = status;
    info(`the job is ${status}`, { status, progress: this.progress });
  }

  /** A line a second at most, and none for what was said before; what came last is said when the next may be. */
  hear(progress: Progress): void {
    this.progress = progress;
    if (this.#waits) return;
    this.#waits = true;
    setTimeout(() => {
      this.#waits = false;
      const text = JSON.stringify(this.progress);
      if (text !== this.#said) info(`${progress.miniBatches} mini-batches`, { status: this.#status, progress: this.progress });
      this.#said = text;
    }, PROGRESS_MS).unref();
  }
}

/** Whose text is all that there is to say. */
const isPlain = (error: Error): boolean => ["JobError", "UriError"].includes(error.name) || error instanceof KindError;
