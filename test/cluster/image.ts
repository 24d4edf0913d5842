/**
 * The scoring image, built as a user builds it and brought to the cluster's node, with the packages of the examples and of the conformance suite's
 * MLflow model, under every name that they use; and the suite's custom container.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { scoringContext } from "../../lib/scoring/context.ts";
import { BASES, makeBases } from "../image/bases.ts";
import { cacheFolder, docker, obstacle, startDocker } from "../image/docker.ts";
import { archiveOf } from "../rig/kubernetes/image.ts";
import { ctr } from "../rig/kubernetes/node.ts";
import { STATE } from "../rig/kubernetes/place.ts";
import { run } from "../rig/kubernetes/processes.ts";

const NAME = "scoring:cluster";
const OWN = "own:cluster";
const near = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const requirements = ["examples/blue-green/scoring", "test/conformance/program/words"].map((folder) => readFileSync(near(`${folder}/requirements.txt`), "utf8")).join("");
const own = near("test/conformance/program/own");

/** What programs call the scoring image. The second of a pair is the first with another name, for updates of an image. */
export const IMAGES = { scoring: "registry.example.com/scoring:0.1.0", wine: "registry.example.com/wine-scoring:1.0.0", wineNext: "registry.example.com/wine-scoring:1.0.1" } as const;

/** What the suite's program calls its custom container. */
const OWN_IMAGE = "registry.example.com/own:1.0.0";

/** What brings a model, and its place in there. */
export const MODEL_IMAGE = { image: "registry.example.com/wine-model:1.0.0", path: "/models/blue.onnx" } as const;

/** Gives the images to the node. */
export const bringImage = async (): Promise<void> => {
  ctr("images", "import", await archiveImages());
  for (const name of Object.values(IMAGES)) ctr("images", "tag", "--force", `docker.io/library/${NAME}`, name);
  ctr("images", "tag", "--force", `docker.io/library/${OWN}`, OWN_IMAGE);
  ctr("images", "import", modelArchive());
};

/** The least that a model can be copied from: the model, `cp`, and what that is linked to. */
const modelArchive = (): string => {
  const libraries = [...run("ldd", "/bin/cp").matchAll(/(\/\S+) \(0x/g)].map(([, path = ""]) => path);
  const files = Object.fromEntries(["/bin/cp", ...libraries].map((path) => [path, path]));
  return archiveOf(MODEL_IMAGE.image, join(STATE, "model"), { ...files, [MODEL_IMAGE.path]: near("examples/quickstart/models/blue.onnx") }, { Env: ["PATH=/bin"] });
};

/** Builds the images if what they are made of has changed since they were built last. Kept for the next run: the newest alone. */
export const archiveImages = async (): Promise<string> => {
  const folder = join(cacheFolder(), "..", "cluster-image");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${contextHash()}.tar`);
  if (existsSync(file)) return file;
  const missing = obstacle();
  if (missing !== undefined) throw new Error(missing);
  const daemon = await startDocker();
  try {
    makeBases(daemon);
    const bases = ["--build-arg", `NODE_IMAGE=${BASES.node}`, "--build-arg", `PYTHON_IMAGE=${BASES.python}`];
    docker(daemon.env, ["build", "--network", "host", ...bases, "--build-arg", `REQUIREMENTS=${requirements}`, "--tag", NAME, scoringContext()]);
    docker(daemon.env, ["build", "--network", "host", "--build-arg", `SCORING=${NAME}`, "--tag", OWN, own]);
    docker(daemon.env, ["save", "--output", `${file}.part`, NAME, OWN]);
  } finally {
    await daemon.stop();
  }
  for (const old of readdirSync(folder).filter((name) => name.endsWith(".tar"))) rmSync(join(folder, old));
  renameSync(`${file}.part`, file);
  return file;
};

const contextHash = (): string => {
  const hash = createHash("sha256").update(requirements).update(process.version);
  for (const context of [scoringContext(), own]) {
    const files = readdirSync(context, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && entry.name !== ".tsbuildinfo" && !entry.parentPath.endsWith("__pycache__"));
    for (const path of files.map((entry) => join(entry.parentPath, entry.name)).toSorted()) hash.update(`${path.slice(context.length)}\n`).update(readFileSync(path));
  }
  return hash.digest("hex").slice(0, 16);
};
