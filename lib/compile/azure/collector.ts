/** Data collection: the collections of a deployment, and the data assets they are written to. */
import type { On } from "../../model/endpoint.ts";
import { Ref } from "../../model/late.ts";
import { pairName } from "../../model/names.ts";
import type { OnlineDeployment } from "../../model/online-deployment.ts";
import type { PlannedResource } from "../../model/plan.ts";
import { show } from "../../model/refusal.ts";
import type { AzureMlTarget } from "../../model/target.ts";
import { assetId, inWorkspace } from "./ids.ts";

type Collector<V> = NonNullable<OnlineDeployment<V>["dataCollector"]>;

const ROLLING_RATES = { year: "Year", month: "Month", day: "Day", hour: "Hour", minute: "Minute" } as const;

/** DataCollector. */
export const compileCollector = <V>(endpoint: On<V, AzureMlTarget<V>>, deployment: string, collector: Collector<V>) => ({
  collections: Object.fromEntries(
    Object.entries(collector.collections).map(([name, collection]) => [
      name,
      {
        clientId: collection.clientId,
        dataCollectionMode: collection.enabled ? "Enabled" : "Disabled",
        dataId: collection.data.kind === "new" ? new Ref(dataId(deployment, name), "id") : assetId(endpoint, "data", collection.data),
        samplingRate: collection.samplingRate ?? collector.samplingRate,
      },
    ]),
  ),
  requestLogging: collector.requestLogging === undefined ? undefined : { captureHeaders: collector.requestLogging.captureHeaders },
  rollingRate: ROLLING_RATES[collector.rollingRate],
});

const dataId = (deployment: string, collection: string): string => `data:${deployment}:${collection}`;

/** One data asset for each collection that names no existing one. */
export const compileCollectionData = <V>(endpoint: On<V, AzureMlTarget<V>>, deployment: string): PlannedResource[] => {
  const collections = endpoint.deployments[deployment]?.dataCollector?.collections ?? {};
  return Object.entries(collections).flatMap(([collection, { data }]) => {
    if (data.kind !== "new") return [];
    const folder = `modelDataCollector/${endpoint.name}/${deployment}/${collection}`;
    const name = data.name ?? `${endpoint.name}-${deployment}-${collection}`;
    return [
      {
        id: dataId(deployment, collection),
        role: "data",
        deployment,
        type: "azure-native:machinelearningservices:DataVersion",
        logicalName: `${pairName(endpoint.name, deployment)}-${collection}-data`,
        inputs: {
          name,
          properties: { dataType: "uri_folder", dataUri: data.path ?? `azureml://datastores/workspaceblobstore/paths/${folder}`, tags: { ...endpoint.tags, ...endpoint.deployments[deployment]?.tags } },
          resourceGroupName: endpoint.target.resourceGroupName,
          version: data.version,
          workspaceName: endpoint.target.workspaceName,
        },
        options: {},
        claim: {
          path: `deployments.${deployment}.dataCollector.collections.${collection}.data`,
          what: `data ${show(name)} version ${show(data.version)}`,
          parts: inWorkspace(endpoint.target, "data", name, data.version),
          instead: "give it another name or version",
        },
      },
    ];
  });
};
