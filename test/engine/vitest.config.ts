import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** The real Pulumi engine against a simulated Azure Machine Learning. Needs `pulumi` on PATH, or Go to build it. */
export default defineConfig({
  root: fileURLToPath(new URL("../..", import.meta.url)),
  test: {
    include: ["test/engine/**/*.test.ts"],
    globalSetup: ["test/engine/setup.ts"],
    testTimeout: 240_000,
    hookTimeout: 60_000,
    pool: "forks",
    // One more than the cores of a small machine: a third of its time an update waits for the engine or the service.
    maxWorkers: 3,
  },
});
