/** What instances of jobs are, and what runs in them. */
import { late, refusing, strict, text, under, whole } from "./fields.ts";

/** What runs a batch deployment's script: an image, or what is installed in one. */
export interface BatchEnvironmentArgs<V> {
  /** Container image that holds what the script needs, or the base on which Azure installs it. @default - none: refused on Azure */
  readonly image?: V;
  /** A conda environment file of this machine. @default - none */
  readonly condaFile?: string;
  /** A pip requirements file of this machine. On Azure Python 3.11 and what Azure's driver needs are added. @default - none */
  readonly requirements?: string;
}

/** What a job's instances are. */
export interface BatchResourcesArgs {
  /** Instances of one job, 1 or more: nodes of the cluster, pods, or on localhost processes. A change replaces the deployment on Azure. @default 1 */
  readonly instanceCount?: number;
}

/** @internal */
export const batchEnvironment = <V>() =>
  under(
    strict({
      image: late<V>("an image").optional(),
      condaFile: text("a file").optional(),
      requirements: text("a file").optional(),
    }),
    ({ condaFile, requirements }) => refusing([], condaFile !== undefined && requirements !== undefined ? "expected condaFile or requirements, not both" : undefined),
    ({ condaFile, image, requirements }) => refusing([], [condaFile, image, requirements].every((each) => each === undefined) ? "expected image, condaFile or requirements" : undefined),
  );

/** @internal */
export const batchResources = () => strict({ instanceCount: whole("instances", 1).default(1) }).prefault({});
