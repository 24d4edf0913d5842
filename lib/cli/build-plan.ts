/** What goes into the image of a deployment: data, before anything is built. */
import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import type { Bundle, DeploymentAssets } from "../model/bundle.ts";
import type { Part } from "../model/batch-parts.ts";
import { flavourOf, UNKNOWN_FLAVOUR, type Flavour } from "../model/flavour.ts";
import { pairName } from "../model/names.ts";
import { show, type Problem } from "../model/refusal.ts";
import { CONTAINER, ENVIRONMENT } from "../scoring/contract.ts";
import { packagesOf, type Buildable } from "./build-requirements.ts";

/** One image. */
export interface ImagePlan {
  /** `<endpoint>/<deployment>`, and `/<step>` of one, for people. */
  readonly label: string;
  /** `<endpoint>--<deployment>`, and `--<step>` of one. */
  readonly name: string;
  /** Version of Python that its packages ask for. */
  readonly python?: string | undefined;
  /** Lines of the requirements file. */
  readonly requirements: readonly string[];
  readonly files: readonly ContextFile[];
  readonly variables: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
}

/** A file of the context, from this machine. */
export interface ContextFile {
  /** Path in the context. */
  readonly path: string;
  readonly source: string;
  readonly size: number;
  readonly sha256: string;
  /** Its permissions in the image. */
  readonly mode: number;
}

/** A plan, or what is wrong. Neither for a custom container, which needs no image of ours. */
export interface Planned {
  readonly plan?: ImagePlan;
  readonly problems: readonly Problem[];
  readonly note?: string;
}

/** Of a deployment, or of a step of one. Files must have been read with their content: the image is named by it. */
export const planImage = (endpoint: string, { deployment: name, key, path: where, sources, step }: Part<string>, files: DeploymentAssets): Planned => {
  const deployment = sources as Buildable;
  const flavour = flavourOf(deployment, files);
  const label = [endpoint, name, ...(step === undefined ? [] : [step])].join("/");
  if (flavour === "container") return { problems: [], note: `${label}: a custom container (environment.inferenceConfig) runs as it is; nothing is built` };
  if ("component" in deployment) return { problems: [], note: `${label}: a pipeline registered in Azure runs there; nothing is built` };
  const isCommand = step !== undefined && deployment.model === undefined;
  if (isCommand && deployment.code === undefined && deployment.environment === undefined) return { problems: [], note: `${label}: a command without files and packages of its own runs in the scoring container as it is; nothing is built` };
  const packages = packagesOf(deployment, files, flavour);
  const found = [...(isCommand ? [] : sourceProblems(deployment, flavour, files)), ...packages.problems];
  const problems = found.map(({ path, message }) => ({ path: `${where}${path}`, message }));
  if (problems.length > 0) return { problems };
  const { environment } = deployment;
  const unused = environment?.image === undefined ? [] : ["environment.image is Azure's base and not used: the image is built on the scoring container"];
  const notes = [...packages.notes, ...unused].map((note) => `${label}: ${note}`);
  const layout = layOut(endpoint, deployment, files);
  return { plan: { label, name: pairName(endpoint, key), python: packages.python, requirements: packages.lines, notes, ...layout }, problems: [] };
};

const sourceProblems = ({ codeConfiguration, model }: Buildable, flavour: Flavour, files: DeploymentAssets): Problem[] => {
  const problems: Problem[] = [];
  const unread = model?.kind === "uri" || (model?.kind === "local" && files.model === undefined);
  if (model?.kind === "registered" || model?.kind === "id") problems.push({ path: ".model", message: "a model registered in Azure cannot be read here: write its files, model: { path }" });
  if (model?.kind === "uri") problems.push({ path: ".model.path", message: "an image takes files of this machine: write a path" });
  if (codeConfiguration !== undefined && codeConfiguration.code.kind !== "local")
    problems.push({ path: ".codeConfiguration.code", message: "code registered in Azure cannot be read here: write a folder of this machine" });
  if (flavour === "triton") problems.push({ path: ".model.type", message: "the scoring container serves no Triton models; Azure does" });
  if (flavour === "unknown" && !unread) problems.push({ path: "", message: UNKNOWN_FLAVOUR });
  if (files.code?.name === MODELS) problems.push({ path: ".codeConfiguration.code", message: `the container has a folder ${show(MODELS)} of its own beside the code; rename yours` });
  if (/[\r\n]/.test(`${files.code?.name}${codeConfiguration?.scoringScript}`)) problems.push({ path: ".codeConfiguration", message: "expected names of one line" });
  return problems;
};

/** Below the folder of code, and taken there. */
const MODELS = CONTAINER.modelRoot.slice(CONTAINER.appRoot.length + 1);

/** As on Azure: `<models>/<name>/<version>/<model>`, `<app>/<code>`. The context has the same folders, so that no name gets into the Dockerfile's COPY. */
const layOut = (endpoint: string, { codeConfiguration, model }: Buildable, files: DeploymentAssets): Pick<ImagePlan, "files" | "variables"> => {
  const given = model?.kind === "local" ? model : undefined;
  const folder = files.model === undefined ? undefined : `${given?.name ?? endpoint}/${given?.version ?? files.model.hash}`;
  return {
    files: [...filesOf(files.model, `model/${folder}`), ...filesOf(files.code, "code")],
    variables: {
      ...(folder === undefined ? {} : { [ENVIRONMENT.modelDir]: `${CONTAINER.modelRoot}/${folder}` }),
      ...(files.code === undefined ? {} : { [ENVIRONMENT.appRoot]: `${CONTAINER.appRoot}/${files.code.name}` }),
      ...(codeConfiguration === undefined ? {} : { [ENVIRONMENT.entryScript]: codeConfiguration.scoringScript }),
    },
  };
};

const filesOf = (bundle: Bundle | undefined, parent: string): ContextFile[] =>
  (bundle?.files ?? []).map(({ path, sha256, size, source }) => ({ path: bundle?.kind === "folder" ? `${parent}/${bundle.name}/${path}` : `${parent}/${path}`, source, size, sha256, mode: modeOf(source) }));

const READABLE = 0o004;
const EXECUTABLE = 0o100;

/** A file that only its owner reads is opened: in the image another user must read it. */
const modeOf = (source: string): number => {
  const mode = statSync(source).mode & 0o777;
  if (mode & READABLE) return mode;
  return mode & EXECUTABLE ? 0o755 : 0o644;
};

/** Any number but 0, and the one that pods run as. */
const USER = "10001:10001";

/** The Dockerfile of one image. What changes least comes first. */
export const dockerfile = ({ files, requirements, variables }: ImagePlan, base: string): string => {
  const has = (part: string): boolean => files.some(({ path }) => path.startsWith(`${part}/`));
  const install = [
    "ARG PIP_INDEX_URL",
    "COPY requirements.txt /opt/requirements.txt",
    "RUN python3 -m pip install --no-cache-dir --disable-pip-version-check --no-input -r /opt/requirements.txt",
  ];
  return [
    `FROM ${base}`,
    "USER root",
    ...(requirements.length === 0 ? [] : install),
    ...(has("model") ? [`COPY model/ ${CONTAINER.modelRoot}/`] : []),
    ...(has("code") ? [`COPY code/ ${CONTAINER.appRoot}/`] : []),
    ...Object.entries(variables).map(([name, value]) => `ENV ${name}="${value.replaceAll(/["\\$]/g, String.raw`\$&`)}"`),
    `USER ${USER}`,
    "",
  ].join("\n");
};

/** Twelve characters that change with anything in the image that this program decides. `around`: what else the build depends on. */
export const contentTag = (plan: ImagePlan, base: string, around: readonly string[]): string => {
  const parts = [dockerfile(plan, base), ...plan.requirements, "", ...around, "", ...plan.files.flatMap(({ mode, path, sha256 }) => [path, mode.toString(8), sha256])];
  return createHash("sha256").update(parts.join("\0")).digest("hex").slice(0, 12);
};
