/** What the front of a deployment collects. */
import { collecting } from "../../model/collector.ts";
import type { OnlineDeployment } from "../../model/online-deployment.ts";
import type { LocalCollector } from "./plan.ts";

export const compileCollector = <V>(endpoint: string, deployment: string, { dataCollector }: OnlineDeployment<V>): LocalCollector | undefined =>
  dataCollector === undefined ? undefined : collecting(endpoint, deployment, dataCollector);
