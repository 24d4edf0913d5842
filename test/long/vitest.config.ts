import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const top = fileURLToPath(new URL("../..", import.meta.url));

/** One file after another: each of them wants the machine to itself. */
export default defineConfig({
  root: top,
  test: {
    include: ["test/long/**/*.test.ts"],
    globalSetup: ["test/long/setup.ts"],
    testTimeout: 600_000,
    hookTimeout: 240_000,
    pool: "forks",
    fileParallelism: false,
  },
});
