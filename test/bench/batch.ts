/** What batch jobs cost: beside a hand-written multiprocessing loop over the same files and model, per mini-batch, and in memory. */
import { execFileSync, fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { batchServeArguments, type BatchModelDeployment, type BatchSettings } from "../../lib/scoring/contract/batch.ts";
import type { FrontMessage } from "../../lib/scoring/contract.ts";
import { Caller, type Job } from "../batch/caller.ts";
import { install } from "../kept.ts";
import { packages, python } from "../python.ts";

const [WORKERS, ROUNDS, FILES, FILE_ROWS, PER_BATCH] = [2, 5, 2400, 400, 10];
const BIG_ROWS = 5_000_000;
const PART_ROWS = 50_000;
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const parts = (...args: readonly string[]): void => void execFileSync(python, [here("batch-parts.py"), ...args]);

/** Scripts that do next to nothing, so that what is left is ours. */
const SCRIPTS = {
  "empty.py": "def init():\n    pass\n\n\ndef run(mini_batch):\n    return mini_batch\n",
  "count.py": "def init():\n    pass\n\n\ndef run(mini_batch):\n    with open(mini_batch[0], 'rb') as file:\n        return [sum(1 for _ in file) - 1]\n",
};

/** Measures and gives lines to print. */
export async function benchBatch(): Promise<string[]> {
  install(packages);
  const folder = mkdtempSync(join(tmpdir(), "batch-bench-"));
  const service = await Bench.start(folder);
  try {
    return [...(await beside(service, folder)), ...(await overhead(service, folder)), ...(await bigFile(service, folder)), ...(await memory(folder))];
  } finally {
    await service.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** In turns, so that a busy moment hits both. Starts of processes and imports count for both. */
async function beside(service: Bench, folder: string): Promise<string[]> {
  const input = join(folder, "wine");
  execFileSync(python, [here("../batch/fixtures/wine/prepare.py"), input, String(FILES), String(FILE_ROWS)]);
  const [loop, ours]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    loop.push(timed(() => parts("loop", input, String(WORKERS), String(PER_BATCH), join(folder, "loop.csv"))));
    const { ms, output } = await service.run("wine", join(input, "input"));
    ours.push(ms);
    if (readFileSync(join(output, "predictions.csv"), "utf8") !== readFileSync(join(folder, "loop.csv"), "utf8")) throw new Error("the two do not say the same");
  }
  const rate = (all: readonly number[]): number => (FILES * FILE_ROWS) / (median(all) / 1000);
  return [
    `Batch: ${FILES} CSV files of ${FILE_ROWS} rows, a random forest, ${WORKERS} workers, median of ${ROUNDS} rounds in turns`,
    `  multiprocessing loop   ${rate(loop).toFixed(0).padStart(8)} rows/s`,
    `  this                   ${rate(ours).toFixed(0).padStart(8)} rows/s   ${(rate(ours) / rate(loop)).toFixed(3)} x`,
  ];
}

async function overhead(service: Bench, folder: string): Promise<string[]> {
  const [few, many] = [200, 5200];
  parts("files", join(folder, "few"), String(few));
  parts("files", join(folder, "many"), String(many));
  const short = await service.run("empty", join(folder, "few"), { miniBatchSize: 1 });
  const long = await service.run("empty", join(folder, "many"), { miniBatchSize: 1 });
  return [`  an empty mini-batch    ${((WORKERS * (long.ms - short.ms)) / (many - few)).toFixed(2).padStart(8)} ms of a worker (${many} against ${few} mini-batches)`];
}

async function bigFile(service: Bench, folder: string): Promise<string[]> {
  const input = join(folder, "big");
  execFileSync("mkdir", [input]);
  parts("rows", join(input, "rows.csv"), String(BIG_ROWS));
  const { job, ms, output } = await service.run("rows", input);
  const counted = readFileSync(join(output, "predictions.csv"), "utf8").trim().split("\n").reduce((sum, line) => sum + Number(line), 0);
  if (counted !== BIG_ROWS) throw new Error(`${counted} rows of ${BIG_ROWS}`);
  return [`  ${BIG_ROWS} rows by ${PART_ROWS} ${(BIG_ROWS / (ms / 1000)).toFixed(0).padStart(8)} rows/s split, given to run() and merged, in ${job.properties.progress?.miniBatches} mini-batches`];
}

/** The most that the service's process has held, each time in a new one. */
async function memory(folder: string): Promise<string[]> {
  const lines: string[] = [];
  for (const count of [10_000, 100_000]) {
    parts("files", join(folder, String(count)), String(count));
    const service = await Bench.start(join(folder, `of-${count}`));
    await service.run("empty", join(folder, String(count)), { miniBatchSize: 10 });
    lines.push(`  service, ${String(count).padStart(6)} files   ${service.peakMb().toFixed(0).padStart(8)} MB at most`);
    await service.close();
  }
  return lines;
}

const timed = (work: () => void): number => {
  const begun = performance.now();
  work();
  return performance.now() - begun;
};

const median = (all: readonly number[]): number => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0;

/** A service with the deployments of the bench. */
class Bench {
  readonly #child: ChildProcess;
  readonly #caller: Caller;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    // Often enough for jobs of ten seconds, and not so often that looking takes from what is measured.
    this.#caller = new Caller(`http://127.0.0.1:${port}`, {}, 100);
  }

  static async start(folder: string): Promise<Bench> {
    execFileSync("mkdir", ["-p", join(folder, "scripts")]);
    for (const [name, text] of Object.entries(SCRIPTS)) writeFileSync(join(folder, "scripts", name), text);
    const service = join(folder, "service.json");
    const deployments = {
      wine: deployment("score.py", here("../batch/fixtures/wine"), join(folder, "wine/model")),
      empty: deployment("empty.py", join(folder, "scripts")),
      rows: deployment("count.py", join(folder, "scripts"), undefined, { partitionRows: PART_ROWS }),
    };
    writeFileSync(service, JSON.stringify({ endpoint: "bench", deployments }));
    const main = here("../../dist/scoring/batch/main.js");
    const child = fork(main, batchServeArguments({ service, jobs: join(folder, "jobs"), port: 0 }), { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    const port = await new Promise<number>((resolve) => child.on("message", (message: FrontMessage) => message.type === "listening" && resolve(message.port)));
    return new Bench(child, port);
  }

  async run(deploymentName: string, input: string, own: object = {}): Promise<{ job: Job; ms: number; output: string }> {
    await setImmediate(); // making an input may have taken so long that the service has closed what was kept open
    const begun = performance.now();
    const body = { properties: { InputData: { x: { JobInputType: "UriFolder", Uri: pathToFileURL(input).href } }, ...own } };
    const job = await this.#caller.run(body, { "azureml-model-deployment": deploymentName });
    if (job.properties.status !== "Completed") throw new Error(job.properties.error?.message);
    return { job, ms: performance.now() - begun, output: fileURLToPath(job.properties.output.uri) };
  }

  peakMb(): number {
    return Number(/^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${this.#child.pid}/status`, "utf8"))?.[1]) / 1024;
  }

  async close(): Promise<void> {
    const gone = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    await gone;
  }
}

const deployment = (entryScript: string, appRoot: string, modelDir?: string, own: Partial<BatchSettings> = {}): BatchModelDeployment => {
  const settings: BatchSettings = {
    miniBatchSize: PER_BATCH,
    maxConcurrencyPerInstance: WORKERS,
    instanceCount: 1,
    outputAction: "append_row",
    outputFileName: "predictions.csv",
    errorThreshold: 0,
    retrySettings: { maxRetries: 0, timeout: 300 },
    loggingLevel: "info",
    ...own,
  };
  return { kind: "model", driver: { entryScript, appRoot, python, environmentVariables: {}, ...(modelDir === undefined ? {} : { modelDir }) }, settings };
};
