/** The `docker` command, and the folder that it builds an image from. */
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, linkSync, mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { listed } from "../model/refusal.ts";
import { dockerfile, type ContextFile, type ImagePlan } from "./build-plan.ts";
import { Refused, refuse } from "./refusal.ts";
import { cacheHome } from "./state.ts";

/** Flags that go to `docker build` as they are. */
export interface DockerFlags {
  readonly buildArg?: readonly string[] | undefined;
  readonly network?: string | undefined;
  readonly platform?: string | undefined;
}

/** Says whether there is a Docker to build with, before anything is built. */
export const requireDocker = (): void => {
  const { error, status, stderr } = spawnSync("docker", ["version", "--format", "{{.Server.Version}}"], { encoding: "utf8" });
  if (error !== undefined)
    refuse(`docker cannot be run (${(error as NodeJS.ErrnoException).code ?? error.message}), and images are built with it: install Docker, or look at the contexts with --print and build them elsewhere`);
  if (status !== 0) refuse(`docker is installed, and its daemon does not answer: ${stderr.trim().split("\n")[0]}\nStart it, or name another with DOCKER_HOST or "docker context use"`);
};

/** Builds a folder, and gives the image this name. */
export const buildFolder = (folder: string, reference: string, { buildArg = [], network, platform }: DockerFlags): Promise<void> =>
  docker([
    "build",
    "--tag",
    reference,
    ...(network === undefined ? [] : ["--network", network]),
    ...(platform === undefined ? [] : ["--platform", platform]),
    ...buildArg.flatMap((each) => ["--build-arg", each]),
    folder,
  ]);

/** Builds a plan on a base image. */
export const buildImage = async (plan: ImagePlan, base: string, reference: string, flags: DockerFlags): Promise<void> => {
  const folder = stage(plan, base);
  try {
    await buildFolder(folder, reference, flags);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** Pushes, and gives the image by digest. */
export const pushImage = async (reference: string): Promise<string> => {
  await docker(["push", reference]);
  const { stdout } = spawnSync("docker", ["image", "inspect", "--format", "{{json .RepoDigests}}", reference], { encoding: "utf8" });
  // Docker leaves its own registry's name away.
  const repository = reference.slice(0, reference.lastIndexOf(":")).replace(/^(?:index\.)?docker\.io\//, "");
  const digests = JSON.parse(stdout) as readonly string[];
  return digests.find((each) => each.startsWith(`${repository}@`)) ?? refuse(`${reference} was pushed, and docker does not know its digest: it knows ${listed(digests)}`);
};

/** What docker prints is for people: it goes to standard error, so that standard output has the images alone. */
const docker = (args: readonly string[]): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn("docker", args, { stdio: ["ignore", process.stderr, "inherit"] });
    // What was staged is removed when docker has ended, and that is soon after the signal.
    const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
    const signals = ["SIGINT", "SIGTERM"] as const;
    for (const signal of signals) process.once(signal, pass);
    const end = (problem?: string): void => {
      for (const signal of signals) process.off(signal, pass);
      if (problem === undefined) resolve();
      else reject(new Refused(`docker ${args[0]} ${problem}; what it said stands above`));
    };
    child.once("error", (error) => end(`cannot be run: ${error.message}`));
    child.once("close", (code, by) => end(code === 0 ? undefined : by === null ? `ended with code ${code}` : `was ended by ${by}`));
  });

/** A folder with the context. Beside the cache, because a temporary file system may be memory, and a model large. */
const stage = (plan: ImagePlan, base: string): string => {
  const parent = join(cacheHome(process.env), "build");
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, `${plan.name}-`));
  writeFileSync(join(folder, "Dockerfile"), dockerfile(plan, base));
  writeFileSync(join(folder, "requirements.txt"), plan.requirements.map((line) => `${line}\n`).join(""));
  for (const file of plan.files) place(file, join(folder, file.path));
  return folder;
};

/** By a link where that is possible, else, and where it must get other permissions, by a copy. */
const place = ({ mode, source }: ContextFile, to: string): void => {
  makeFolder(dirname(to));
  const real = realpathSync(source);
  if ((statSync(real).mode & PERMISSIONS) === mode) {
    try {
      return linkSync(real, to);
    } catch {
      // Another file system, or one without links.
    }
  }
  copyFileSync(real, to);
  chmodSync(to, mode);
};

/** Those that change who runs a file among them: a copy has none of these. */
const PERMISSIONS = 0o7777;

/** With its mode set apart, because a umask takes bits away. */
const makeFolder = (folder: string): void => {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  mkdirSync(folder);
  chmodSync(folder, 0o755);
};
