/** Starts Docker, makes the bases, builds the scoring image from the package's own context, and says how large it is. */
import { scoringContext } from "../../lib/scoring/context.ts";
import { BASES, makeBases } from "./bases.ts";
import { docker, obstacle, startDocker } from "./docker.ts";

/** The image that the tests look at. */
export const IMAGE = "scoring:test";

/** Flags of every build: how the bases are called here, and that there is no network but the machine's. */
export const BUILD_FLAGS = ["--network", "host", "--build-arg", `NODE_IMAGE=${BASES.node}`, "--build-arg", `PYTHON_IMAGE=${BASES.python}`, "--build-arg", "REQUIREMENTS=joblib==1.5.2\n# a comment\nsix"];

export default async (): Promise<() => Promise<void>> => {
  const missing = obstacle();
  if (missing !== undefined) throw new Error(missing);
  const begin = performance.now();
  const daemon = await startDocker();
  try {
    makeBases(daemon);
    const based = performance.now();
    docker(daemon.env, ["build", ...BUILD_FLAGS, "--tag", IMAGE, scoringContext()]);
    const seconds = (from: number, to: number): string => `${((to - from) / 1000).toFixed(0)} s`;
    const size = (image: string): number => Number(docker(daemon.env, ["image", "inspect", "--format", "{{.Size}}", image])) / 1e6;
    const [all, base] = [size(IMAGE), size(BASES.python)];
    console.log(`scoring image: ${all.toFixed(0)} MB, of which ${base.toFixed(0)} MB are its base; bases ${seconds(begin, based)}, build ${seconds(based, performance.now())}`);
  } catch (error) {
    await daemon.stop();
    throw error;
  }
  // The tests' processes inherit it.
  Object.assign(process.env, daemon.env);
  return () => daemon.stop();
};
