/** `inference-endpoints build`: an image for each deployment of a program, and each step of a pipeline, with the scoring container, its model, code and Python packages. */
import { readFileSync } from "node:fs";
import { bundle } from "../assets/bundle.ts";
import { readAssets } from "../assets/read.ts";
import { InvalidArgs } from "../model/refusal.ts";
import { scoringContext } from "../scoring/context.ts";
import { buildFolder, buildImage, pushImage, requireDocker, type DockerFlags } from "./build-docker.ts";
import { contentTag, dockerfile, planImage, type ImagePlan } from "./build-plan.ts";
import { WITHOUT_CREDENTIALS } from "./build-requirements.ts";
import type { AnyEndpoint } from "../model/batch-endpoint.ts";
import { partsOf } from "../model/batch-parts.ts";
import type { Filled } from "./fill.ts";
import { declarations, open, type ProgramOptions } from "./program.ts";
import { Refused, refuse } from "./refusal.ts";
import { hasCredentials } from "./requirements.ts";

/** The flags of `build`. */
export interface BuildOptions extends ProgramOptions, DockerFlags {
  readonly base?: string | undefined;
  readonly bundled?: boolean | undefined;
  readonly deployment?: readonly string[] | undefined;
  readonly print?: boolean | undefined;
  readonly push?: boolean | undefined;
  readonly registry?: string | undefined;
  readonly tag?: string | undefined;
}

/** One image, named. */
interface Image {
  readonly plan: ImagePlan;
  readonly base: string;
  /** The base is the bundled container, which is built first. */
  readonly bundled: boolean;
  /** `<registry>/<endpoint>--<deployment>:<tag>`. */
  readonly reference: string;
}

/** Builds, and prints one line an image: what it is for, and its name, by digest when it was pushed. */
export const build = async (named: string | undefined, options: BuildOptions): Promise<void> => {
  checkFlags(options);
  const opened = open(named, options, process.cwd(), process.env);
  const { endpoints } = await declarations(opened, { secrets: "hide" });
  for (const note of opened.configuration.notes) say(`note: ${note}`);
  const images = plan(endpoints, options);
  if (options.print === true) return void process.stdout.write(images.map(asText).join("\n"));
  if (images.length > 0) requireDocker();
  await buildBundled(images, options);
  for (const { base, plan: each, reference } of images) {
    say(`building ${each.label} on ${base}`);
    await buildImage(each, base, reference, options);
    process.stdout.write(`${each.label} ${options.push === true ? await pushImage(reference) : reference}\n`);
  }
};

const say = (line: string): void => void process.stderr.write(`${line}\n`);

const TAG = /^[\w][\w.-]{0,127}$/;

const checkFlags = ({ base, buildArg = [], bundled, push, registry, tag }: BuildOptions): void => {
  const secret = buildArg.find((each) => !isProxy(each) && hasCredentials(each));
  if (secret !== undefined) refuse(`--build-arg ${secret.split("=")[0]}: it holds a user or a password, and ${WITHOUT_CREDENTIALS}`);
  if (base !== undefined && bundled === true) refuse("--base and --bundled: give one; each names what the images are built on");
  if (push === true && registry === undefined) refuse("--push: where to? give --registry, such as registry.example.com/team");
  if (tag !== undefined && !TAG.test(tag)) refuse(`--tag: expected letters, digits, "_", "." and "-", up to 128; got ${JSON.stringify(tag)}`);
  if (registry !== undefined && !/^[^\s/@]+(?:\/[^\s/@]+)*$/.test(registry)) refuse(`--registry: expected a host and a path, such as registry.example.com/team; got ${JSON.stringify(registry)}`);
};

/** Docker knows these itself, and keeps them out of the image and of its history. */
const isProxy = (buildArg: string): boolean => /^(?:https?|ftp|all|no)_proxy=/i.test(buildArg);

/** Problems of every endpoint are told together. */
const plan = (endpoints: readonly Filled[], options: BuildOptions): Image[] => {
  const chosen = chooser(endpoints, options.deployment);
  const refusals: string[] = [];
  const images = endpoints.flatMap((filled) => {
    const { endpoint } = filled;
    const names = Object.keys(endpoint.deployments).filter(chosen);
    const mine = { ...endpoint, deployments: Object.fromEntries(names.map((name) => [name, endpoint.deployments[name]!])) } as AnyEndpoint<string>;
    const { assets, problems: missing } = readAssets(mine, "content");
    const planned = partsOf(mine.deployments).map((part) => planImage(mine.name, part, assets[part.key] ?? {}));
    const problems = [...missing, ...planned.flatMap((each) => each.problems)];
    if (problems.length > 0) refusals.push(new InvalidArgs(`Endpoint ${JSON.stringify(endpoint.logicalName)}`, problems).message);
    for (const { note, plan: each } of planned) for (const line of [...(note === undefined ? [] : [note]), ...(each?.notes ?? [])]) say(`note: ${line}`);
    return planned.flatMap(({ plan: each }) => (each === undefined ? [] : [name(each, baseOf(filled, each, options), options)]));
  });
  if (refusals.length > 0) throw new Refused(refusals.join("\n"));
  return images;
};

const chooser = (endpoints: readonly Filled[], wanted: readonly string[] | undefined): ((name: string) => boolean) => {
  if (wanted === undefined) return () => true;
  const known = new Set(endpoints.flatMap(({ endpoint }) => Object.keys(endpoint.deployments)));
  const wrong = wanted.filter((name) => !known.has(name));
  if (wrong.length > 0) refuse(`--deployment: there is no ${wrong.join(", ")}; the program has ${[...known].join(", ")}`);
  return (name) => wanted.includes(name);
};

/** What the images of a deployment stand on: the flag, else the target's scoring image, else the bundled container. */
const baseOf = ({ endpoint, secret, unknown }: Filled, { label, python }: ImagePlan, { base, bundled, buildArg = [] }: BuildOptions): Pick<Image, "base" | "bundled"> => {
  const written = endpoint.target.scoringImage;
  const known = written === undefined || unknown.has(written) || secret.has(written) ? undefined : written;
  const given = bundled === true ? undefined : (base ?? known);
  if (given !== undefined && python !== undefined) say(`note: ${label}: its packages ask for Python ${python}; the Python of ${given} is used, whatever it is`);
  if (given !== undefined) return { base: given, bundled: false };
  const own = python !== undefined && !buildArg.some((each) => each.startsWith("PYTHON_IMAGE="));
  return { base: `${BUNDLED}:${version()}${own ? `-python${python}` : ""}`, bundled: true };
};

const BUNDLED = "inference-endpoints-scoring";

const version = (): string => (JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string }).version;

const name = (each: ImagePlan, { base, bundled }: Pick<Image, "base" | "bundled">, options: BuildOptions): Image => {
  const { registry, tag } = options;
  const repository = `${registry === undefined ? "" : `${registry}/`}${each.name}`;
  return { plan: each, base, bundled, reference: `${repository}:${tag ?? contentTag(each, base, around(bundled, options))}` };
};

/** What an image depends on beside its own files: what docker is told, and the bundled container as it is. */
const around = (bundled: boolean, { buildArg = [], platform }: BuildOptions): string[] => [
  platform ?? process.env["DOCKER_DEFAULT_PLATFORM"] ?? "",
  ...buildArg.filter((each) => !isProxy(each)),
  ...(bundled ? [bundle(scoringContext(), "content").hash] : []),
];

/** Once for each Python that is asked for. */
const buildBundled = async (images: readonly Image[], options: BuildOptions): Promise<void> => {
  const needed = new Map(images.filter(({ bundled }) => bundled).map(({ base, plan: { python } }) => [base, python]));
  for (const [base, python] of needed) {
    say(`building ${base}, the bundled scoring container`);
    const own = base.endsWith(`-python${python}`) ? [`PYTHON_IMAGE=python:${python}-slim-bookworm`] : [];
    await buildFolder(scoringContext(), base, { ...options, buildArg: [...own, ...(options.buildArg ?? [])] });
  }
};

/** An image that is not built: its context as comments, then its Dockerfile. */
const asText = ({ base, bundled, plan: each, reference }: Image): string =>
  [
    `# ${each.label}: ${reference}`,
    ...(bundled ? [`# ${base} is the bundled scoring container, built first`] : []),
    ...(each.requirements.length === 0 ? [] : ["# requirements.txt:", ...each.requirements.map((line) => `#   ${line}`)]),
    "# files:",
    ...each.files.map(({ path, size }) => `#   ${path} (${size} bytes)`),
    dockerfile(each, base),
  ].join("\n");
