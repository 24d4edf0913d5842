/** Run by itself: whether the tests of this folder can run here. Says why not, and exits with 1. */
import { obstacle, startDocker } from "./docker.ts";

try {
  const missing = obstacle();
  if (missing !== undefined) throw new Error(missing);
  await (await startDocker()).stop();
} catch (error) {
  process.stdout.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
