/** What instances of jobs are, and what runs in them. */
import { late, strict, text, whole } from "./fields.ts";

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
  strict({
    image: late<V>("an image").optional(),
    condaFile: text("a file").optional(),
    requirements: text("a file").optional(),
  }).superRefine((value, context) => {
    const installed = [value.condaFile, value.requirements].filter((file) => file !== undefined);
    if (installed.length === 2) context.addIssue({ code: "custom", message: "expected condaFile or requirements, not both" });
    if (installed.length === 0 && value.image === undefined) context.addIssue({ code: "custom", message: "expected image, condaFile or requirements" });
  });

/** @internal */
export const batchResources = () => strict({ instanceCount: whole("instances", 1).default(1) }).prefault({});
