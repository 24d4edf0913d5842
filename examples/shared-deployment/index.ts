/** Owns one deployment of the endpoint in ../shared-endpoint. */
// #region deployment
import { azureMl, existingEndpoint, OnlineDeployment } from "inference-endpoints";

const subscriptionId = "00000000-0000-0000-0000-000000000000";
const target = azureMl({ resourceGroupName: "ml-prod", workspaceName: "models", location: "westeurope", subscriptionId });

const green = new OnlineDeployment("green", {
  endpoint: existingEndpoint("credit-prod", target),
  model: "azureml:credit:2",
  instanceCount: 3,
  azure: { instanceType: "Standard_DS3_v2" },
});

export const deployedName = green.deployedName;
// #endregion
