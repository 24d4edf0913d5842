/** Programs outside the repository, as a user has them, and the command line to run on them. */
import { spawn, type ChildProcess } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { CLI } from "../built.ts";
import { COMPILED } from "../compiled.ts";

export const top = fileURLToPath(new URL("../..", import.meta.url));

/** A folder that is gone after the test. */
export const folder = (): string => {
  const made = realpathSync(mkdtempSync(join(tmpdir(), "cli-")));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
};

/** A project of these files, with the packages that a program imports. */
export const project = (files: Readonly<Record<string, string>>): string => {
  const root = folder();
  const modules = join(root, "node_modules");
  mkdirSync(join(modules), { recursive: true });
  symlinkSync(top, join(modules, "inference-endpoints"));
  symlinkSync(join(top, "node_modules/@pulumi"), join(modules, "@pulumi"));
  for (const [name, text] of Object.entries({ "package.json": '{"type": "module"}', "Pulumi.yaml": PULUMI_YAML, ...files })) write(root, name, text);
  return root;
};

export const PULUMI_YAML = "name: shop\nruntime: { name: nodejs, options: { typescript: false } }\nmain: index.ts\n";

export const write = (root: string, name: string, text: string): void => {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  writeFileSync(join(root, name), text);
};

/** A program with one endpoint `shop` and one Python deployment `blue`, whose environment variables are this code. */
export const program = (variables: string, before = ""): string => `
import * as pulumi from "@pulumi/pulumi";
import { Endpoint, kubernetes } from "inference-endpoints";
const config = new pulumi.Config();
${before}
export const shop = new Endpoint("shop", {
  kind: "online",
  target: kubernetes({ namespace: "ml", scoringImage: "scoring:1", gateway: { name: "g", namespace: "gw", implementation: "envoy-gateway", url: "https://models.example.com" } }),
  deployments: { blue: { model: { path: "./model" }, codeConfiguration: { code: "./code", scoringScript: "score.py" }, environmentVariables: ${variables} } },
  traffic: { blue: 100 },
});
`;

/** The same with a second endpoint `copy` that has the first one's name, in another namespace. */
export const sameName = (): string => {
  const one = program("{}");
  const second = one.slice(one.indexOf("export const")).replaceAll("shop", "copy").replace('kind: "online",', 'kind: "online", name: "shop",').replace('namespace: "ml"', 'namespace: "other"');
  return one + second;
};

/** The files that {@link program} names. */
export const files = {
  "model/weights.txt": "1",
  "code/score.py": 'import os\n\ndef init():\n    pass\n\ndef run(data):\n    return {"db": os.environ.get("DB"), "model": os.listdir(os.environ["AZUREML_MODEL_DIR"])}\n',
};

/** The quickstart, with its models, outside the repository. */
export const quickstart = (): string => {
  const root = project({});
  for (const part of ["index.ts", "models"]) cpSync(join(top, "examples/quickstart", part), join(root, part), { recursive: true });
  return root;
};

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** State and cache of the command are inside the project. */
const environment = (root: string, env: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  PATH: process.env["PATH"],
  HOME: process.env["HOME"],
  XDG_STATE_HOME: join(root, ".state"),
  XDG_CACHE_HOME: join(root, ".cache"),
  NODE_COMPILE_CACHE: COMPILED,
  ...env,
});

/** Runs a command to its end. */
export const cli = (root: string, args: readonly string[], env?: NodeJS.ProcessEnv, input?: string): Promise<Ended> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [CLI, ...args], { cwd: root, env: environment(root, env), stdio: ["pipe", "pipe", "pipe"] });
    const text = { out: "", err: "" };
    child.stdout.on("data", (chunk: Buffer) => (text.out += chunk));
    child.stderr.on("data", (chunk: Buffer) => (text.err += chunk));
    child.stdin.end(input);
    child.once("close", (code) => resolve({ code, ...text }));
  });

/** A running `dev`. */
export interface Dev {
  readonly child: ChildProcess;
  /** Everything printed so far. */
  text(): string;
  /** Waits until what was printed matches. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
  /** Forgets what was printed. */
  clear(): void;
  /** SIGTERM, and its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Several reloads, on a machine that does other things too. */
const PATIENCE_MS = 60_000;

/** Starts `dev` on a free port. */
export const dev = (root: string, args: readonly string[] = [], env?: NodeJS.ProcessEnv): Dev => {
  const child = spawn(process.execPath, [CLI, "dev", "--port", "0", ...args], { cwd: root, env: environment(root, env), stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (text += chunk));
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  onTestFinished(() => void child.kill("SIGKILL"));
  const until = async (pattern: RegExp): Promise<RegExpExecArray> => {
    const end = performance.now() + PATIENCE_MS;
    for (;;) {
      const match = pattern.exec(text);
      if (match !== null) return match;
      if (child.exitCode !== null || performance.now() > end) throw new Error(`dev did not print ${pattern}:\n${text}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  return { child, text: () => text, until, clear: () => (text = ""), stop: (signal = "SIGTERM") => (child.kill(signal), ended) };
};
