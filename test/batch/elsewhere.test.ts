/** Inputs and outputs that are not on this machine. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { fixtures, readIn, scratch, scripted, Service } from "./service.ts";

/** Variables of the deployment, as credentials would be. */
const withFsspec = (folder: string): Record<string, string> => ({ PYTHONPATH: `${fixtures}elsewhere`, ELSEWHERE: folder });

const body = (type: string, input: string, output?: string): object => ({
  properties: { InputData: { x: { JobInputType: type, Uri: input } }, ...(output === undefined ? {} : { OutputData: { score: { JobOutputType: "UriFolder", Uri: output } } }) },
});

test("a folder of s3 is listed, fetched mini-batch by mini-batch, and the output sent there, the results last", async () => {
  const folder = scratch();
  mkdirSync(join(folder, "bucket/in/below"), { recursive: true });
  for (const name of ["b.txt", "a.txt", "below/c.txt"]) writeFileSync(join(folder, "bucket/in", name), name.slice(-5, -4));
  const jobs = await Service.start({ it: scripted("lines.py", { miniBatchSize: 2 }, { environmentVariables: withFsspec(folder) }) });
  const job = await jobs.run(body("UriFolder", "s3://bucket/in", "s3://bucket/out"));
  expect(job.properties).toMatchObject({ status: "Completed", output: { uri: "s3://bucket/out" }, progress: { files: 3 } });
  expect(readIn(join(folder, "bucket/out"))).toBe("a.txt a\nb.txt b\nc.txt c\n");
  expect(readdirSync(join(folder, "bucket/out")).toSorted()).toEqual(["errors.jsonl", "logs", "predictions.csv", "summary.json"]);
  const again = await jobs.run(body("UriFolder", "s3://bucket/in", "s3://bucket/out"));
  expect(again.properties.error?.message).toBe("the output s3://bucket/out exists already: choose another");
  const none = await jobs.run(body("UriFolder", "s3://bucket/none"));
  expect(none.properties.error?.message).toBe("s3://bucket/none does not exist");
});

test("what a store would not take is brought there when the job is resumed, and nothing runs again", async () => {
  const folder = scratch();
  writeFileSync(join(folder, "bucket"), "in the way of the store's folder");
  mkdirSync(join(folder, "data"));
  writeFileSync(join(folder, "data/a.txt"), "1");
  const jobs = await Service.start({ it: scripted("lines.py", {}, { environmentVariables: withFsspec(folder) }) });
  const job = await jobs.run(body("UriFolder", "s3://data", "s3://bucket/out"));
  expect(job.properties.status).toBe("Failed");
  rmSync(join(folder, "bucket"));
  expect((await jobs.send("POST", `/jobs/${job.name}/resume`)).status).toBe(202);
  expect((await jobs.ended(job.name)).properties.status).toBe("Completed");
  expect(readIn(join(folder, "bucket/out"))).toBe("a.txt 1\n");
  expect(readIn(join(folder, "bucket/out"), "logs/sys/master_role.txt").match(/mini-batches;/g)?.length).toBe(1);
});

test("a script in TypeScript reads a folder of s3 by the machine's Python", async () => {
  const folder = scratch();
  mkdirSync(join(folder, "bucket/in/below"), { recursive: true });
  for (const name of ["a.txt", "below/b.txt"]) writeFileSync(join(folder, "bucket/in", name), name.slice(-5, -4));
  const jobs = await Service.start({ it: scripted("lines.ts", { miniBatchSize: 2 }, { environmentVariables: withFsspec(folder) }) });
  const job = await jobs.run(body("UriFolder", "s3://bucket/in"));
  expect(job.properties.status, JSON.stringify(job.properties)).toBe("Completed");
  expect(readIn(new URL(job.properties.output.uri).pathname)).toBe("a.txt a\nb.txt b\n");
});

test("without fsspec, what to install is said by name", async () => {
  const jobs = await Service.start({ it: scripted("lines.py") });
  const job = await jobs.run(body("UriFolder", "gs://bucket/in"));
  expect(job.properties).toMatchObject({ status: "Failed", error: { message: "gs: addresses need Python packages that are not installed: pip install fsspec gcsfs" } });
});

test("one file over http, on loopback, for Python with fsspec's https and for Node with its own", async () => {
  const server = createServer((request, response) => response.writeHead(["/files/a.txt", "/files/a.txt?sig=secret/of=mine"].includes(request.url ?? "") ? 200 : 404).end("seen"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/files`;
  const jobs = await Service.start({ py: scripted("lines.py"), ts: scripted("lines.ts") });
  for (const deployment of ["py", "ts"]) {
    const job = await jobs.run(body("UriFile", `${base}/a.txt`), { "azureml-model-deployment": deployment });
    expect(job.properties).toMatchObject({ status: "Completed" });
    expect(readIn(new URL(job.properties.output.uri).pathname)).toBe("a.txt seen\n");
  }
  const signed = await jobs.run(body("UriFile", `${base}/a.txt?sig=secret/of=mine`), { "azureml-model-deployment": "ts" });
  expect(readIn(new URL(signed.properties.output.uri).pathname)).toBe("a.txt seen\n");
  const refused = await jobs.run(body("UriFile", `${base}/b.txt?sig=secret`), { "azureml-model-deployment": "py" });
  const told = [JSON.stringify(refused), readIn(new URL(refused.properties.output.uri).pathname, "errors.jsonl")].join();
  expect([told.includes("b.txt"), told.includes("secret")]).toEqual([true, false]);
  const gone = await jobs.run(body("UriFile", `${base}/b.txt`), { "azureml-model-deployment": "ts" });
  expect(gone.properties.status).toBe("Failed");
  const folder = await jobs.post(body("UriFolder", base));
  expect([folder.status, JSON.stringify(folder.body)]).toEqual([400, expect.stringContaining("a folder cannot be listed over https")]);
});
