/** A batch endpoint under `dev`, reached through the router as an online one is. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Caller } from "../batch/caller.ts";
import { folderOf, over, readIn, scratch, uri } from "../batch/service.ts";
import { Dev } from "./dev.ts";

let dev: Dev;
let caller: Caller;
let base = "";
beforeAll(async () => {
  dev = new Dev("test/conformance/batch-program");
  base = (await dev.url()).href.replace(/\/jobs$/, "");
  caller = new Caller(base, { Authorization: `Bearer ${await dev.key()}` });
  await dev.line(/words\/jobs is ready/);
});
afterAll(() => dev.close());

const texts = (): string => folderOf({ "x.txt": "a b c", "y.txt": "d" });

test("jobs of the default deployment and of a named one, with its variables and its model", async () => {
  const [once, twice] = [scratch(), scratch()];
  expect((await caller.run(over(texts(), once))).properties).toMatchObject({ status: "Completed", deployment: "once" });
  expect((await caller.run(over(texts(), twice), { "azureml-model-deployment": "twice" })).properties).toMatchObject({ status: "Completed", deployment: "twice" });
  expect([readIn(once), readIn(twice)]).toEqual(["x.txt 30\ny.txt 10\n", "x.txt 60\ny.txt 20\n"]);
  expect((await new Caller(base).post(over(texts()))).status).toBe(401);
  expect((await caller.post(over(texts()), { "azureml-model-deployment": "nobody" })).status).toBe(404);
});

test("a pipeline of a model and a command", async () => {
  const total = join(scratch(), "total.txt");
  const sent = { properties: { InputData: { texts: { JobInputType: "UriFolder", Uri: uri(texts()) } }, OutputData: { total: { JobOutputType: "UriFile", Uri: uri(total) } } } };
  const job = await caller.run(sent, { "azureml-model-deployment": "counted" });
  expect(job.properties).toMatchObject({ status: "Completed", outputs: { total: { uri: uri(total) } } });
  expect(readFileSync(total, "utf8")).toBe("120\n");
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
