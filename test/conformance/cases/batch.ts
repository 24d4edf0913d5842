/** The contract of batch endpoints as cases of the suite, and pipelines. */
import { expect } from "vitest";
import { contract, type Arena } from "../../batch/contract.ts";
import type { Case } from "../suite.ts";

/** A batch endpoint, and what becomes of `batch-program`, which has a pipeline. */
export interface BatchArena extends Arena {
  /** What its pipeline writes for texts of four words. */
  pipeline(): Promise<string | undefined>;
  /** What is said when it is refused. */
  refusal(): Promise<string>;
}

const refused = {
  cell: "refused by name",
  why: "nothing runs steps there yet",
  run: async (arena: BatchArena) => expect(await arena.refusal()).toMatch(/deployments\.counted.*pipeline/s),
};

const pipeline: Case<BatchArena> = {
  features: ["batchPipeline"],
  says: "runs a pipeline of a model and a command",
  run: async (arena) => expect(await arena.pipeline()).toBe("120\n"),
  otherwise: { cluster: refused, rendered: refused },
};

export const batchCases: readonly Case<BatchArena>[] = [...contract().map(({ run, says }): Case<BatchArena> => ({ features: ["batch"], says, run })), pipeline];
