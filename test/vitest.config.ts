import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { COMPILED } from "./compiled.ts";

const top = fileURLToPath(new URL("..", import.meta.url));

export default defineConfig({
  root: top,
  resolve: { alias: { "inference-endpoints": `${top}lib/index.ts` } },
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/fixtures/**", "test/image/**", "test/long/**", "test/engine/**", "test/cluster/**"],
    globalSetup: ["test/setup.ts"],
    env: { NODE_COMPILE_CACHE: COMPILED },
    // Of what takes a third of it alone: other files run beside it, and what they need may be built meanwhile.
    testTimeout: 60_000,
    hookTimeout: 240_000,
    pool: "forks",
    // Two more than the cores of a small machine: with three, a third of its time nobody computes, because most files wait for servers that start.
    maxWorkers: 4,
  },
});
