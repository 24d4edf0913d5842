/** The contract of batch endpoints as cases of the suite, and pipelines. */
import { expect } from "vitest";
import { contract, type Arena } from "../../batch/contract.ts";
import type { Case } from "../suite.ts";

/** A batch endpoint, and a pipeline. */
export interface BatchArena extends Arena {
  /** What the pipeline of `counted.ts` writes for texts of four words. */
  pipeline(): Promise<string | undefined>;
  /** The Workflow that a job of it is on a cluster, as the API server has taken it; the job is cancelled then. */
  workflow(): Promise<{ readonly metadata: { readonly name: string }; readonly spec: object; readonly ended: string }>;
}

/** The pipeline where something runs it. */
export const pipelineCase: Case<BatchArena> = {
  features: ["batchPipeline"],
  says: "runs a pipeline of a model and a command",
  run: async (arena) => expect(await arena.pipeline()).toBe("120\n"),
};

const taken = {
  cell: "as a Workflow of Argo, which the API server takes",
  why: "no controller of Argo runs there; pipelines.test.ts brings one, when it is named",
  run: async (arena: BatchArena) => {
    const { ended, metadata, spec } = await arena.workflow();
    expect([metadata.name, ended]).toEqual([expect.stringMatching(/^job-[0-9a-f-]{36}$/), "Canceled"]);
    expect(spec).toMatchObject({ entrypoint: "pipeline", templates: [{ dag: { tasks: [{ name: "step-score", withSequence: { count: "2" } }, { name: "step-sum", dependencies: ["step-score"] }, { name: "publish-outputs" }] } }, {}, {}, {}] });
  },
};

const pipeline: Case<BatchArena> = { ...pipelineCase, otherwise: { cluster: taken, rendered: taken } };

export const batchCases: readonly Case<BatchArena>[] = [...contract().map(({ run, says }): Case<BatchArena> => ({ features: ["batch"], says, run })), pipeline];
