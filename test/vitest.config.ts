import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const top = fileURLToPath(new URL("..", import.meta.url));

export default defineConfig({
  root: top,
  resolve: { alias: { "inference-endpoints": `${top}lib/index.ts` } },
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/fixtures/**", "test/image/**", "test/long/**", "test/engine/**", "test/cluster/**"],
    globalSetup: ["test/setup.ts"],
    // Some thousand processes load the same few hundred modules.
    env: { NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"] ?? join(top, "node_modules/.cache/compiled") },
    testTimeout: 30_000,
    hookTimeout: 240_000,
    pool: "forks",
    // One more than the cores of a small machine: most files wait for servers that start.
    maxWorkers: 3,
  },
});
