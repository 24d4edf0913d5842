/** The genuine azureml-inference-server-http 1.5.1 beside ours: the same script, the same requests, the same answers. */
import { spawn } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { venv } from "../python.ts";
import { freePort } from "../ports.ts";
import { eventually, post, ready, scripts, send } from "./harness.ts";
import type { Reply, SendOptions } from "./harness.ts";

/** What is sent to both, by name. */
export type Cases = Record<string, [path: string, options?: SendOptions]>;

/** The only headers whose presence may differ, and those whose value is not comparable. */
const TRANSPORT = ["server", "connection", "keep-alive", "date"];
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

export const text = (body: string | Buffer, type = "text/plain"): SendOptions => post(body, { "Content-Type": type });

/** One test per case of each script: both servers run it and must answer alike. All start together, because the genuine one takes seconds. */
export function differential(suites: Record<string, Cases>, more: NodeJS.ProcessEnv = {}): void {
  const ends: (() => void)[] = [];
  const pairs = new Map<string, { genuine: number; ours: number }>();
  beforeAll(async () => {
    await Promise.all(Object.keys(suites).map(async (script) => pairs.set(script, await start(script, more, ends))));
  });
  afterAll(() => ends.forEach((end) => end()));

  describe.each(Object.keys(suites))("%s", (script) => {
    const cases = suites[script] ?? {};
    test.each(Object.keys(cases))("%s", async (name) => {
      const [path, options] = cases[name] ?? ["/"];
      const { genuine = 0, ours = 0 } = pairs.get(script) ?? {};
      // One Host, because scripts see it.
      const sent = { ...options, headers: { Host: "test", Connection: "close", ...options?.headers } };
      const [expected, actual] = await Promise.all([send(genuine, path, sent), send(ours, path, sent)]);
      expect(comparable(actual)).toEqual(comparable(expected));
    });
  });
}

/** Starts both with a script of ours, and gives their ports when they can be asked. */
export async function start(script: string, more: NodeJS.ProcessEnv, ends: (() => void)[]): Promise<{ genuine: number; ours: number }> {
  // Long enough for a case that imports numpy on a busy machine, shorter than the case that sleeps.
  const env = { AML_APP_ROOT: scripts, SCORING_TIMEOUT_MS: "2500", ...more };
  const genuine = await freePort();
  ends.push(azmlinfsrv(["--entry_script", script, "--port", String(genuine)], env));
  const front = await ready({ entryScript: script }, env, (end) => ends.push(end));
  await eventually(() => send(genuine, "/").then((reply) => reply.status === 200, () => false));
  return { genuine, ours: front.port };
}

/** Starts the genuine server; the returned function ends it. */
export function azmlinfsrv(args: string[], env: NodeJS.ProcessEnv): () => void {
  const child = spawn(`${venv}/bin/azmlinfsrv`, args, {
    cwd: env["AML_APP_ROOT"],
    env: { ...process.env, ...env, PATH: `${venv}/bin:${process.env["PATH"]}` },
    stdio: "ignore",
  });
  return () => child.kill("SIGTERM");
}

/** Names in lower case; values that the server makes up become their kind. */
export function comparable({ status, headers, body }: Reply): unknown {
  const kept = Object.entries(headers).flatMap(([name, value]) => {
    const lower = name.toLowerCase();
    if (TRANSPORT.includes(lower)) return [];
    if (lower === "x-ms-run-fn-exec-ms") return [[lower, value.replace(/\d+\.\d{3}$/, "<ms>")]];
    if (lower === "allow") return [[lower, value.split(", ").sort().join(", ")]]; // a Python set, in another order each time it starts
    return [[lower, UUID.test(value) ? "<uuid>" : value]];
  });
  return { status, body, headers: Object.fromEntries(kept) as unknown };
}
