/** A batch endpoint on this machine. */
import type { BatchEndpoint } from "../../model/batch-endpoint.ts";
import type { Assets } from "../../model/bundle.ts";
import { compileBatchDeployment } from "./batch-deployment.ts";
import type { LocalBatchPlan } from "./plan.ts";

/** The plan of an endpoint that passed the verdict. Its target is not looked at: the same program runs here. */
export const compileBatchEndpoint = <V>(endpoint: BatchEndpoint<V>, assets: Assets): LocalBatchPlan<V> => ({
  kind: "batch",
  name: endpoint.name,
  path: `/endpoints/${endpoint.name}`,
  defaultDeployment: endpoint.defaults?.deploymentName,
  deployments: Object.entries(endpoint.deployments).flatMap(([name, deployment]) => compileBatchDeployment(endpoint.name, name, deployment, assets)),
});
