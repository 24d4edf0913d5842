/** A diagnostic setting of the endpoint. */
import type { On } from "../../model/endpoint.ts";
import type { EndpointLog } from "../../model/diagnostics.ts";
import { Ref } from "../../model/late.ts";
import type { PlannedResource } from "../../model/plan.ts";
import type { AzureMlTarget } from "../../model/target.ts";
import { SHELL } from "./ids.ts";

/** The plan's resource, which the alert that reads the log follows. */
export const DIAGNOSTICS = "diagnosticSetting";

/** The log's category, and its table in the workspace. */
export const TABLES: Readonly<Record<EndpointLog, string>> = {
  traffic: "AmlOnlineEndpointTrafficLog",
  console: "AmlOnlineEndpointConsoleLog",
  event: "AmlOnlineEndpointEventLog",
};

export const compileDiagnostics = <V>({ azure, name }: On<V, AzureMlTarget<V>>): PlannedResource[] => {
  const settings = azure.diagnosticSettings;
  if (settings === undefined) return [];
  return [
    {
      id: DIAGNOSTICS,
      role: DIAGNOSTICS,
      type: "azure-native:monitor:DiagnosticSetting",
      logicalName: `${name}-diagnostics`,
      inputs: {
        // A table of its own for each log, instead of one for the logs of everything.
        logAnalyticsDestinationType: "Dedicated",
        logs: settings.logs.map((log) => ({ category: TABLES[log], enabled: true })),
        metrics: settings.metrics ? [{ category: "AllMetrics", enabled: true }] : undefined,
        name: "inference-endpoints",
        resourceUri: new Ref(SHELL, "id"),
        workspaceId: settings.workspaceId,
      },
      options: {},
    },
  ];
};
