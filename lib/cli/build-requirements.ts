/** Which Python packages a deployment's image gets, as lines of a requirements file. */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Bundle, DeploymentAssets } from "../model/bundle.ts";
import type { Flavour } from "../model/flavour.ts";
import type { OnlineDeployment } from "../model/online-deployment.ts";
import { show, type Problem } from "../model/refusal.ts";
import { condaAsPip } from "./conda.ts";

/** What is installed. */
export interface Packages {
  readonly lines: readonly string[];
  /** Version of Python that is asked for: `3.11`. */
  readonly python?: string | undefined;
  readonly problems: readonly Problem[];
  readonly notes: readonly string[];
}

/** Those of the deployment's environment, else those that an MLflow model brings. Problems have paths below the deployment. */
export const packagesOf = ({ azure, environment }: OnlineDeployment<string>, files: DeploymentAssets, flavour: Flavour): Packages => {
  if (environment?.condaFile !== undefined && files.environment !== undefined) return ofConda(environment.condaFile, ".environment.condaFile");
  if (environment?.requirements !== undefined && files.environment !== undefined) return ofRequirements(environment.requirements, ".environment.requirements");
  if (flavour === "mlflow") return ofModel(files.model);
  const elsewhere = flavour === "python" && azure.environment !== undefined && environment === undefined;
  return elsewhere ? { ...NONE, notes: ["the packages of azure.environment are Azure's: nothing is installed; name them in environment: { requirements }"] } : NONE;
};

const NONE: Packages = { lines: [], problems: [], notes: [] };

/** The files that MLflow writes beside a model, the simpler one first. */
const ofModel = (model: Bundle | undefined): Packages => {
  const written = (name: string): string | undefined => model?.files.find(({ path }) => path === name)?.source;
  const [requirements, conda] = [written("requirements.txt"), written("conda.yaml")];
  if (requirements !== undefined) return ofRequirements(requirements, ".model.path");
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
    if (included !== undefined) include(included.trim());
    else if (LOCAL.test(line)) wrong(`the build of an image sees no other file of this machine, and ${show(line)} names one; write the packages out, or put them into the base image`);
    else lines.push(line);
  }
  return { lines, problems };
};
