/** A stack of its own for a life: a project in a folder that is removed, the file backend, and a service that only it uses. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { COMPILED } from "../compiled.ts";
import type { CallLine as Call } from "../rig/azure/log.ts";
import { callsSince } from "./story.ts";
import { start, type Ended, type Running } from "./command.ts";
import { asSet, previewed, ran, toldBy, type Step } from "./events.ts";

const top = fileURLToPath(new URL("../..", import.meta.url));

/** What the program declares: arguments of `Endpoint` by logical name, with the arguments of `azureMl` under `target`. */
export interface Declaration {
  readonly endpoints?: Readonly<Record<string, object>>;
  /** Deployments of an endpoint that another stack owns: arguments of `OnlineDeployment`, with the endpoint's name under `endpoint`. */
  readonly deployments?: Readonly<Record<string, object>>;
  /** The deployment after whose creation the program dies. */
  readonly crashAfter?: string;
}

/** What an `up` did. */
export interface Up extends Ended {
  /** Operations in the order of their beginning. */
  readonly steps: readonly Step[];
  /** What the service was asked since the command began. */
  readonly calls: readonly Call[];
  /** The preview before it, and what that told a person. */
  readonly preview: Ended;
  readonly told: readonly string[];
}

/** An `up` that was started, to be stopped. */
export interface Started {
  readonly running: Running;
  readonly up: Promise<Up>;
}

export interface Stack extends AsyncDisposable {
  readonly folder: string;
  /** The folder of the simulated service, for what a life plants there. */
  readonly service: string;
  /** Previews, then does it. What ran is what the preview said; of an `up` that was stopped, a part of it. */
  up(declaration: Declaration): Promise<Up>;
  /** Previews, and begins. */
  begin(declaration: Declaration): Promise<Started>;
  /** Any other command of the CLI, with the calls that it caused. */
  run(...args: readonly string[]): Promise<Ended & { readonly calls: readonly Call[] }>;
}

/** `library` is the package that programs import: this repository, or a copy with a fault. `shared` is the service of another stack. */
export const newStack = async ({ library = top, shared }: { readonly library?: string; readonly shared?: string } = {}): Promise<Stack> => {
  const folder = mkdtempSync(join(tmpdir(), "life-"));
  const service = shared ?? join(folder, "service");
  const env = environment(folder, service);
  makeProject(folder, library);
  const pulumi = (args: readonly string[]): Running => start(join(cli(), "pulumi"), [...args, "--non-interactive", "--color", "never"], join(folder, "project"), env);
  const run: Stack["run"] = async (...args) => {
    const before = callsSince(service, 0).length;
    const ended = await pulumi(args).ended;
    return { ...ended, calls: callsSince(service, before) };
  };
  const begin: Stack["begin"] = async (declaration) => {
    writeFileSync(join(folder, "project", "declaration.json"), JSON.stringify(declaration));
    const preview = await pulumi(["preview", "--json", "--show-sames", "--stack", "life"]).ended;
    const log = join(folder, "events.json");
    writeFileSync(log, "");
    const before = callsSince(service, 0).length;
    const running = pulumi(["up", "--yes", "--skip-preview", "--stack", "life", "--event-log", log, "--suppress-progress"]);
    const finish = async (): Promise<Up> => {
      const ended = await running.ended;
      const steps = ran(readFileSync(log, "utf8"));
      compare(preview, steps, ended);
      return { ...ended, steps, calls: callsSince(service, before), preview, told: preview.code === 0 ? toldBy(preview.stdout) : [] };
    };
    return { running, up: finish() };
  };
  const made = await run("stack", "init", "life");
  if (made.code !== 0) throw new Error(made.output);
  return {
    folder,
    service,
    begin,
    up: async (declaration) => (await begin(declaration)).up,
    run,
    [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true, force: true }),
  };
};

/** What a preview refuses, an `up` refuses too. */
const compare = (preview: Ended, after: readonly Step[], { code, output }: Ended): void => {
  if (preview.code !== 0) return expect(code, preview.output).not.toBe(0);
  const promised = asSet(previewed(preview.stdout));
  if (code === 0) expect(asSet(after), output).toEqual(promised);
  else expect(asSet(after).filter((step) => !promised.includes(step)), output).toEqual([]);
};

/** Where `setup.ts` found the CLI. */
const cli = (): string => {
  const folder = process.env["RIG_PULUMI"];
  if (folder === undefined) throw new Error("run these tests with --config test/engine/vitest.config.ts");
  return folder;
};

/** No setting of the machine's own reaches the CLI. `folder` holds its home and its backend, `service` is the Azure it sees. */
export const environment = (folder: string, service: string): NodeJS.ProcessEnv => ({
  PATH: [cli(), join(top, "test/rig/azure"), join(top, "node_modules/.bin"), process.env["PATH"]].join(":"),
  HOME: folder,
  PULUMI_HOME: join(folder, "home"),
  PULUMI_BACKEND_URL: `file://${join(folder, "backend")}`,
  PULUMI_CONFIG_PASSPHRASE: "life",
  PULUMI_SKIP_UPDATE_CHECK: "1",
  PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
  AZURE_SERVICE: service,
  NODE_COMPILE_CACHE: COMPILED,
  // Without it the CLI has no event log.
  PULUMI_DEBUG_COMMANDS: "true",
});

const makeProject = (folder: string, library: string): void => {
  const project = join(folder, "project");
  // Packages lie beside the project: the language host reads every file below it.
  for (const made of ["backend", "home", "node_modules", "project", "service"]) mkdirSync(join(folder, made));
  symlinkSync(library, join(folder, "node_modules", "inference-endpoints"));
  symlinkSync(join(top, "node_modules", "@pulumi"), join(folder, "node_modules", "@pulumi"));
  const program = fileURLToPath(new URL("program/index.ts", import.meta.url));
  copyFileSync(program, join(project, "index.ts"));
  writeFileSync(join(project, "package.json"), JSON.stringify({ type: "module" }));
  const settings = { name: "lives", runtime: { name: "nodejs", options: { typescript: false } }, main: "index.ts" };
  writeFileSync(join(project, "Pulumi.yaml"), JSON.stringify(settings));
};
