/** Reads the local files that an endpoint names. The only folder of the library that compilers' data comes from disk through. */
import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Assets, Bundle, DeploymentAssets } from "../model/bundle.ts";
import type { OnlineEndpoint } from "../model/endpoint.ts";
import { nearMiss, show, type Problem } from "../model/refusal.ts";
import type { OnlineDeployment } from "../model/online-deployment.ts";
import { bundle, type Reading } from "./bundle.ts";

/** The files of every deployment, and what is missing. Relative paths are relative to the process's working directory. */
export const readAssets = <V>(endpoint: OnlineEndpoint<V>, reading: Reading): { readonly assets: Assets; readonly problems: readonly Problem[] } => {
  const problems: Problem[] = [];
  const entries = Object.entries(endpoint.deployments).map(
    ([name, deployment]) => [name, readDeployment(`deployments.${name}`, deployment, reading, problems)] as const,
  );
  return { assets: Object.fromEntries(entries), problems };
};

const readDeployment = <V>(path: string, deployment: OnlineDeployment<V>, reading: Reading, problems: Problem[]): DeploymentAssets => {
  const { model, codeConfiguration, environment } = deployment;
  const read = (where: string, file: string | undefined, folder: boolean): Bundle | undefined => {
    if (file === undefined) return undefined;
    const problem = fileProblem(file, folder);
    if (problem !== undefined) problems.push({ path: `${path}.${where}`, message: problem, value: file });
    return problem === undefined ? bundle(resolve(file), reading) : undefined;
  };
  const code = codeConfiguration?.code.kind === "local" ? codeConfiguration.code.path : undefined;
  const environmentFile = environment?.condaFile ?? environment?.requirements;
  const assets = {
    model: read("model.path", model?.kind === "local" ? model.path : undefined, false),
    code: read("codeConfiguration.code", code, true),
    environment: read(environment?.condaFile === undefined ? "environment.requirements" : "environment.condaFile", environmentFile, false),
  };
  problems.push(...scriptProblems(path, codeConfiguration?.scoringScript, assets.code), ...emptyProblems(path, assets.model));
  return assets;
};

const fileProblem = (file: string, folder: boolean): string | undefined => {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) return `expected ${folder ? "a folder" : "a file or folder"} of this machine; ${show(file)} does not exist (looked in ${show(process.cwd())})`;
  if (folder && !found.isDirectory()) return `expected a folder; ${show(file)} is a file`;
  return undefined;
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
