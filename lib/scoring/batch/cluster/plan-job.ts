/** From a call to the record of a job that could be run on a cluster: what can be said without the data is said at once, the rest by the job itself. */
import type { BatchClusterFile, ClusterDeployment, ClusterModel } from "../../contract/batch-cluster.ts";
import { inputOf, modelLayout, settingsFor } from "../execute.ts";
import { inputProblem } from "../inputs.ts";
import { JobError } from "../job-error.ts";
import type { JobRecord } from "../record.ts";
import { Refused } from "../refused.ts";
import type { JobRequest } from "../request.ts";
import { UriError } from "../uri.ts";
import { claimOf, onCluster } from "./addresses.ts";
import type { Asked } from "./asked.ts";
import { planPipeline } from "./plan-pipeline.ts";

/** Throws {@link Refused}. */
export const planJob = (file: BatchClusterFile, deployment: ClusterDeployment, asked: Asked): JobRecord => {
  try {
    return deployment.kind === "pipeline" ? planPipeline(file, deployment, asked) : checked(file, deployment, asked);
  } catch (error) {
    throw error instanceof UriError || error instanceof JobError ? new Refused(400, error.message) : error;
  }
};

/** Its folders stand for nothing: only their forms are asked about. */
const addresses = onCluster("", "");

const checked = (file: BatchClusterFile, deployment: ClusterModel, asked: Asked): JobRecord => {
  const { id, request } = asked;
  const settings = settingsFor(deployment, request);
  const input = inputOf(request, addresses);
  const problem = input.place.kind === "remote" ? inputProblem(input) : undefined;
  if (problem !== undefined) throw new JobError(problem);
  const [output] = Object.values(request.outputs);
  const onClaim = output === undefined ? undefined : claimOf(output.uri);
  if (output?.type === "UriFile" && onClaim?.path === "") throw new JobError(`${output.uri} is a claim, and no file on it: expected pvc://<claim>/<path>`);
  const { upload } = modelLayout(request, settings, "", addresses);
  const home = onClaim === undefined ? homeOf(file, id, output?.uri) : undefined;
  return { ...asked, settings, status: "NotStarted", output: upload?.uri ?? folderOf(output) ?? `${home}/output`, ...(home === undefined ? {} : { home }) };
};

/** Where a job keeps what has no place on a claim of its own. */
const homeOf = ({ endpoint, jobsClaim }: BatchClusterFile, id: string, output: string | undefined): string => {
  if (jobsClaim !== undefined) return `pvc://${jobsClaim}/${endpoint}/${id}`;
  const why = output === undefined ? "the job names no output, and the endpoint has no claim for such jobs" : `${output}: what a job writes there is collected on a claim first, and the endpoint has none`;
  throw new JobError(`properties.OutputData: ${why}: name an output on one, pvc://<claim>/<path>, or give the endpoint kubernetes: { jobsClaim }`);
};

/** The address of the folder, as on every target; of a file, that of the folder that it stands in. */
const folderOf = (output: JobRequest["outputs"][string] | undefined): string | undefined => {
  if (output === undefined) return undefined;
  const uri = output.uri.replace(/\/+$/, "");
  return output.type === "UriFile" ? uri.slice(0, uri.lastIndexOf("/")) : uri;
};
