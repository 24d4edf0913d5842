/** The contract, against a service over a cluster whose pods are processes of this machine. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { Caller } from "./caller.ts";
import { ClusterService, fileOf, inPods } from "./cluster-service.ts";
import { contract, type Arena } from "./contract.ts";
import { scratch } from "./service.ts";

// A pod is a process that starts Node and Python, and a clause may need four.
vi.setConfig({ testTimeout: 90_000 });

const KEY = "primary-key-of-a-test";

const open = async (): Promise<Arena> => {
  const keys = join(scratch(), "keys.json");
  writeFileSync(keys, JSON.stringify({ primaryKey: KEY }));
  const own = { miniBatchSize: 1, retrySettings: { maxRetries: 0, timeout: 90 } };
  const service = await ClusterService.start(fileOf({ lines: inPods("lines.py", own), strict: inPods("lines.py", { ...own, errorThreshold: 0 }) }), undefined, keys);
  return {
    looks: "in the job",
    caller: new Caller(service.url, { Authorization: `Bearer ${KEY}` }),
    stranger: new Caller(service.url, { Authorization: "Bearer wrong" }),
    input: (files) => Promise.resolve(service.input(files)),
    output: () => Promise.resolve(service.output()),
    read: (address, name) => Promise.resolve(service.read(address, name)),
  };
};

test.each(contract())("$says", async ({ run }) => {
  expect.hasAssertions();
  await run(await open());
});
