/** The container's build context, as part of this package. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Path of the bundled scoring container's build context, a folder with a `Dockerfile`: for `docker build`, or for `context.location` of
 * `@pulumi/docker-build`. Build arguments: `NODE_IMAGE`, `PYTHON_IMAGE` (base images), `REQUIREMENTS` (lines of a pip requirements file).
 */
export const scoringContext = (): string => {
  // From the sources and from the build it is the same folder: what is built.
  const folder = fileURLToPath(new URL("../../dist", import.meta.url));
  if (!existsSync(join(folder, "Dockerfile"))) throw new Error(`${folder} holds no build context yet: in a checkout, build it first with "npm run build"`);
  return folder;
};
