/** The servers that an MLflow model is compared on: ours, the genuine inference server with Azure's script, and mlflow's own. */
import { spawn } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ServeOptions } from "../../lib/scoring/contract.ts";
import { mlflowEnv, mlflowFixtures, mlflowModels, mlflowPython, mlflowVenv } from "../mlflow-env.ts";
import { freePort } from "../ports.ts";
import { eventually, ready, send } from "./harness.ts";
import type { Reply, SendOptions, TestFront } from "./harness.ts";

const env = { ...mlflowEnv, PATH: `${mlflowVenv}/bin:${process.env["PATH"]}` };
type Until = (end: () => void) => void;

/** Our front with a model of the tests. */
export const ours = (model: string, until: Until, more: NodeJS.ProcessEnv = {}, options: ServeOptions = {}): Promise<TestFront> =>
  ready({ modelDir: `${mlflowModels}/${model}`, python: mlflowPython, ...options }, { ...mlflowEnv, ...more }, until);

/** Port of azmlinfsrv running the script that Azure runs. */
export const genuine = (model: string, until: Until, more: NodeJS.ProcessEnv = {}): Promise<number> =>
  started(until, mlflowFixtures, "/", { ...env, ...more, AZUREML_MODEL_DIR: mlflowModels, MLFLOW_MODEL_FOLDER: model }, (port) => `azmlinfsrv --entry_script score.py --port ${port}`);

/** Port of `mlflow models serve`. */
export const mlflowServe = (model: string, until: Until, more: NodeJS.ProcessEnv = {}): Promise<number> =>
  started(until, mlflowModels, "/ping", { ...env, ...more }, (port) => `mlflow models serve --model-uri ${model} --env-manager local --host 127.0.0.1 --port ${port} --workers 1`);

/** A request to both. */
export type Asked = [path: string, options?: SendOptions];

/** Whom ours is compared with, and how. */
export interface Comparison {
  readonly oracle: typeof genuine;
  readonly environment: (model: string) => NodeJS.ProcessEnv;
  /** What is sent of a case. */
  readonly sent: (asked: Asked) => Asked;
  /** What both must agree on. */
  readonly comparable: (reply: Reply) => unknown;
}

/** One test per case of each model, with those that every model gets before its own: both servers must answer alike. */
export function beside(cases: Record<string, Record<string, Asked>>, everywhere: Record<string, Asked>, { oracle, environment, sent, comparable }: Comparison): void {
  describe.each(Object.keys(cases))("%s", (model) => {
    const own = { ...everywhere, ...cases[model] };
    const ends: (() => void)[] = [];
    let ports: [oracle: number, ours: number] = [0, 0];

    beforeAll(async () => {
      const until = (end: () => void): void => void ends.push(end);
      const [port, front] = await Promise.all([oracle(model, until, environment(model)), ours(model, until, environment(model))]);
      ports = [port, front.port];
    });
    afterAll(() => ends.forEach((end) => end()));

    test.each(Object.keys(own))("%s", async (name) => {
      const [path, options] = sent(own[name] ?? ["/"]);
      const [expected, actual] = await Promise.all(ports.map(async (port) => comparable(await send(port, path, options))));
      expect(actual).toEqual(expected);
    });
  });
}

async function started(until: Until, folder: string, health: string, environment: NodeJS.ProcessEnv, command: (port: number) => string): Promise<number> {
  const port = await freePort();
  const [program = "", ...args] = command(port).split(" ");
  // A group of its own: both servers start others.
  const child = spawn(`${mlflowVenv}/bin/${program}`, args, { cwd: folder, env: { ...process.env, ...environment }, stdio: "ignore", detached: true });
  until(() => child.pid !== undefined && child.exitCode === null && process.kill(-child.pid, "SIGKILL"));
  await eventually(() => {
    if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode}`);
    return send(port, health).then(
      (reply) => reply.status === 200,
      () => false,
    );
  });
  return port;
}
