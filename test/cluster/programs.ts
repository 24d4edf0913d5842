/** The conformance suite on each of its programs, on the cluster. */
import { afterAll, beforeAll, describe } from "vitest";
import type { Target } from "../conformance/feature.ts";
import { PROGRAMS, type Program } from "../conformance/programs.ts";
import { conformance, type Arena } from "../conformance/suite.ts";
import { furnish } from "./arena.ts";
import { newNamespace } from "./cluster.ts";

/** Each program is opened in a namespace of its own. `more` is what else is tried there, in tests that see the arena. */
export const onEachProgram = <A extends Arena>(target: Target, open: (program: Program) => Promise<A>, more: (program: Program, arena: () => A) => void = () => {}): void =>
  describe.each(PROGRAMS.map((program) => [program.folder, program] as const))("%s", (_folder, program) => {
    let namespace: AsyncDisposable | undefined;
    let arena: A | undefined;
    const opened = (): A => {
      if (arena === undefined) throw new Error(`${program.folder} is not there`);
      return arena;
    };

    beforeAll(async () => {
      namespace = await newNamespace(program.namespace);
      await furnish(program);
      arena = await open(program);
    });

    afterAll(async () => {
      await arena?.[Symbol.asyncDispose]();
      await namespace?.[Symbol.asyncDispose]();
    });

    conformance(program.name, target, opened, program.cases);
    more(program, opened);
  });
