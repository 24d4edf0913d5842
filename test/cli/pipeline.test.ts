/** `examples/pipeline` against a running `dev`: real containers, whose split really moves. */
import { spawn } from "node:child_process";
import { cpSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { dev, project, top, type Ended } from "./support.ts";

/** The example as somebody has copied it, beside the models that it names. */
const copied = (): string => {
  const root = project({});
  for (const name of ["examples/pipeline", "examples/quickstart/models"]) cpSync(join(top, name), join(root, name), { recursive: true });
  symlinkSync(join(top, "node_modules/yaml"), join(root, "node_modules/yaml"));
  return root;
};

interface Rollout {
  readonly ended: Promise<Ended>;
  /** SIGINT, once this was printed. */
  stopAt(pattern: RegExp): void;
}

const starter = (root: string, url: string) => (args: readonly string[], key: string): Rollout => {
  const env = { PATH: process.env["PATH"], HOME: root, INFERENCE_ENDPOINTS_KEY: key };
  const child = spawn(process.execPath, ["rollout.ts", ...args, "--stack", "dev", "--dev", url], { cwd: join(root, "examples/pipeline"), env, stdio: ["ignore", "pipe", "pipe"] });
  const text = { out: "", err: "" };
  let stop: RegExp | undefined;
  child.stdout.on("data", (chunk: Buffer) => {
    text.out += chunk;
    if (stop?.test(text.out) === true) child.kill("SIGINT");
    if (stop?.test(text.out) === true) stop = undefined;
  });
  child.stderr.on("data", (chunk: Buffer) => (text.err += chunk));
  return { ended: new Promise((resolve) => child.once("close", (code) => resolve({ code, ...text }))), stopAt: (pattern) => (stop = pattern) };
};

test("a release reaches 100 % step by step; a bound that is missed and Ctrl-C go back; keys stay unseen", async () => {
  const root = copied();
  const running = dev(root, ["examples/pipeline"]);
  await running.until(/^curl /m);
  const [url, key] = [/URL +(\S+)/.exec(running.text())?.[1] ?? "", /key +(\w+)/.exec(running.text())?.[1] ?? ""];
  const rollout = starter(root, url);
  const split = (): string => readFileSync(join(root, "examples/pipeline/Pulumi.dev.yaml"), "utf8").split("traffic:\n")[1]?.replaceAll(/\s+/g, " ").trim() ?? "";
  const whoAnswers = async (): Promise<Set<string | null>> => {
    const ask = () => fetch(url, { method: "POST", headers: { authorization: `Bearer ${key}` }, body: '{"features":[[0,0,0,0,0,0,0,0,0,0,0,0,0]]}' });
    const names = new Set<string | null>();
    for (let i = 0; i < 30; i += 1) names.add((await ask()).headers.get("azureml-model-deployment"));
    return names;
  };

  const wrong = await rollout(["green"], "another").ended;
  expect({ code: wrong.code, out: wrong.out }).toEqual({ code: 1, out: expect.stringMatching(/FAILED +the endpoint answers 401: the key is not one of its keys/) });
  expect(await whoAnswers()).toEqual(new Set(["blue"]));

  const released = await rollout(["green", "--requests", "100"], key).ended;
  expect(released.code, released.out + released.err).toBe(0);
  expect(released.out).toMatch(/^green 10 % +\d+ of 100 by green +100\/100 ok +p95 \d+ ms$/m);
  expect(released.out).toMatch(/^green 100 % +100 of 100 by green +100\/100 ok/m);
  expect(split()).toBe("blue: 0 green: 100");
  expect(await whoAnswers()).toEqual(new Set(["green"]));
  expect(await rollout(["green"], key).ended).toMatchObject({ code: 0, out: expect.stringContaining("green has all the traffic already: nothing to do") });

  const slow = await rollout(["blue", "--requests", "50", "--max-p95", "0"], key).ended;
  expect(slow.code, slow.out + slow.err).toBe(1);
  expect(slow.out).toMatch(/FAILED +blue 10 %: its p95 is \d+ ms; at most 0 ms is wanted\nback, blue 0 % +0 of 50 by blue +50\/50 ok\nnow +the split is the last good one again: blue 0 %, green 100 %/);
  expect(await whoAnswers()).toEqual(new Set(["green"]));

  const stopped = rollout(["blue", "--steps", "10,50", "--requests", "50"], key);
  stopped.stopAt(/^blue 10 % .*/m);
  const { code, err, out } = await stopped.ended;
  expect({ code, out, err }).toEqual({ code: 130, out: expect.stringMatching(/FAILED +stopped by SIGINT\nback, blue 10 % +\d+ of 50 by blue/), err: "" });
  expect(split()).toBe("blue: 10 green: 90");
  for (const text of [wrong.out, released.out, slow.out, out]) expect(text).not.toContain(key);
  expect(await running.stop()).toBe(0);
}, 180_000);
