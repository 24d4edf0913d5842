import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { filesOf, lanes } from "./projects.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The real engine against a real API server, a real node and a real Envoy Gateway. Started by `run.ts`, in the cluster's network namespace. */
export default defineConfig({
  root,
  test: {
    maxWorkers: 1,
    projects: lanes.map((name) => ({ root, test: { name, ...filesOf(name), testTimeout: 300_000, hookTimeout: 300_000, pool: "forks" as const } })),
  },
});
