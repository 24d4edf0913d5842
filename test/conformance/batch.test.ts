/** Batch endpoints under `dev`, reached through the router as online ones are. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Caller } from "../batch/caller.ts";
import { folderOf, over, readIn, scratch, uri } from "../batch/service.ts";
import { python } from "../python.ts";
import { batchCases } from "./cases/batch.ts";
import { Dev } from "./dev.ts";
import { conformance } from "./suite.ts";

let dev: Dev;
let contracted: Dev;
let caller: Caller;
let base = "";
const baseOf = async (of: Dev): Promise<string> => (await of.url()).href.replace(/\/jobs$/, "");
const callerOf = async (of: Dev): Promise<Caller> => new Caller(await baseOf(of), { Authorization: `Bearer ${await of.key()}` });

beforeAll(async () => {
  dev = new Dev("test/conformance/batch-program");
  contracted = new Dev("test/conformance/batch-contract", ["--python", python]);
  base = await baseOf(dev);
  caller = await callerOf(dev);
  await Promise.all([dev.line(/words\/jobs is ready/), contracted.line(/archive\/jobs is ready/)]);
});
afterAll(() => Promise.all([dev, contracted].map((each) => each.close())));

const texts = (): string => folderOf({ "x.txt": "a b c", "y.txt": "d" });

test("jobs of the default deployment and of a named one, with its variables and its model", async () => {
  const [once, twice] = [scratch(), scratch()];
  expect((await caller.run(over(texts(), once))).properties).toMatchObject({ status: "Completed", deployment: "once" });
  expect((await caller.run(over(texts(), twice), { "azureml-model-deployment": "twice" })).properties).toMatchObject({ status: "Completed", deployment: "twice" });
  expect([readIn(once), readIn(twice)]).toEqual(["x.txt 30\ny.txt 10\n", "x.txt 60\ny.txt 20\n"]);
  expect((await new Caller(base).post(over(texts()))).status).toBe(401);
  expect((await caller.post(over(texts()), { "azureml-model-deployment": "nobody" })).status).toBe(404);
});

const pipeline = async (): Promise<string> => {
  const total = join(scratch(), "total.txt");
  const sent = { properties: { InputData: { texts: { JobInputType: "UriFolder", Uri: uri(texts()) } }, OutputData: { total: { JobOutputType: "UriFile", Uri: uri(total) } } } };
  const job = await caller.run(sent, { "azureml-model-deployment": "counted" });
  expect(job.properties).toMatchObject({ status: "Completed", outputs: { total: { uri: uri(total) } } });
  return readFileSync(total, "utf8");
};

describe("the contract", () => {
  const arena = async () => ({
    looks: "at once" as const,
    caller: await callerOf(contracted),
    stranger: new Caller(await baseOf(contracted), { Authorization: "Bearer wrong" }),
    input: (files: Readonly<Record<string, string>>) => Promise.resolve(uri(folderOf(files))),
    output: () => Promise.resolve(uri(join(scratch(), "out"))),
    read: (address: string, name: string) => Promise.resolve(existsSync(join(fileURLToPath(address), name)) ? readIn(fileURLToPath(address), name) : undefined),
    pipeline,
    workflow: () => Promise.reject(new Error("localhost has no Workflows")),
  });
  conformance("batch", "dev", arena, batchCases);
});

test("a service that is killed is started again, and knows its jobs", async () => {
  const { name } = await caller.run(over(texts()));
  const [pid] = dev.processes("scoring/batch/main");
  process.kill(pid ?? 0, "SIGKILL");
  await dev.line(/words\/jobs ended and is restarted/);
  const before = dev.lines.length;
  await dev.until(() => dev.lines.slice(before - 1).find((line) => line.includes("words/jobs is ready")));
  expect((await caller.get(name)).properties.status).toBe("Completed");
  expect((await caller.run(over(texts()))).properties.status).toBe("Completed");
  expect(existsSync(new URL((await caller.get(name)).properties.output.uri))).toBe(true);
});
