/** An invocation service in a process of its own, as `dev` starts one, and a caller of its contract. */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { onTestFinished } from "vitest";
import { batchServeArguments, type BatchDeploymentFile, type BatchDriver, type BatchServiceFile, type BatchSettings } from "../../lib/scoring/contract/batch.ts";
import type { FrontMessage } from "../../lib/scoring/contract.ts";
import { BATCH_SERVICE } from "../built.ts";
import { python } from "../python.ts";
import { Caller } from "./caller.ts";

export const fixtures = fileURLToPath(new URL("fixtures/", import.meta.url));

/** Settings of a deployment: those of the schema, quicker to give up. */
export const settings = (own: Partial<BatchSettings> = {}): BatchSettings => ({
  miniBatchSize: 10,
  maxConcurrencyPerInstance: 2,
  instanceCount: 1,
  outputAction: "append_row",
  outputFileName: "predictions.csv",
  errorThreshold: -1,
  retrySettings: { maxRetries: 1, timeout: 30 },
  loggingLevel: "info",
  ...own,
});

/** A deployment of a script of the fixtures. */
export const scripted = (entryScript: string, own: Partial<BatchSettings> = {}, driver: Partial<BatchDriver> = {}): BatchDeploymentFile => ({
  kind: "model",
  driver: { entryScript, appRoot: fixtures, python, environmentVariables: {}, ...driver },
  settings: settings(own),
});

/** A folder that goes with the test. */
export const scratch = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "batch-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

/** A folder with these files. */
export const folderOf = (files: Readonly<Record<string, string>>): string => {
  const folder = scratch();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
};

/** So many files, `000.txt` and on, each with a line that says its number. */
export const numbered = (count: number): string => folderOf(Object.fromEntries(Array.from({ length: count }, (_, n) => [`${String(n).padStart(3, "0")}.txt`, `${n}\n`])));

/** What stands in a job's output. */
export const readIn = (folder: string, name = "predictions.csv"): string => readFileSync(join(folder, name), "utf8");

/** Lines of its `errors.jsonl`. */
export const errorsIn = (folder: string): { readonly file: string | null; readonly row: number | null; readonly error: string }[] =>
  readIn(folder, "errors.jsonl").split("\n").filter((line) => line !== "").map((line) => JSON.parse(line) as { file: string | null; row: number | null; error: string });

export const uri = (path: string): string => pathToFileURL(path).href;

/** The body of an invocation over a folder. */
export const over = (input: string, output?: string, more: object = {}): object => ({
  properties: {
    InputData: { data: { JobInputType: "UriFolder", Uri: uri(input) } },
    ...(output === undefined ? {} : { OutputData: { score: { JobOutputType: "UriFolder", Uri: uri(output) } } }),
    ...more,
  },
});

/** A service that can be killed and started again over the same jobs. */
export class Service extends Caller {
  readonly child: ChildProcess;
  readonly url: string;
  readonly jobs: string;
  #log: string[];

  private constructor(child: ChildProcess, port: number, jobs: string, log: string[]) {
    const url = `http://127.0.0.1:${port}/endpoints/it`;
    super(url);
    this.url = url;
    this.child = child;
    this.jobs = jobs;
    this.#log = log;
  }

  static async start(deployments: BatchServiceFile["deployments"], jobs = scratch(), own: Partial<BatchServiceFile> = {}, more: { keys?: string } = {}): Promise<Service> {
    const service = join(jobs, "service.json");
    writeFileSync(service, JSON.stringify({ endpoint: "it", defaultDeployment: Object.keys(deployments)[0], deployments, ...own }));
    const child = fork(BATCH_SERVICE, batchServeArguments({ service, jobs: join(jobs, "jobs"), port: 0, pathPrefix: "/endpoints/it", ...more }), { stdio: ["ignore", "pipe", "pipe", "ipc"], execArgv: [] });
    const log: string[] = [];
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (text: Buffer) => log.push(text.toString()));
    onTestFinished(() => void child.kill("SIGKILL"));
    const port = await new Promise<number>((resolve, reject) => {
      child.once("exit", (code) => reject(new Error(`the service exited with ${code}:\n${log.join("")}`)));
      child.on("message", (message: FrontMessage) => message.type === "listening" && resolve(message.port));
    });
    return new Service(child, port, jobs, log);
  }

  get log(): string {
    return this.#log.join("");
  }

  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, "exit");
    this.child.kill(signal);
    await gone;
  }
}
