/** The plugin as the engine starts it. */
import { spawn } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { credit, ENDPOINT } from "./asking.ts";
import { calls } from "./log.ts";
import { connect } from "../plugin/engine.ts";
import { fresh } from "./trying.ts";

test("the plugin says its port, serves, and ends with whoever started it", async () => {
  const { folder } = fresh();
  const plugin = fileURLToPath(new URL("pulumi-resource-azure-native", import.meta.url));
  const starter = `const { spawn } = require("node:child_process");
    const child = spawn(${JSON.stringify(plugin)}, ["127.0.0.1:1"], { stdio: ["ignore", "pipe", "inherit"] });
    child.stdout.once("data", (port) => { console.log(child.pid, String(port)); });`;
  const env = { ...process.env, AZURE_SERVICE: folder, PATH: `${dirname(process.execPath)}:${process.env["PATH"]}` };
  const parent = spawn(process.execPath, ["-e", starter], { env, stdio: ["ignore", "pipe", "inherit"] });
  const [pid = 0, port = 0] = await new Promise<number[]>((resolve) => parent.stdout.once("data", (text: Buffer) => resolve(String(text).trim().split(" ").map(Number))));
  const engine = connect(port, "azure-native");
  await engine.create(ENDPOINT, "credit", credit);
  engine.close();
  expect(calls(folder).every((call) => call.pid === pid)).toBe(true);
  parent.kill("SIGKILL");
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 20));
});

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
