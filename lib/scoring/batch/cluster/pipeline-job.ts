/** From the record of a pipeline's job to the folders of a pod. */
import { JobError } from "../job-error.ts";
import type { PipelineJob } from "../pipeline-files.ts";
import type { JobRecord } from "../record.ts";
import type { Addresses } from "../uri.ts";

/** Throws JobError for one that is no pipeline's. */
export const pipelineJobOf = ({ home, id, pipeline, request }: JobRecord, addresses: Addresses): PipelineJob => {
  const place = home === undefined ? undefined : addresses.output(home);
  if (pipeline === undefined || place?.kind !== "local") throw new JobError(`job ${id} is none of a pipeline deployment`);
  return { id, pipeline, request, home: place.path, addresses };
};
