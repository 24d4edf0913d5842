/** Keys change while load runs: whoever has the key that stays notices nothing, and the metric by slot shows who has moved. */
import { renameSync, writeFileSync } from "node:fs";
import { Agent } from "node:http";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { eventually, post, ready } from "./harness.ts";
import type { TestFront } from "./harness.ts";
import { folder } from "./issuer.ts";

const CLIENTS = 8;
const SOME = 50;

/** Clients that send without a pause, and what they were answered. */
interface Load {
  key: string;
  readonly statuses: Map<string, number[]>;
  stop(): Promise<void>;
}

function load(front: TestFront, key: string): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
  onTestFinished(() => agent.destroy());
  const state = { key, statuses: new Map<string, number[]>() };
  let ended = false;
  const client = async (): Promise<void> => {
    while (!ended) {
      const used = state.key;
      const { status } = await front.send("/score", { ...post("x", { Authorization: `Bearer ${used}` }), agent });
      state.statuses.set(used, [...(state.statuses.get(used) ?? []), status]);
    }
  };
  const clients = Array.from({ length: CLIENTS }, client);
  const stop = async (): Promise<void> => {
    ended = true;
    await Promise.all(clients);
  };
  return Object.assign(state, { stop });
}

test("secondary, then primary, under load", async () => {
  const keys = join(folder(), "keys.json");
  const write = (primaryKey: string, secondaryKey: string): void => {
    writeFileSync(`${keys}.new`, JSON.stringify({ primaryKey, secondaryKey }));
    renameSync(`${keys}.new`, keys);
  };
  const changes = (): number => front.log().split("keys were read again").length - 1;
  write("primary-1", "secondary-1");
  const front = await ready({ entryScript: "score.py", keys, workerCount: 2 });
  const clients = load(front, "primary-1");
  const count = (key: string): number => clients.statuses.get(key)?.length ?? 0;
  await eventually(() => count("primary-1") > SOME);

  write("primary-1", "secondary-2");
  await eventually(() => changes() === 1);
  const atChange = count("primary-1");
  await eventually(() => count("primary-1") > atChange + SOME);
  clients.key = "secondary-2";
  await eventually(() => count("secondary-2") > SOME);

  write("primary-2", "secondary-2");
  await eventually(() => changes() === 2);
  const atSecond = count("secondary-2");
  await eventually(() => count("secondary-2") > atSecond + SOME);
  await clients.stop();

  expect([...clients.statuses.keys()]).toEqual(["primary-1", "secondary-2"]);
  expect([...new Set([...clients.statuses.values()].flat())]).toEqual([200]);
  const status = async (key: string): Promise<number> => (await front.send("/score", post("x", { Authorization: `Bearer ${key}` }))).status;
  expect([await status("primary-1"), await status("secondary-1"), await status("primary-2")]).toEqual([401, 401, 200]);
  const { body } = await front.send("/metrics");
  expect(body).toContain(`scoring_requests_total{status="200",route="score",caller="primary"} ${count("primary-1") + 1}\n`);
  expect(body).toContain(`scoring_requests_total{status="200",route="score",caller="secondary"} ${count("secondary-2")}\n`);
  expect(body).toContain('scoring_requests_total{status="401",route="unknown",caller="none"} 2\n');
  expect(front.log()).not.toMatch(/(primary|secondary)-\d/);
});
