/** Which Python packages a deployment's image gets, as lines of a requirements file. */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { DeploymentAssets } from "../model/bundle.ts";
import type { Flavour } from "../model/flavour.ts";
import { mlflowFiles, SERVING } from "../model/mlflow-model.ts";
import type { Sourced } from "../model/sources.ts";
import { show, type Problem } from "../model/refusal.ts";
import { condaAsPip } from "./conda.ts";
import { hasCredentials, notNamedIn, pythonIn, withoutCredentials } from "./requirements.ts";

/** What is installed. */
export interface Packages {
  readonly lines: readonly string[];
  /** Version of Python that is asked for: `3.11`. */
  readonly python?: string | undefined;
  readonly problems: readonly Problem[];
  readonly notes: readonly string[];
}

/** A deployment of either kind of endpoint, or a step of a pipeline. */
export interface Buildable extends Sourced<string> {
  readonly azure?: { readonly environment?: unknown };
  readonly environmentVariables?: Readonly<Record<string, string>>;
  readonly settings?: { readonly environmentVariables?: Readonly<Record<string, string>> };
}

/** Variables of what runs the model. */
const variablesOf = ({ environmentVariables, settings }: Buildable): Readonly<Record<string, string>> => environmentVariables ?? settings?.environmentVariables ?? {};

/** Those of the deployment's environment, else those that an MLflow model brings, and what serving it takes. Problems have paths below the deployment. */
export const packagesOf = (deployment: Buildable, files: DeploymentAssets, flavour: Flavour): Packages => {
  const packages = writtenDown(deployment, files, flavour);
  if (flavour !== "mlflow") return packages;
  return { ...packages, lines: [...packages.lines, ...notNamedIn(packages.lines.join("\n"), SERVING)] };
};

const writtenDown = (deployment: Buildable, files: DeploymentAssets, flavour: Flavour): Packages => {
  const { azure, environment } = deployment;
  if (environment?.condaFile !== undefined && files.environment !== undefined) return ofConda(environment.condaFile, ".environment.condaFile");
  if (environment?.requirements !== undefined && files.environment !== undefined) return ofRequirements(environment.requirements, ".environment.requirements");
  if (flavour === "mlflow") return ofModel(deployment, files);
  const elsewhere = flavour === "python" && azure?.environment !== undefined && environment === undefined;
  return elsewhere ? { ...NONE, notes: ["the packages of azure.environment are Azure's: nothing is installed; name them in environment: { requirements }"] } : NONE;
};

const NONE: Packages = { lines: [], problems: [], notes: [] };

/** The files that MLflow writes beside a model, the simpler one first. */
const ofModel = (deployment: Buildable, { model }: DeploymentAssets): Packages => {
  const { conda, pythonEnv, requirements } = mlflowFiles(model, variablesOf(deployment)["MLFLOW_MODEL_FOLDER"]);
  const pythonFile = pythonEnv ?? conda;
  if (requirements !== undefined) return { ...ofRequirements(requirements, ".model.path"), ...(pythonFile === undefined ? {} : { python: pythonIn(pythonFile) }) };
  return conda === undefined ? { ...NONE, lines: ["mlflow"] } : ofConda(conda, ".model.path");
};

const ofConda = (file: string, path: string): Packages => {
  const { python, requirements, translated } = condaAsPip(file);
  const { lines, problems } = flatten(requirements, file, path);
  const notes = translated.length === 0 ? [] : [`no conda in the image: ${translated.join(", ")} ${translated.length === 1 ? "is" : "are"} installed by pip, under the same name`];
  return { lines, python, problems, notes };
};

const ofRequirements = (file: string, path: string): Packages => ({ ...NONE, ...flatten(linesOf(file), file, path) });

const linesOf = (file: string): string[] => readFileSync(file, "utf8").replaceAll(/\\\r?\n/g, " ").split(/\r?\n/);

/** How such a refusal ends. The packages of the bundled container are installed in a stage that no image keeps. */
export const WITHOUT_CREDENTIALS =
  'whoever has the image could read it: name an index that asks for none, or install these packages beforehand, with PIP_INDEX_URL and REQUIREMENTS of the bundled container\'s Dockerfile, and give that image with --base';

type Flat = Pick<Packages, "lines" | "problems">;

const INCLUDES = /^(?:-r|--requirement)[ =]*(.+)$/;
const LOCAL = /^(?:-c|-e|--constraint|--editable|--find-links|-f)\b|^\.{0,2}\/|^file:|@ *file:/;

/** With the files that it includes. The image's build sees nothing else of this machine. */
const flatten = (written: readonly string[], file: string, path: string, above: readonly string[] = []): Flat => {
  const lines: string[] = [];
  const problems: Problem[] = [];
  const wrong = (message: string): void => void problems.push({ path, message: `${show(file)}: ${message}` });
  const include = (name: string): void => {
    const included = resolve(dirname(file), name);
    if (above.includes(included) || included === file) return wrong(`${show(name)} includes itself`);
    try {
      const inner = flatten(linesOf(included), included, path, [...above, file]);
      lines.push(...inner.lines);
      problems.push(...inner.problems);
    } catch (error) {
      wrong(`${show(name)} cannot be read: ${(error as NodeJS.ErrnoException).code ?? (error as Error).message}`);
    }
  };
  for (const line of written.map((each) => each.replace(/(^|\s)#.*$/, "").trim()).filter((each) => each !== "")) {
    const included = INCLUDES.exec(line)?.[1];
    if (hasCredentials(line)) wrong(`${show(withoutCredentials(line))} holds a user or a password, and ${WITHOUT_CREDENTIALS}`);
    else if (included !== undefined) include(included.trim());
    else if (LOCAL.test(line)) wrong(`the build of an image sees no other file of this machine, and ${show(line)} names one; write the packages out, or put them into the base image`);
    else lines.push(line);
  }
  return { lines, problems };
};
