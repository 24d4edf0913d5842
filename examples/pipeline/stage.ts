/** Where a split is brought about: a stack of Pulumi, or an `inference-endpoints dev` that runs the same program. */
import { ConcurrentUpdateError, LocalWorkspace, StackNotFoundError, type EngineEvent, type OpMap, type Stack } from "@pulumi/pulumi/automation/index.js";
import { Failure, sameSplit, type Split, type StackFile } from "./split.ts";
import type { Stopping } from "./stopping.ts";

export interface Stage {
  /** The split that callers have now, with every deployment that the configuration names. */
  split(): Promise<Split>;
  /** What an update would change, in words; undefined for nothing. */
  preview(): Promise<string | undefined>;
  /** Words for nothing. */
  readonly unchanged: string;
  /** Brings about what is configured. */
  up(): Promise<void>;
  /** Where to call, and what the deployment is called there. */
  address(deployment: string): Promise<{ readonly url: string; readonly name: string }>;
}

/** Somebody else updates the stack, so that nothing was done. */
export class Locked extends Failure {}

/** What an engine is run with. */
export interface Run {
  readonly stopping: Stopping;
  readonly say: (line: string) => void;
  /** Everything that the engine prints. */
  readonly verbose: boolean;
}

export const pulumiStage = async (folder: string, name: string, file: StackFile, run: Run): Promise<Stage> => {
  const stack = await select(folder, name);
  return {
    split: async () => {
      const split = currentSplit(file.read(), (await stack.outputs())["traffic"]?.value);
      if (!sameSplit(split, file.read())) run.say(`${file.name} says another split than the last update brought about, which is taken`);
      return split;
    },
    unchanged: "no change",
    preview: async () => changesOf((await engine(name, run, (options) => stack.preview(options), run.say)).changeSummary),
    up: async () => void (await engine(name, run, (options) => stack.up(options))),
    address: async (deployment) => {
      const { deployedNames, scoringUri } = await stack.outputs();
      return { url: String(scoringUri?.value), name: deployedNames?.value[deployment] ?? deployment };
    },
  };
};

/** `dev` reads the file by itself, and refuses what it cannot run. */
export const devStage = (url: string, file: StackFile): Stage => ({
  split: async () => file.read(),
  unchanged: "dev runs the program as it is",
  preview: async () => undefined,
  up: async () => undefined,
  address: async (name) => ({ url, name }),
});

const select = async (workDir: string, stackName: string): Promise<Stack> => {
  try {
    return await LocalWorkspace.selectStack({ stackName, workDir });
  } catch (error) {
    if (error instanceof StackNotFoundError) throw new Failure(`there is no stack ${stackName}: pulumi stack init ${stackName}`, { cause: error });
    throw new Failure(`stack ${stackName} cannot be selected: ${(error as Error).message}`, { cause: error });
  }
};

/** The state knows who has traffic; a deployment without it may be one that the program has no more. */
const currentSplit = (configured: Split, deployed: Split | undefined): Split => {
  if (deployed === undefined) return configured;
  const names = Object.fromEntries(Object.keys(configured).map((name) => [name, 0]));
  return { ...names, ...Object.fromEntries(Object.entries(deployed).filter(([, share]) => share > 0)) };
};

const changesOf = (summary: OpMap): string | undefined => {
  const changes = Object.entries(summary).filter(([what, count]) => what !== "same" && count !== 0);
  return changes.length === 0 ? undefined : changes.map(([what, count]) => `${count} to ${what}`).join(", ");
};

interface Options {
  readonly signal: AbortSignal;
  readonly color: "never";
  readonly onEvent: (event: EngineEvent) => void;
  readonly onOutput?: (text: string) => void;
}

/** Runs the engine. What it fails with is what the program, the provider and the advice said, whole; what else they say goes to `hear`. */
const engine = async <T>(stack: string, { say, stopping, verbose }: Run, command: (options: Options) => Promise<T>, hear?: (line: string) => void): Promise<T> => {
  const errors: string[] = [];
  const onEvent = ({ diagnosticEvent: said }: EngineEvent): void => {
    const text = said?.message.replaceAll(/<\{%.*?%\}>/g, "").trimEnd() ?? "";
    if (said?.severity === "error") errors.push(text);
    if (said?.severity === "info") hear?.(text);
    if (said?.severity === "warning") hear?.(`warning: ${text}`);
  };
  try {
    stopping.signal.throwIfAborted();
    return await command({ signal: stopping.engineSignal, color: "never", onEvent, ...(verbose ? { onOutput: say } : {}) });
  } catch (error) {
    if (error instanceof ConcurrentUpdateError)
      throw new Locked(`stack ${stack} is locked: another update of it is running. Wait until it is over and run this again; if none is running any more, pulumi cancel --stack ${stack}`, { cause: error });
    throw new Failure([...new Set(errors)].join("\n") || (error as Error).message, { cause: error });
  }
};
