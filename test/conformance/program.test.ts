/** What the examples leave out, under `dev`. */
import { afterAll, beforeAll, describe } from "vitest";
import { mlflowPython } from "../mlflow-env.ts";
import { programCases } from "./cases/program.ts";
import { Dev } from "./dev.ts";
import { arenaOf } from "./on-dev.ts";
import { conformance, type Arena } from "./suite.ts";

const PROGRAM = "test/conformance/program";

let arena: Arena;
beforeAll(async () => {
  const dev = new Dev(PROGRAM, ["--python", mlflowPython]);
  arena = arenaOf(dev, PROGRAM);
  await dev.line(/^curl /);
});
afterAll(() => arena?.[Symbol.asyncDispose]());

describe("the suite's own program", () => {
  conformance("program", "dev", () => arena, programCases);
});
