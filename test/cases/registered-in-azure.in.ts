import type { Case } from "./declare.ts";

export default {
  name: "credit",
  args: {
    name: "credit-risk",
    authMode: "aad_token",
    azure: {
      identity: { type: "user_assigned", userAssignedIdentities: [{ resourceId: "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/scorer" }] },
      publicNetworkAccess: "disabled",
      properties: { owner: "risk" },
    },
    deployments: {
      blue: {
        model: "azureml:credit:7",
        codeConfiguration: { code: "/subscriptions/s/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws/codes/credit/versions/1", scoringScript: "score.py" },
        environmentVariables: { DB: "${{azureml://connections/db/target}}" },
        egressPublicNetworkAccess: "disabled",
        instanceCount: 3,
        azure: { instanceType: "Standard_F4s_v2", environment: "azureml:sklearn:3", properties: { a: "b" } },
        dataCollector: { collections: { request: {}, response: { enabled: false }, scores: { samplingRate: 0.1 } }, rollingRate: "day" },
      },
      mlflow: { model: { path: "azureml://datastores/d/paths/m", type: "mlflow_model", version: "3" }, instanceCount: 3, azure: { instanceType: "Standard_F4s_v2" } },
    },
    traffic: { blue: 100 },
  },
} satisfies Case;
