/** The release by steps of `examples/pipeline`, as a user has copied it, from one deployment to the other while callers call. */
import { cpSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { start } from "../engine/command.ts";
import { GATEWAY } from "../rig/kubernetes/gateway.ts";
import { callerOf, gatewayHost, keysOf, newNamespace } from "./cluster.ts";
import { answering, row } from "./declared.ts";
import { IMAGES } from "./image.ts";
import { failures } from "./losses.ts";
import { newStack, type Stack } from "./stack.ts";

const NAMESPACE = "rollout";
const top = fileURLToPath(new URL("../..", import.meta.url));
/** The README's line for a key. */
const KEY = `kubectl get secret wine-keys --namespace ${NAMESPACE} --output 'go-template={{.data.primaryKey | base64decode}}'`;

let namespace: AsyncDisposable;
let stack: Stack;

beforeAll(async () => {
  namespace = await newNamespace(NAMESPACE);
  stack = await newStack("examples/pipeline");
  cpSync(join(top, "examples/quickstart"), join(stack.project, "../quickstart"), { recursive: true });
  symlinkSync(join(top, "node_modules/yaml"), join(stack.project, "../node_modules/yaml"));
  const config = { target: "kubernetes", namespace: NAMESPACE, url: `http://${gatewayHost}:${GATEWAY.http}`, scoringImage: IMAGES.scoring, instanceCount: "1" };
  for (const [name, value] of Object.entries(config)) await stack.run("config", "set", name, value);
  for (const [deployment, share] of [["blue", "100"], ["green", "0"]]) await stack.run("config", "set", "--path", `traffic.${deployment}`, `${share}`);
  await stack.up();
});

afterAll(async () => {
  await stack?.[Symbol.asyncDispose]();
  await namespace?.[Symbol.asyncDispose]();
});

test("green gets the traffic in three steps, and no caller notices", async () => {
  const { scoringUri } = await stack.outputs();
  const { primaryKey } = await keysOf(NAMESPACE, "wine-keys");
  const caller = callerOf(scoringUri, primaryKey);
  await answering(caller);
  await using load = caller.endless(1, row);
  const { code, output } = await start("node", ["rollout.ts", "green", "--stack", "rig", "--max-p95", "5000", "--key-command", KEY], stack.project, stack.env).ended;
  await load.more(10);
  await load.stop();
  caller.close();
  expect(output).toMatch(/^done +blue 0 %, green 100 %, in Pulumi\.rig\.yaml too/m);
  expect([code, failures(load.answers)]).toEqual([0, {}]);
  expect((await stack.outputs())["traffic"]).toEqual({ blue: 0, green: 100 });
  expect([load.answers[0]?.deployment, load.answers.at(-1)?.deployment]).toEqual(["blue", "green"]);
});
