/** The same programs from the manifests of `render --out`, applied by `kubectl` as the README says. */
import { afterAll, beforeAll, describe } from "vitest";
import { PROGRAMS } from "../conformance/programs.ts";
import { conformance, type Arena } from "../conformance/suite.ts";
import { furnish, rendered } from "./arena.ts";
import { newNamespace } from "./cluster.ts";

describe.each(PROGRAMS.map((program) => [program.folder, program] as const))("%s", (_folder, program) => {
  let namespace: AsyncDisposable;
  let arena: Arena;

  beforeAll(async () => {
    namespace = await newNamespace(program.namespace);
    await furnish(program);
    arena = await rendered(program);
  });

  afterAll(async () => {
    await arena?.[Symbol.asyncDispose]();
    await namespace?.[Symbol.asyncDispose]();
  });

  conformance(program.name, "rendered", () => arena, program.cases);
});
