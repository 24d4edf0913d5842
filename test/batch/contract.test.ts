/** The contract, against a service on this machine. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Caller } from "./caller.ts";
import { contract } from "./contract.ts";
import { folderOf, readIn, scratch, scripted, Service, uri } from "./service.ts";

const KEY = "primary-key-of-a-test";

contract(async () => {
  const folder = scratch();
  const keys = join(folder, "keys.json");
  writeFileSync(keys, JSON.stringify({ primaryKey: KEY }));
  const own = { miniBatchSize: 1, retrySettings: { maxRetries: 0, timeout: 90 } };
  const service = await Service.start({ lines: scripted("lines.py", own), strict: scripted("lines.py", { ...own, errorThreshold: 0 }) }, folder, {}, { keys });
  return {
    looks: "at once",
    caller: new Caller(service.url, { Authorization: `Bearer ${KEY}` }),
    stranger: new Caller(service.url, { Authorization: "Bearer wrong" }),
    input: (files) => Promise.resolve(uri(folderOf(files))),
    output: () => Promise.resolve(uri(join(scratch(), "out"))),
    read: (address, name) => Promise.resolve(existsSync(join(fileURLToPath(address), name)) ? readIn(fileURLToPath(address), name) : undefined),
  };
});
