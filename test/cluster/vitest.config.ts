import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import type { PROJECTS } from "./projects.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const LOAD = "test/cluster/no-loss.test.ts";

const project = (name: (typeof PROJECTS)[number], include: string, exclude: readonly string[] = []) => ({
  root,
  test: { name, include: [include], exclude: [...exclude], testTimeout: 300_000, hookTimeout: 300_000, pool: "forks" as const },
});

/** The real engine against a real API server, a real node and a real Envoy Gateway. Started by `run.ts`, in the cluster's network namespace. */
export default defineConfig({
  root,
  test: {
    // Most of their time is the cluster's: pods that start, end and give up. Each file has namespaces and a stack of its own.
    maxWorkers: 3,
    projects: [project("alone", LOAD), project("together", "test/cluster/**/*.test.ts", [LOAD])],
  },
});
