/** What the front of a deployment collects. Where registered data would go, and who writes there, matters to Azure alone. */
import type { OnlineDeployment } from "../../model/online-deployment.ts";
import type { LocalCollector } from "./plan.ts";

export const compileCollector = <V>(endpoint: string, deployment: string, { dataCollector }: OnlineDeployment<V>): LocalCollector | undefined => {
  if (dataCollector === undefined) return undefined;
  const { collections, requestLogging, rollingRate, samplingRate } = dataCollector;
  return {
    endpoint,
    deployment,
    collections: Object.fromEntries(Object.entries(collections).map(([name, { enabled, samplingRate: own }]) => [name, { enabled, ...(own === undefined ? {} : { samplingRate: own }) }])),
    samplingRate,
    rollingRate,
    ...(requestLogging === undefined ? {} : { requestLogging }),
  };
};
