/** Reads the local files that an endpoint names. The only folder of the library that compilers' data comes from disk through. */
import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import { partsOf } from "../model/batch-parts.ts";
import type { Assets, Bundle, DeploymentAssets } from "../model/bundle.ts";
import { nearMiss, show, type Problem } from "../model/refusal.ts";
import type { Sourced } from "../model/sources.ts";
import { bundle, type Reading } from "./bundle.ts";
import { certain, withMore } from "../model/refused.ts";

/** The files of every deployment and of every step, and what is missing. Relative paths are relative to the process's working directory. */
export const readAssets = <V>(endpoint: { readonly deployments: Readonly<Record<string, Sourced<V>>> }, reading: Reading): { readonly assets: Assets; readonly problems: readonly Problem[] } => {
  const problems: Problem[] = [];
  const entries = certain(() => partsOf(endpoint.deployments)).map(({ key, path, sources }) => [key, readDeployment(path, sources, reading, problems)] as const);
  return { assets: Object.fromEntries(entries), problems };
};

const readDeployment = <V>(path: string, deployment: Sourced<V>, reading: Reading, problems: Problem[]): DeploymentAssets => {
  const read: Read = (where, file, form) => {
    if (file === undefined) return undefined;
    try {
      const problem = fileProblem(file, form);
      if (problem === undefined) return bundle(resolve(file), reading);
      problems.push({ path: `${path}.${where}`, message: problem, value: file });
    } catch (error) {
      problems.push({ path: `${path}.${where}`, message: unreadable(error), value: file });
    }
    return undefined;
  };
  const assets = withMore({}, {
    model: () => read("model.path", deployment.model?.kind === "local" ? deployment.model.path : undefined, "either"),
    code: () => readCode(deployment, read),
    environment: () => readEnvironment(deployment, read),
  });
  const missing = certain(
    () => scriptProblems(path, deployment.codeConfiguration?.scoringScript, assets.code),
    () => emptyProblems(path, assets.model),
  );
  problems.push(...missing);
  return assets;
};

type Read = (where: string, file: string | undefined, form: Form) => Bundle | undefined;

const readCode = <V>({ code, codeConfiguration }: Sourced<V>, read: Read): Bundle | undefined => {
  const source = codeConfiguration?.code ?? code;
  return read(codeConfiguration === undefined ? "code" : "codeConfiguration.code", source?.kind === "local" ? source.path : undefined, "folder");
};

const readEnvironment = <V>({ environment }: Sourced<V>, read: Read): Bundle | undefined =>
  read(environment?.condaFile === undefined ? "environment.requirements" : "environment.condaFile", environment?.condaFile ?? environment?.requirements, "file");

/** What a path must lead to. */
type Form = "file" | "folder" | "either";

const FORMS = { file: "a file", folder: "a folder", either: "a file or folder" } as const;

const fileProblem = (file: string, form: Form): string | undefined => {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) return `expected ${FORMS[form]} of this machine; ${show(file)} does not exist (looked in ${show(process.cwd())})`;
  if (form === "folder" && !found.isDirectory()) return `expected a folder; ${show(file)} is a file`;
  if (form === "file" && found.isDirectory()) return `expected a file; ${show(file)} is a folder`;
  return undefined;
};

/** A link that leads nowhere, or a file that this user may not read, somewhere below the path. */
const unreadable = (error: unknown): string => {
  const { code, path } = error as NodeJS.ErrnoException;
  if (code === undefined || path === undefined) throw error;
  return `${show(path)} cannot be read: ${code === "ENOENT" ? "it is a link that leads nowhere" : code}`;
};

const scriptProblems = (path: string, script: string | undefined, code: Bundle | undefined): Problem[] => {
  if (script === undefined || code === undefined) return [];
  const names = code.files.map((file) => file.path);
  if (names.includes(script.replace(/^\.\//, ""))) return [];
  const meant = nearMiss(script, names);
  const help = meant === undefined ? "" : `; did you mean ${show(meant)}?`;
  return [{ path: `${path}.codeConfiguration.scoringScript`, message: `${show(join(code.root, script))} does not exist${help}`, value: script }];
};

const emptyProblems = (path: string, model: Bundle | undefined): Problem[] =>
  model !== undefined && model.files.length === 0 ? [{ path: `${path}.model.path`, message: `expected files; the folder ${show(model.root)} is empty` }] : [];
