/** Services and jobs that are killed, stopped, and go on. */
import { readFileSync, writeFileSync, existsSync, readdirSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { errorsIn, folderOf, numbered, over, readIn, scratch, scripted, Service, settings, uri } from "./service.ts";
import { python } from "../python.ts";

const lines = (count: number): string => Array.from({ length: count }, (_, n) => `${String(n).padStart(3, "0")}.txt ${n}\n`).join("");
const tries = (output: string): number[] =>
  readIn(output, ".predictions.csv.job/journal.jsonl").split("\n").flatMap((line) => (line.includes('"t":"try"') ? [(JSON.parse(line) as { n: number }).n] : []));

/** Waits at a gate: a mini-batch says that it has come, and goes on when the gate opens. */
const gated = `
import os, time
def init():
    pass
def run(mini_batch):
    gate = os.environ["GATE"]
    for path in mini_batch:
        name = os.path.basename(path)
        open(os.path.join(gate, name + "." + str(os.getpid())), "w").close()
        while int(name[:3]) >= 5 and not os.path.exists(os.path.join(gate, "open")):
            time.sleep(0.01)
    return [f"{os.path.basename(path)} {open(path).read().strip()}" for path in mini_batch]
`;

test.each(["SIGKILL", "SIGTERM"] as const)("a service that ends by %s goes on with its jobs, and every row is there once", async (signal) => {
  const [gate, output, jobs, code] = [scratch(), scratch(), scratch(), folderOf({ "gated.py": gated })];
  const deployment = { it: { kind: "model" as const, driver: { entryScript: "gated.py", appRoot: code, python, environmentVariables: { GATE: gate } }, settings: settings({ miniBatchSize: 1 }) } };
  const first = await Service.start(deployment, jobs);
  const id = await first.start(over(numbered(12), output));
  await first.until(id, ({ properties }) => properties.progress?.done === 5);
  await first.kill(signal);
  const before = tries(output);
  writeFileSync(join(gate, "open"), "");
  const second = await Service.start(deployment, jobs);
  const job = await second.ended(id);
  expect(job.properties).toMatchObject({ status: "Completed", progress: { done: 12, results: 12, failedMiniBatches: 0 } });
  expect(readIn(output)).toBe(lines(12));
  // What was done before ran once; what ran when it ended ran again.
  const runs = readdirSync(gate).map((name) => name.slice(0, 7));
  for (const n of [0, 1, 2, 3, 4]) expect(runs.filter((name) => name === `00${n}.txt`).length).toBe(1);
  expect(before.length).toBeLessThanOrEqual(7);
});

test("a job that was cancelled half-way is resumed, and no finished mini-batch runs again", async () => {
  const [gate, output, code] = [scratch(), scratch(), folderOf({ "gated.py": gated })];
  const service = await Service.start({ it: { kind: "model", driver: { entryScript: "gated.py", appRoot: code, python, environmentVariables: { GATE: gate } }, settings: settings({ miniBatchSize: 1 }) } });
  const id = await service.start(over(numbered(10), output));
  await service.until(id, ({ properties }) => properties.progress?.done === 5);
  await service.send("POST", `/jobs/${id}/cancel`);
  expect((await service.ended(id)).properties.status).toBe("Canceled");
  expect(existsSync(join(output, "predictions.csv"))).toBe(false);
  writeFileSync(join(gate, "open"), "");
  expect((await service.send("POST", `/jobs/${id}/resume`)).status).toBe(202);
  const job = await service.ended(id);
  expect(job.properties).toMatchObject({ status: "Completed", progress: { done: 10 } });
  expect(readIn(output)).toBe(lines(10));
  expect(readdirSync(gate).filter((name) => /^00[0-4]/.test(name)).length).toBe(5);
});

test("a job that was done but for saying so is not done again", async () => {
  const [jobs, output] = [scratch(), scratch()];
  const deployment = { it: scripted("lines.py") };
  const first = await Service.start(deployment, jobs);
  const { name } = await first.run(over(numbered(3), output));
  await first.kill();
  const record = join(jobs, "jobs", name, "record.json");
  const { endedAt: _, ...rest } = JSON.parse(readFileSync(record, "utf8")) as Record<string, unknown>;
  writeFileSync(record, JSON.stringify({ ...rest, status: "Finalizing" }));
  writeFileSync(join(jobs, "jobs/.open", name), "");
  const second = await Service.start(deployment, jobs);
  expect((await second.ended(name)).properties.status).toBe("Completed");
  expect(readIn(output, "logs/sys/master_role.txt").match(/mini-batches;/g)?.length).toBe(1);
});

test("results that were cut off, and a journal that was, count as nothing", async () => {
  const [jobs, output, input] = [scratch(), scratch(), numbered(4)];
  const deployment = { it: scripted("lines.py", { miniBatchSize: 1, errorThreshold: 0, retrySettings: { maxRetries: 0, timeout: 30 } }) };
  writeFileSync(join(input, "003.txt"), "raise");
  const service = await Service.start(deployment, jobs);
  const { name } = await service.run({ properties: { ...(over(input, output) as { properties: object }).properties, maxConcurrencyPerInstance: 1 } });
  await service.kill();
  const work = join(output, ".predictions.csv.job");
  writeFileSync(join(work, "parts/1"), "001.tx");
  writeFileSync(join(work, "parts/2.next"), "half");
  writeFileSync(join(work, "journal.jsonl"), `${readFileSync(join(work, "journal.jsonl"), "utf8")}{"t":"done","n":3,"by`);
  writeFileSync(join(input, "003.txt"), "3");
  const second = await Service.start(deployment, jobs);
  await second.send("POST", `/jobs/${name}/resume`);
  const job = await second.ended(name);
  expect(job.properties).toMatchObject({ status: "Completed", progress: { done: 4, failedFiles: 0 } });
  expect(readIn(output)).toBe(lines(4));
});

test("two services over one folder: a job is run by one of them, and by the other when that is gone", async () => {
  const [gate, output, jobs, code] = [scratch(), scratch(), scratch(), folderOf({ "gated.py": gated })];
  mkdirSync(join(jobs, "jobs"), { recursive: true });
  const deployment = { it: { kind: "model" as const, driver: { entryScript: "gated.py", appRoot: code, python, environmentVariables: { GATE: gate } }, settings: settings({ miniBatchSize: 1, maxConcurrencyPerInstance: 1 }) } };
  const first = await Service.start(deployment, jobs);
  const id = await first.start(over(numbered(7), output));
  await first.until(id, ({ properties }) => properties.progress?.done === 5);
  const second = await Service.start(deployment, jobs);
  expect((await second.get(id)).properties.status).toBe("Running");
  expect(second.log).not.toContain("goes on");
  await first.kill("SIGTERM");
  writeFileSync(join(gate, "open"), "");
  expect((await second.ended(id)).properties.status).toBe("Completed");
  expect(readIn(output)).toBe(lines(7));
});

test("resumed, what was done but for some of its files runs again, and nothing of what failed before is told", async () => {
  const [output, input] = [scratch(), folderOf({ "a.txt": "1", "b.txt": "skip", "c.txt": "3", "d.txt": "raise" })];
  const service = await Service.start({ it: scripted("lines.py", { miniBatchSize: 2, maxConcurrencyPerInstance: 1, errorThreshold: 2, retrySettings: { maxRetries: 0, timeout: 30 } }) });
  const { name, properties } = await service.run(over(input, output));
  expect(properties.error?.message).toBe("the error threshold of 2 failed files was exceeded: 3 have failed");
  writeFileSync(join(input, "b.txt"), "2");
  writeFileSync(join(input, "d.txt"), "4");
  expect((await service.send("POST", `/jobs/${name}/resume`)).status).toBe(202);
  expect((await service.ended(name)).properties).toMatchObject({ status: "Completed", progress: { done: 2, results: 4, failedFiles: 0 } });
  expect([readIn(output), errorsIn(output)]).toEqual(["a.txt 1\nb.txt 2\nc.txt 3\nd.txt 4\n", []]);
});

test("a part that nobody has written down is none, when its mini-batch fails for good", async () => {
  const [jobs, output, input] = [scratch(), scratch(), folderOf({ "a.txt": "1", "b.txt": "raise" })];
  const deployment = { it: scripted("lines.py", { miniBatchSize: 1, errorThreshold: 0, retrySettings: { maxRetries: 0, timeout: 30 } }) };
  const service = await Service.start(deployment, jobs);
  const { name } = await service.run(over(input, output));
  writeFileSync(join(output, ".predictions.csv.job/parts/1"), "b.txt half\n");
  await service.kill();
  const second = await Service.start({ it: { ...deployment.it, settings: settings({ errorThreshold: -1 }) } as typeof deployment.it }, jobs);
  const record = join(jobs, "jobs", name, "record.json");
  const kept = JSON.parse(readFileSync(record, "utf8")) as { settings: object };
  writeFileSync(record, JSON.stringify({ ...kept, settings: { ...kept.settings, errorThreshold: -1 } }));
  await second.send("POST", `/jobs/${name}/resume`);
  expect((await second.ended(name)).properties).toMatchObject({ status: "Completed", progress: { failedFiles: 1 } });
  expect(readIn(output)).toBe("a.txt 1\n");
});

test("the folder that a claim makes first is in nobody's way", async () => {
  const output = scratch();
  mkdirSync(join(output, ".predictions.csv.job.0b5e"));
  const service = await Service.start({ it: scripted("lines.py") });
  expect((await service.run(over(numbered(2), output))).properties.status).toBe("Completed");
});

test("a file that is there already is no output of a job", async () => {
  const folder = scratch();
  writeFileSync(join(folder, "mine.csv"), "kept");
  const service = await Service.start({ it: scripted("lines.py") });
  const body = { properties: { ...(over(numbered(2)) as { properties: object }).properties, OutputData: { score: { JobOutputType: "UriFile", Uri: uri(join(folder, "mine.csv")) } } } };
  const { body: answer, status } = await service.send<{ error: { message: string } }>("POST", "/jobs", body);
  expect([status, answer.error.message]).toEqual([409, `the output ${join(folder, "mine.csv")} exists already: choose another output, or remove it`]);
  expect([readFileSync(join(folder, "mine.csv"), "utf8"), readdirSync(folder)]).toEqual(["kept", ["mine.csv"]]);
});

test("a job whose process has the number of another by now is nobody's", async () => {
  const [gate, output, jobs, code] = [scratch(), scratch(), scratch(), folderOf({ "gated.py": gated })];
  const deployment = { it: { kind: "model" as const, driver: { entryScript: "gated.py", appRoot: code, python, environmentVariables: { GATE: gate } }, settings: settings({ miniBatchSize: 1 }) } };
  const first = await Service.start(deployment, jobs);
  const id = await first.start(over(numbered(7), output));
  await first.until(id, ({ properties }) => properties.progress?.done === 5);
  await first.kill();
  writeFileSync(join(jobs, "jobs", id, "owner"), `${process.pid} of another start of this machine`);
  writeFileSync(join(gate, "open"), "");
  const second = await Service.start(deployment, jobs);
  expect((await second.ended(id)).properties.status).toBe("Completed");
});
