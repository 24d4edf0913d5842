/** What becomes of mini-batches: results, failures, deaths. */
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { errorsIn, folderOf, numbered, over, readIn, scratch, scripted, Service, settings, uri } from "./service.ts";

test("append_row: one line a result, in the order of the files, byte-identical for one worker and four", async () => {
  const input = numbered(53);
  const service = await Service.start({ one: scripted("lines.py", { maxConcurrencyPerInstance: 1, miniBatchSize: 3 }), four: scripted("lines.py", { instanceCount: 2, miniBatchSize: 3 }) });
  const [one, four] = [scratch(), scratch()];
  const job = await service.run(over(input, one));
  expect(job.properties).toMatchObject({ status: "Completed", deployment: "one", progress: { miniBatches: 18, files: 53, done: 18, results: 53, failedFiles: 0 } });
  await service.run(over(input, four), { "azureml-model-deployment": "four" });
  expect(readIn(one)).toBe(Array.from({ length: 53 }, (_, n) => `${String(n).padStart(3, "0")}.txt ${n}\n`).join(""));
  expect(readIn(four)).toBe(readIn(one));
  expect(readdirSync(one).toSorted()).toEqual(["errors.jsonl", "logs", "predictions.csv", "summary.json"]);
  expect(readIn(one, "logs/user/stdout/127.0.0.1/process000.stdout.txt")).toContain("init of lines.py");
  expect(readIn(one, "logs/job_progress_overview.txt")).toContain("18 of 18 mini-batches");
  const [first = "", ...tries] = readIn(one, "logs/sys/node/127.0.0.1/process000.txt").trimEnd().split("\n");
  expect([/^[-\dT:.]+Z process \d+: mini-batch 0, try 1, \d+\.\d{3} s: 3 results, 0 failed files$/.test(first), tries.length]).toEqual([true, 17]);
  expect(readIn(one, "logs/perf/127.0.0.1/node_resource_usage.csv")).toMatch(/^time,machine_cpu_percent,memory_used_bytes,memory_total_bytes\n[-\dT:.]+Z,\d+\.\d,\d{6,},\d{6,}\n$/);
  expect(readIn(one, "logs/perf/127.0.0.1/processes_resource_usage.csv")).toMatch(/^time,process,pid,cpu_seconds,memory_rss_bytes\n[-\dT:.]+Z,process000,\d+,\d+\.\d\d,\d{6,}\n$/);
  expect(["process000.txt", "process001.txt", "process002.txt", "process003.txt"].flatMap((name) => readIn(four, `logs/sys/node/127.0.0.1/${name}`).trimEnd().split("\n")).filter((line) => line.includes(" results, "))).toHaveLength(18);
});

describe("a mini-batch that fails each time costs its files, and the rest goes on", () => {
  test.each([
    ["raise", "ValueError: cannot read 004.txt"],
    ["exit", "the process that ran it exited with 7"],
    ["leave", "the process that ran it exited with 0"],
    ["killed", "the process that ran it was ended by SIGKILL"],
    ["hang", "run() took longer than 1 s"],
  ])("%s", async (said, error) => {
    const input = folderOf(Object.fromEntries(Array.from({ length: 8 }, (_, n) => [`00${n}.txt`, n === 4 ? said : String(n)])));
    const output = scratch();
    const service = await Service.start({ it: scripted("lines.py", { miniBatchSize: 2, retrySettings: { maxRetries: 1, timeout: said === "hang" ? 1 : 30 } }) });
    const job = await service.run(over(input, output));
    expect(job.properties).toMatchObject({ status: "Completed", progress: { done: 3, failedMiniBatches: 1, failedFiles: 2, results: 6 } });
    expect(readIn(output)).toBe([0, 1, 2, 3, 6, 7].map((n) => `00${n}.txt ${n}\n`).join(""));
    expect(errorsIn(output)).toEqual([{ file: "004.txt", row: null, miniBatch: 2, error }, { file: "005.txt", row: null, miniBatch: 2, error }]);
    expect(readIn(output, "logs/sys/master_role.txt").match(/mini-batch 2, try \d/g)).toEqual(["mini-batch 2, try 1", "mini-batch 2, try 2"]);
    const processes = readdirSync(join(output, "logs/sys/node/127.0.0.1")).map((name) => readIn(output, `logs/sys/node/127.0.0.1/${name}`)).join("");
    expect([1, 2].every((n) => new RegExp(`mini-batch 2, try ${n}, [\\d.]+ s: `).test(processes) && processes.includes(error))).toBe(true);
    if (said === "raise") expect(readIn(output, "logs/user/error.txt")).toContain(error);
    if (said === "hang") expect(readIn(output, "logs/user/stderr/127.0.0.1/process000.stderr.txt") + readIn(output, "logs/user/stderr/127.0.0.1/process001.stderr.txt")).toContain("lines.py");
  });
});

describe("the error threshold, with 7 bad files of 20", () => {
  const input = (): string => folderOf(Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`${String(n).padStart(2, "0")}.txt`, n % 3 === 0 ? "raise" : String(n)])));
  test.each([
    [-1, "Completed", undefined],
    [0, "Failed", "the error threshold of 0 failed files was exceeded: 1 have failed"],
    [5, "Failed", "the error threshold of 5 failed files was exceeded: 6 have failed"],
    [7, "Completed", undefined],
  ])("%i", async (errorThreshold, status, message) => {
    const output = scratch();
    const service = await Service.start({ it: scripted("lines.py", { miniBatchSize: 1, maxConcurrencyPerInstance: 1, errorThreshold, retrySettings: { maxRetries: 0, timeout: 30 } }) });
    const { properties } = await service.run(over(input(), output));
    expect([properties.status, properties.error?.message]).toEqual([status, message]);
    expect(readdirSync(output).includes("predictions.csv")).toBe(status === "Completed");
    if (status === "Completed") expect([properties.progress?.failedFiles, errorsIn(output).length]).toEqual([7, 7]);
  });

  test("-1 fails when no mini-batch gave anything", async () => {
    const service = await Service.start({ it: scripted("lines.py", { retrySettings: { maxRetries: 0, timeout: 30 } }) });
    const { properties } = await service.run(over(folderOf({ "a.txt": "raise", "b.txt": "raise" }), scratch()));
    expect(properties.status).toBe("Failed");
    expect(properties.error?.message).toMatch(/^No succeeded mini batch item returned from run\(\)/);
  });
});

test("a list shorter than its files counts against the threshold, a frame never does", async () => {
  const service = await Service.start({ list: scripted("lines.py", { miniBatchSize: 2, errorThreshold: 0 }), frame: scripted("frames.py", { miniBatchSize: 2, errorThreshold: 0 }) });
  const list = await service.run(over(folderOf({ "a.txt": "1", "b.txt": "skip", "c.txt": "3" }), scratch()));
  expect(list.properties.error?.message).toBe("the error threshold of 0 failed files was exceeded: 1 have failed");
  const output = scratch();
  const rows = folderOf({ "a.csv": "id,amount\n007,5\nb c,0\n", "b.csv": "id,amount\n2,0\n", "c.csv": "id,amount\n3,0\n" });
  const frame = await service.run(over(rows, output), { "azureml-model-deployment": "frame" });
  expect(frame.properties).toMatchObject({ status: "Completed", progress: { results: 1, failedFiles: 0 } });
  expect(readIn(output)).toBe("007 5 a.csv\n");
});

test("a short list names its mini-batch in errors.jsonl", async () => {
  const output = scratch();
  const service = await Service.start({ it: scripted("lines.py", { miniBatchSize: 2 }) });
  await service.run(over(folderOf({ "a.txt": "1", "b.txt": "skip", "c.txt": "3" }), output));
  expect(errorsIn(output)).toEqual([{ file: null, row: null, files: ["a.txt", "b.txt"], miniBatch: 0, error: "run() returned 1 results for 2 files: 1 failed" }]);
});

test("summary_only: the script's own files, a summary, and no merged one", async () => {
  const output = scratch();
  const service = await Service.start({ it: scripted("own_files.py", { outputAction: "summary_only", miniBatchSize: 2 }) });
  const job = await service.run(over(numbered(5), output));
  expect(job.properties).toMatchObject({ status: "Completed", progress: { results: 5 } });
  expect(readdirSync(output).toSorted()).toEqual(["000.txt.out", "001.txt.out", "002.txt.out", "003.txt.out", "004.txt.out", "errors.jsonl", "logs", "summary.json"]);
  expect(JSON.parse(readIn(output, "summary.json"))).toEqual({ job: job.name, files: 5, miniBatches: 3, failedMiniBatches: 0, results: 5, failedFiles: 0 });
  expect(readIn(output, "logs/user/entry_script_log/127.0.0.1/process000.log.txt")).toContain("EntryScript - own files begin");
});

test("arguments and the older module as Azure has them; what is no list is said to be none", async () => {
  const output = scratch();
  const service = await Service.start({ it: scripted("older.py", { loggingLevel: "debug", retrySettings: { maxRetries: 0, timeout: 30 } }) });
  const { properties } = await service.run(over(numbered(1), output));
  expect(readIn(output, "logs/user/entry_script_log/127.0.0.1/process000.log.txt")).toContain("level DEBUG");
  expect(properties.status).toBe("Failed");
  expect(errorsIn(output)[0]?.error).toBe("ResultError: run() returned a value of type generator; expected a list, an array or a DataFrame");
});

test("init() that raises, and a script that is not there, end the job with their own words", async () => {
  const service = await Service.start({ raises: scripted("bad_init.py"), missing: scripted("nowhere.py") });
  const raises = await service.run(over(numbered(1), scratch()));
  expect(raises.properties.error?.message).toMatch(/^the script cannot be run: .*bad_init\.py: RuntimeError: no model today$/);
  const missing = await service.run(over(numbered(1), scratch()), { "azureml-model-deployment": "missing" });
  expect(missing.properties.error?.message).toMatch(/nowhere\.py: FileNotFoundError/);
});

test("a full disk ends the job at once, with that reason", async () => {
  const output = scratch();
  const service = await Service.start({ it: scripted("lines.py", { miniBatchSize: 1, retrySettings: { maxRetries: 9, timeout: 30 } }) });
  const { properties } = await service.run(over(folderOf({ "a.txt": "1", "b.txt": "full" }), output));
  expect([properties.status, properties.error?.message]).toEqual(["Failed", "OSError: [Errno 28] No space left on device"]);
  expect(readdirSync(output)).not.toContain("predictions.csv");
  const processes = readdirSync(join(output, "logs/sys/node/127.0.0.1")).map((name) => readIn(output, `logs/sys/node/127.0.0.1/${name}`)).join("");
  expect(processes).toMatch(/mini-batch 1, try 1, [\d.]+ s: OSError: \[Errno 28\]/);
});

test("partitionRows splits a CSV file at its records: quotes, line feeds within them, no line feed at the end", async () => {
  const rows = Array.from({ length: 25 }, (_, n) => `${n},${n % 7 === 0 ? '"a ""quoted""\nline, and more"' : `plain ${n}`}`);
  const input = folderOf({ "big.csv": `n,text\r\n${rows.join("\r\n")}`, "empty.csv": "n,text\n" });
  const [whole, split] = [scratch(), scratch()];
  const service = await Service.start({ whole: scripted("rows.py", { maxConcurrencyPerInstance: 1 }), split: scripted("rows.py", { partitionRows: 4 }) });
  await service.run(over(input, whole));
  const job = await service.run(over(input, split), { "azureml-model-deployment": "split" });
  expect(job.properties.progress).toMatchObject({ miniBatches: 8, failedMiniBatches: 0 });
  expect(readIn(split).split("\n").length).toBe(26);
  expect(readIn(split)).toBe(readIn(whole));
});

test("a slice that fails is named by its rows", async () => {
  const output = scratch();
  const service = await Service.start({ it: scripted("frames.py", { partitionRows: 2, retrySettings: { maxRetries: 0, timeout: 30 } }) });
  await service.run(over(folderOf({ "a.csv": "id,amount\n0,1\n1,1\n2,1\n3,many\n4,1\n" }), output));
  expect(errorsIn(output)).toEqual([{ file: "a.csv", row: 2, rows: 2, miniBatch: 1, error: expect.stringContaining("invalid literal for int()") }]);
  expect(readIn(output)).toBe("0 1 a.rows-0-1.csv\n1 1 a.rows-0-1.csv\n4 1 a.rows-4-4.csv\n");
});

test("parts of a Parquet file are for Python", async () => {
  const service = await Service.start({ it: scripted("lines.ts", { partitionRows: 2 }) });
  const job = await service.run(over(folderOf({ "a.parquet": "PAR1" })));
  expect(job.properties.error?.message).toMatch(/^partitionRows splits Parquet files for Python, which cuts them; got .*\/a\.parquet$/);
});

test("a score.ts: lists, objects as JSON, and deaths that cost their own mini-batch", async () => {
  const output = scratch();
  const input = folderOf({ "a.txt": "1", "b.txt": "object", "c.txt": "exit", "d.txt": "raise", "e.txt": "skip", "f.txt": "spin", "g.txt": "7" });
  const service = await Service.start({ it: scripted("lines.ts", { miniBatchSize: 1, retrySettings: { maxRetries: 0, timeout: 2 } }) });
  const job = await service.run(over(input, output));
  expect(job.properties).toMatchObject({ status: "Completed", progress: { results: 3, failedFiles: 4 } });
  expect(readIn(output)).toBe('a.txt 1\n{"file":"b.txt","ready":true}\ng.txt 7\n');
  expect(errorsIn(output).map(({ error, file }) => `${file}: ${error}`)).toEqual([
    "c.txt: the process that ran it exited with 7",
    "d.txt: Error: cannot read it",
    "e.txt: run() returned 0 results for 1 files: 1 failed",
    "f.txt: run() took longer than 2 s",
  ]);
});

test("an ONNX model over CSV files: rows by number and file, and the row that is none by its own", async () => {
  const modelDir = join(import.meta.dirname, "../scoring/fixtures/onnx/iris");
  const header = "a,b,c,d\n";
  const input = folderOf({ "good.csv": `${header}5.1,3.5,1.4,0.2\n6.7,3.0,5.2,2.3\n`, "bad.csv": `${header}5.1,3.5,1.4,0.2\n6.7,oh,5.2,2.3\n`, "text.txt": "?" });
  const output = scratch();
  const service = await Service.start({ it: { kind: "model", driver: { modelDir, environmentVariables: {} }, settings: settings() } });
  const job = await service.run(over(input, output));
  expect(job.properties).toMatchObject({ status: "Completed", progress: { results: 2, failedFiles: 2 } });
  expect(readIn(output).split("\n").map((line) => line.split(",").filter((_, at, all) => at < 2 || at === all.length - 1))).toEqual([["0", "0", "good.csv"], ["1", "2", "good.csv"], [""]]);
  expect(errorsIn(output)).toEqual([
    { file: "bad.csv", row: 1, error: '"oh" is no number' },
    { file: "text.txt", row: null, error: "an ONNX model reads CSV files; got text.txt" },
  ]);
});

test("one file as input and one as output", async () => {
  const folder = scratch();
  const file = join(numbered(3), "001.txt");
  writeFileSync(join(folder, "other.txt"), "stays");
  const service = await Service.start({ it: scripted("lines.py") });
  const job = await service.run({
    properties: { InputData: { x: { JobInputType: "UriFile", Uri: uri(file) } }, OutputData: { score: { JobOutputType: "UriFile", Uri: uri(join(folder, "one.csv")) } } },
  });
  expect(job.properties.status).toBe("Completed");
  expect(readIn(folder, "one.csv")).toBe("001.txt 1\n");
  expect(readdirSync(folder).toSorted()).toEqual(["one.csv", "one.csv.errors.jsonl", "one.csv.logs", "one.csv.summary.json", "other.txt"]);
});
