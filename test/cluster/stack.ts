/** A stack of its own for a story: a copy of a program in a folder that is removed, the file backend, and the cluster of KUBECONFIG. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { COMPILED } from "../compiled.ts";
import { start, type Ended } from "../engine/command.ts";
import { ran, type Step } from "../engine/events.ts";

const top = fileURLToPath(new URL("../..", import.meta.url));

export interface Up extends Ended {
  /** Operations in the order of their beginning. */
  readonly steps: readonly Step[];
}

export interface Stack extends AsyncDisposable {
  /** Where the program is. */
  readonly project: string;
  /** What the CLI runs in, for other commands beside it. */
  readonly env: NodeJS.ProcessEnv;
  /** `up`, which must go well unless `refused`. */
  up(options?: { readonly refused?: true }): Promise<Up>;
  /** Any other command, which must go well. */
  run(...args: readonly string[]): Promise<Ended>;
  /** Outputs of the stack, secrets in plain text. */
  outputs(): Promise<Readonly<Record<string, any>>>;
}

/** `program` is a folder of this repository; `kubeconfig` says as whom it runs. */
export const newStack = async (program: string, kubeconfig = process.env["KUBECONFIG"]): Promise<Stack> => {
  const folder = mkdtempSync(join(tmpdir(), "cluster-"));
  const project = join(folder, "project");
  for (const made of ["backend", "home", "node_modules"]) mkdirSync(join(folder, made));
  cpSync(join(top, program), project, { recursive: true });
  // The quickstart's settings lie at the top of the repository.
  if (!existsSync(join(project, "Pulumi.yaml"))) writeFileSync(join(project, "Pulumi.yaml"), readFileSync(join(top, "Pulumi.yaml"), "utf8").replace(/^main: .*$/m, "main: index.ts"));
  writeFileSync(join(project, "package.json"), JSON.stringify({ type: "module" }));
  symlinkSync(top, join(folder, "node_modules", "inference-endpoints"));
  symlinkSync(join(top, "node_modules", "@pulumi"), join(folder, "node_modules", "@pulumi"));
  const env = { ...environment(folder), KUBECONFIG: kubeconfig };
  const pulumi = (args: readonly string[]): Promise<Ended> => start(join(engine(), "pulumi"), [...args, "--non-interactive", "--color", "never"], project, env).ended;
  const run: Stack["run"] = async (...args) => {
    const ended = await pulumi(args);
    if (ended.code !== 0) throw new Error(`pulumi ${args.join(" ")} ended with ${ended.code}:\n${ended.output}`);
    return ended;
  };
  await run("stack", "init", "rig");
  return {
    project,
    env,
    run,
    up: async ({ refused } = {}) => {
      const log = join(folder, "events.json");
      writeFileSync(log, "");
      const ended = await pulumi(["up", "--yes", "--skip-preview", "--suppress-progress", "--event-log", log]);
      if ((ended.code !== 0) !== (refused === true)) throw new Error(`pulumi up ended with ${ended.code}:\n${ended.output}`);
      return { ...ended, steps: ran(readFileSync(log, "utf8")) };
    },
    outputs: async () => JSON.parse((await run("stack", "output", "--json", "--show-secrets")).stdout) as Record<string, any>,
    [Symbol.asyncDispose]: async () => {
      await pulumi(["destroy", "--yes", "--skip-preview", "--suppress-progress"]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

const engine = (): string => {
  const folder = process.env["RIG_PULUMI"];
  if (folder === undefined) throw new Error("run these tests with npm run test:cluster");
  return folder;
};

/** No setting of the machine's own reaches the CLI. */
const environment = (folder: string): NodeJS.ProcessEnv => ({
  PATH: [engine(), join(top, "test/rig/kubernetes"), join(top, "node_modules/.bin"), process.env["PATH"]].join(":"),
  HOME: folder,
  PULUMI_HOME: join(folder, "home"),
  PULUMI_BACKEND_URL: `file://${join(folder, "backend")}`,
  PULUMI_CONFIG_PASSPHRASE: "rig",
  PULUMI_SKIP_UPDATE_CHECK: "1",
  PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
  NODE_COMPILE_CACHE: COMPILED,
  // Without it the CLI has no event log.
  PULUMI_DEBUG_COMMANDS: "true",
});
