/** Owns the endpoint. Its deployment `green` is made by the program in ../shared-deployment, and gets a share once it is there. */
// #region endpoint
import { Config } from "@pulumi/pulumi";
import { azureMl, Endpoint } from "inference-endpoints";

const greenShare = new Config().getNumber("greenShare") ?? 0;

const credit = new Endpoint("credit", {
  kind: "online",
  name: "credit-prod",
  target: azureMl({ resourceGroupName: "ml-prod", workspaceName: "models", location: "westeurope" }),
  deployments: {
    blue: { model: "azureml:credit:1", instanceCount: 3, azure: { instanceType: "Standard_DS3_v2" } },
    green: "external",
  },
  traffic: { blue: 100 - greenShare, green: greenShare },
});

export const name = credit.name;
// #endregion
export const scoringUri = credit.scoringUri;
