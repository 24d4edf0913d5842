/** The suite's programs under `dev`. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Caller } from "./caller.ts";
import { Dev, main } from "./dev.ts";
import type { Arena, Keys } from "./suite.ts";

const top = fileURLToPath(new URL("../..", import.meta.url));

/** What runs already, so that a test can do to it what only dev has: kill its processes, read its lines. */
export const arenaOf = (dev: Dev, program: string): Arena => {
  const callers: Caller[] = [];
  const keys = async (endpoint: string): Promise<Keys> => JSON.parse(readFileSync(await dev.keysFile(endpoint), "utf8")) as Keys;
  return {
    target: "dev",
    url: (endpoint) => dev.url(endpoint),
    keys,
    caller: async (endpoint, credential) => {
      const door = { url: await dev.url(endpoint), key: credential ?? (await keys(endpoint)).primaryKey };
      const caller = new Caller(() => door);
      callers.push(caller);
      return caller;
    },
    requestsOf: async (endpoint, deployment) => dev.lines.filter((line) => line.startsWith(`${endpoint}/${deployment} | `) && line.includes("POST")).length,
    token: () => Promise.reject(new Error("nobody signs tokens on localhost")),
    refusal: (configuration) => {
      const config = Object.entries(configuration).flatMap(([name, value]) => ["--config", `${name}=${value}`]);
      const { status, stderr } = spawnSync(process.execPath, [main, "dev", program, "--port", "0", "--no-watch", ...config], { cwd: top, encoding: "utf8" });
      return status === 0 || status === null ? Promise.reject(new Error("it was not refused")) : Promise.resolve(stderr);
    },
    [Symbol.asyncDispose]: async () => {
      for (const caller of callers) caller.close();
      await dev.close();
    },
  };
};
