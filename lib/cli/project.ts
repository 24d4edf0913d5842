/** Finds a program: its Pulumi.yaml, its entry, and the folder it runs in. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { parse } from "yaml";
import { refuse } from "./refusal.ts";

/** A program as the child that runs it needs to know it. */
export interface Program {
  /** Name of the Pulumi project. */
  readonly project: string;
  /** Folder of Pulumi.yaml, or of the program's file where there is none. */
  readonly root: string;
  /** Folder that the program runs in, as under Pulumi: that of its main file. */
  readonly cwd: string;
  /** File or folder that is loaded. */
  readonly entry: string;
  /** `typescript` of the runtime's options: whether ts-node compiles what Node does not load itself. */
  readonly typescript: boolean;
  /** `nodeOptions` of the runtime's options. */
  readonly nodeOptions?: string | undefined;
}

/** The parts of Pulumi.yaml that are read here. */
export interface ProjectFile {
  readonly name?: unknown;
  readonly main?: unknown;
  readonly runtime?: unknown;
  readonly config?: unknown;
  readonly stackConfigDir?: unknown;
}

/** A program, and what its Pulumi.yaml says besides. */
export interface Project {
  readonly program: Program;
  readonly file: ProjectFile;
  /** Path of Pulumi.yaml, if there is one. */
  readonly path?: string | undefined;
}

const FILES = ["Pulumi.yaml", "Pulumi.yml", "Pulumi.json"];

/** The program that was named: a folder with Pulumi.yaml, or a file. Without a name: the nearest Pulumi.yaml, upward. */
export const findProject = (named: string | undefined, cwd: string): Project => {
  const at = resolve(cwd, named ?? ".");
  const found = statSync(at, { throwIfNoEntry: false });
  if (found === undefined) return refuse(`${at} does not exist; name a folder with a Pulumi.yaml, or a program's file`);
  if (found.isFile() && !FILES.includes(basename(at))) return fileProject(at);
  const folder = found.isFile() ? dirname(at) : at;
  const path = named === undefined ? upward(folder) : projectFileIn(folder);
  if (path === undefined) return refuse(missing(folder, named));
  return projectAt(path);
};

const missing = (folder: string, named: string | undefined): string =>
  named === undefined
    ? `no Pulumi.yaml here or in a folder above ${folder}; name a program: a folder with a Pulumi.yaml, or a file`
    : `${folder} holds no Pulumi.yaml; name a folder that does, or a program's file`;

const projectFileIn = (folder: string): string | undefined => FILES.map((name) => join(folder, name)).find((path) => existsSync(path));

const upward = (folder: string): string | undefined => projectFileIn(folder) ?? (dirname(folder) === folder ? undefined : upward(dirname(folder)));

const fileProject = (entry: string): Project => {
  const path = upward(dirname(entry));
  const file = path === undefined ? {} : readProjectFile(path);
  const root = path === undefined ? dirname(entry) : dirname(path);
  return { path, file, program: { ...common(file, root), root, cwd: dirname(entry), entry } };
};

const projectAt = (path: string): Project => {
  const file = readProjectFile(path);
  const root = dirname(path);
  const entry = resolve(root, typeof file.main === "string" ? file.main : ".");
  const found = statSync(entry, { throwIfNoEntry: false });
  if (found === undefined) return refuse(`${path}: main ${JSON.stringify(file.main)} does not exist`);
  return { path, file, program: { ...common(file, root), root, cwd: found.isDirectory() ? entry : dirname(entry), entry } };
};

const common = (file: ProjectFile, root: string): Pick<Program, "project" | "typescript" | "nodeOptions"> => {
  const options = isObject(file.runtime) && isObject(file.runtime["options"]) ? file.runtime["options"] : {};
  const nodeOptions = options["nodeargs"];
  return {
    project: typeof file.name === "string" ? file.name : basename(root),
    typescript: options["typescript"] !== false && options["typescript"] !== "false",
    ...(typeof nodeOptions === "string" ? { nodeOptions } : {}),
  };
};

const readProjectFile = (path: string): ProjectFile => {
  const content: unknown = readYaml(path);
  if (!isObject(content)) return refuse(`${path} is no Pulumi project`);
  const runtime = isObject(content["runtime"]) ? content["runtime"]["name"] : content["runtime"];
  if (runtime !== "nodejs") return refuse(`${path}: expected a program for the runtime nodejs; got ${JSON.stringify(runtime ?? "nothing")}`);
  return content;
};

/** A YAML file, with a readable complaint. */
export const readYaml = (path: string): unknown => {
  try {
    return parse(readFileSync(path, "utf8"));
  } catch (error) {
    return refuse(`${path} cannot be read: ${(error as Error).message.trim()}`);
  }
};

export const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
