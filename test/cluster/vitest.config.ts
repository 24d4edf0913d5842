import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** The real engine against a real API server, a real node and a real Envoy Gateway. Started by `run.ts`, in the cluster's network namespace. */
export default defineConfig({
  root: fileURLToPath(new URL("../..", import.meta.url)),
  test: {
    include: ["test/cluster/**/*.test.ts"],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    pool: "forks",
    // What is measured is the cluster, and it has the machine to itself.
    maxWorkers: 1,
  },
});
