/** `invoke` on a batch endpoint, as a user calls it. */
import { spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { batchBody } from "../../lib/cli/batch-body.ts";
import { progressLine } from "../../lib/cli/batch-progress.ts";
import { folderOf, numbered, readIn, scratch, scripted, Service } from "../batch/service.ts";
import { CLI } from "../built.ts";

/** Each test starts several processes, on a busy machine slowly. */
vi.setConfig({ testTimeout: 120_000 });

const KEY = "key-of-a-test";

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the command; `heard` may act on what it says meanwhile. */
const invoke = (service: Service, args: readonly string[], heard: (err: string, kill: (signal: NodeJS.Signals) => void) => void = () => {}): Promise<Ran> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [CLI, "invoke", "it", "--url", `${service.url}/jobs`, ...args], { env: { ...process.env, INFERENCE_ENDPOINTS_KEY: KEY }, stdio: ["ignore", "pipe", "pipe"] });
    let [out, err] = ["", ""];
    child.stdout.on("data", (text: Buffer) => (out += text));
    child.stderr.on("data", (text: Buffer) => {
      err += text;
      heard(err, (signal) => child.kill(signal));
    });
    child.once("close", (code) => resolve({ code, out, err }));
  });

const started = async (): Promise<Service> => {
  const folder = scratch();
  const keys = join(folder, "keys.json");
  writeFileSync(keys, JSON.stringify({ primaryKey: KEY }));
  return Service.start({ it: scripted("lines.py", { miniBatchSize: 1, retrySettings: { maxRetries: 0, timeout: 90 } }), strict: scripted("lines.py", { errorThreshold: 0, retrySettings: { maxRetries: 0, timeout: 90 } }) }, folder, {}, { keys });
};

test("a job is started, watched in plain lines, and its output is the one line of standard output", async () => {
  const service = await started();
  const output = join(scratch(), "out");
  const dry = await invoke(service, ["--input", numbered(3), "--dry-run"]);
  expect([dry.code, JSON.parse(dry.out)]).toEqual([0, { deployment: "it", files: 3, miniBatches: 3, workers: 2 }]);
  expect(existsSync(output)).toBe(false);
  const ran = await invoke(service, ["--input", numbered(12), "--output", output]);
  expect([ran.code, ran.out]).toEqual([0, `${output}\n`]);
  expect(ran.err).toMatch(/ is Completed\n$/);
  expect(ran.err).not.toContain("\u001b");
  expect(readIn(output).split("\n").length).toBe(13);
  const again = await invoke(service, ["--input", numbered(1), "--output", output]);
  expect([again.code, again.err]).toEqual([1, expect.stringMatching(/^409 Conflict: the output folder .* exists and is not empty/)]);
});

test("a job that failed says why, how to go on, and exits with 1", async () => {
  const service = await started();
  const input = folderOf({ "a.txt": "1", "b.txt": "raise" });
  const failed = await invoke(service, ["--input", input, "--deployment", "strict"]);
  expect(failed.code).toBe(1);
  const [, id] = /is Failed: the error threshold of 0 failed files was exceeded.*\nto go on with what is not finished: npx inference-endpoints invoke it --resume (\S+)\n$/.exec(failed.err) ?? [];
  writeFileSync(join(input, "b.txt"), "2");
  const resumed = await invoke(service, ["--resume", id ?? ""]);
  expect([resumed.code, readIn(resumed.out.trim())]).toEqual([0, "a.txt 1\nb.txt 2\n"]);
  const listed = await invoke(service, ["--jobs"]);
  expect(listed.out).toBe(`${id}  Completed  strict\n`);
});

test("started without watching, watched later, left by Ctrl-C, and cancelled", async () => {
  const service = await started();
  const { out } = await invoke(service, ["--input", folderOf({ "a.txt": "sleep 60" }), "--no-wait", "--idempotency-key", "one"]);
  const id = out.trim();
  let interrupts = 0;
  const left = await invoke(service, ["--job", id], (err, kill) => {
    if (err.includes("is Running") && interrupts++ === 0) kill("SIGINT");
  });
  expect([left.code, left.err]).toEqual([130, expect.stringContaining(`${id} goes on; to watch it again: npx inference-endpoints invoke it --job ${id}`)]);
  const cancelled = await invoke(service, ["--cancel", id]);
  expect([cancelled.code, cancelled.err]).toEqual([1, expect.stringContaining(`${id} is Canceled`)]);
});

test("what cannot be asked is said before anything is sent", async () => {
  const service = await started();
  expect((await invoke(service, ["--input", "nowhere"])).err).toBe("--input nowhere does not exist\n");
  expect((await invoke(service, [])).err).toBe("give the job's input with --input, or its whole body with --data or --request-file\n");
  expect((await invoke(service, ["--job", "a", "--cancel", "b"])).err).toBe("choose one of --job, --cancel, --resume and --jobs\n");
  expect((await invoke(service, ["--cancel", "a"])).err).toBe('404 Not Found: there is no job "a" at endpoint it\n');
});

test("bodies from flags", () => {
  const folder = folderOf({ "a.csv": "x" });
  const sent = (options: Parameters<typeof batchBody>[0], here = true): unknown => (JSON.parse(batchBody(options, here)) as { properties: unknown }).properties;
  expect(sent({ input: [folder], output: ["s3://b/out"], jobName: "night" })).toEqual({
    InputData: { data: { JobInputType: "UriFolder", Uri: `file://${folder}` } },
    OutputData: { score: { JobOutputType: "UriFolder", Uri: "s3://b/out" } },
    name: "night",
  });
  expect(sent({ input: [`raw=${folder}/a.csv`, "other=https://x/y.csv?sig=1"], literal: ["most=7", "word=7a", "on=true", "empty="], output: ["o=file:///x/o.csv"] })).toEqual({
    InputData: {
      raw: { JobInputType: "UriFile", Uri: `file://${folder}/a.csv` },
      other: { JobInputType: "UriFile", Uri: "https://x/y.csv?sig=1" },
      most: { JobInputType: "Literal", Value: 7 },
      word: { JobInputType: "Literal", Value: "7a" },
      on: { JobInputType: "Literal", Value: true },
      empty: { JobInputType: "Literal", Value: "" },
    },
    OutputData: { o: { JobOutputType: "UriFile", Uri: "file:///x/o.csv" } },
  });
  expect(() => sent({ input: [folder] }, false)).toThrow(/is a path of this machine, and nothing is uploaded/);
  expect(() => sent({ input: [folder, folder] })).toThrow('"data" is given twice: write name=address for each');
  expect(() => sent({ input: [folder], literal: ["x"] })).toThrow("--literal x: expected name=value");
});

test("a bar", () => {
  const progress = { miniBatches: 8, done: 3, failedMiniBatches: 1, results: 30, failedFiles: 1, files: 8 };
  expect(progressLine({ name: "x", properties: { status: "Running", progress } })).toBe("[############............] 4 of 8 mini-batches, 30 results, 1 failed file");
  expect(progressLine({ name: "x", properties: { status: "Running" } })).toBeUndefined();
});
