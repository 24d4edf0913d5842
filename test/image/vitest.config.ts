import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** The container, on a Docker of its own: needs root, dockerd, debootstrap and docker-registry. */
export default defineConfig({
  root: fileURLToPath(new URL("../..", import.meta.url)),
  test: {
    include: ["test/image/**/*.test.ts"],
    globalSetup: ["test/image/setup.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: "forks",
    maxWorkers: 1,
  },
});
