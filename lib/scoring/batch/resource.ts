/** A job as callers see it: the resource of Azure's data plane, with what ours knows beyond it. */
import { pathToFileURL } from "node:url";
import { BATCH_ROUTES, ENDED, type JobStatus } from "../contract/batch.ts";
import type { JobRecord } from "./record.ts";

const TYPE = "Microsoft.MachineLearningServices/workspaces/batchEndpoints/jobs";

const PROVISIONING: Partial<Record<JobStatus, string>> = { Completed: "Succeeded", Failed: "Failed", Canceled: "Canceled" };

const addressOf = (place: string): string => (place.includes("://") ? place : pathToFileURL(place).href);

/** `prefix`: what stands before the routes. */
export const resourceOf = (record: JobRecord, prefix: string): object => {
  const { createdAt, deployment, endedAt, id, output, outputs, progress, reason, request, startedAt, status } = record;
  return {
    id: `${prefix}${BATCH_ROUTES.jobs}/${id}`,
    name: id,
    type: TYPE,
    properties: {
      status,
      provisioningState: PROVISIONING[status] ?? "InProgress",
      deployment,
      ...(request.name === undefined ? {} : { displayName: request.name }),
      ...(request.description === undefined ? {} : { description: request.description }),
      ...(request.tags === undefined ? {} : { tags: request.tags }),
      ...(request.properties === undefined ? {} : { properties: request.properties }),
      interactionEndpoints: {},
      output: { uri: addressOf(output) },
      ...(outputs === undefined ? {} : { outputs: Object.fromEntries(Object.entries(outputs).map(([name, path]) => [name, { uri: addressOf(path) }])) }),
      ...(progress === undefined ? {} : { progress }),
      ...(reason === undefined ? {} : { error: { code: "UserError", message: reason } }),
      ...(startedAt === undefined ? {} : { startTimeUtc: startedAt }),
      ...(endedAt === undefined ? {} : { endTimeUtc: endedAt }),
    },
    systemData: { createdAt },
  };
};

/** Whether a job will not change by itself. */
export const hasEnded = ({ status }: JobRecord): boolean => ENDED.includes(status);
