/**
 * Entry of the child process in which `dev` and `render` run a program: with the program's own Pulumi, under mocks, in preview mode. Nothing is
 * deployed and nobody is logged in. What the program declares comes back over the IPC channel; its standard output stays its own.
 */
import type * as pulumi from "@pulumi/pulumi";
import type { Observer } from "../components/observer.ts";
import type { CollectRequest, Collected } from "./collected.ts";
import { describeError } from "./describe-error.ts";
import { loadProgram, requireFrom } from "./load-program.ts";
import { watchLoads } from "./loaded-files.ts";
import { settle } from "./settle.ts";

type Pulumi = typeof pulumi;
type Endpoint = Parameters<Observer["declared"]>[0];

const ORGANIZATION = "organization";

/**
 * Answers of the engine that is not there. State is what was given, so that every other output is unknown, as in the preview of a new stack.
 * Functions of providers give nothing: what a program computes from them is not known either.
 */
const mocks: pulumi.runtime.Mocks = {
  newResource: ({ id, inputs }) => ({ id, state: inputs as Record<string, unknown> }),
  call: () => ({}),
};

const run = async ({ program, stack, values, secretKeys }: CollectRequest): Promise<Collected> => {
  const files = watchLoads(program.root);
  const declared: { readonly endpoint: Endpoint; readonly transformed: readonly string[] }[] = [];
  const refusals: { message: string }[] = [];
  const observer: Observer = {
    declared: (endpoint, transformed) => void declared.push({ endpoint, transformed }),
    refused: (refusal) => void refusals.push({ message: refusal.message }),
  };
  (globalThis as Record<symbol, unknown>)[Symbol.for("inference-endpoints.observer")] = observer;
  const errors: unknown[] = [];
  for (const event of ["uncaughtException", "unhandledRejection"]) process.on(event, (error) => errors.push(error));
  try {
    process.chdir(program.cwd);
    const runtime = await prepare(requireFrom<Pulumi>(program, "@pulumi/pulumi").runtime, program.project, stack, values, secretKeys);
    // The program's exports are not asked for: nobody reads the outputs of this run.
    await runtime.runInPulumiStack(async () => void (await loadProgram(program)));
    await runtime.disconnect();
    // Rejections that nobody handles are told one turn later.
    await new Promise((resolve) => setImmediate(resolve));
  } catch (error) {
    errors.unshift(error);
  }
  const error = errors.length === 0 ? undefined : describeError(errors[0], program);
  const settled = declared.map(async ({ endpoint, transformed }) => ({ model: await settle(endpoint), transformed }));
  return { declared: error === undefined ? await Promise.all(settled) : [], refusals, files: files(), error };
};

const prepare = async (
  runtime: Pulumi["runtime"],
  project: string,
  stack: string,
  values: Readonly<Record<string, string>>,
  secretKeys: readonly string[],
): Promise<Pulumi["runtime"]> => {
  await runtime.setMocks(mocks, project, stack, true, ORGANIZATION);
  runtime.setAllConfig({ ...values }, [...secretKeys]);
  return runtime;
};

process.once("message", (request: CollectRequest) => {
  void run(request).then((collected) => process.send?.(collected, undefined, undefined, () => process.exit(0)));
});
// Whoever asked is gone.
process.once("disconnect", () => process.exit(0));
