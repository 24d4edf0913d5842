/** A plugin of its own for a test, and the inputs that most tests use. */
import { onTestFinished } from "vitest";
import { client } from "./plugin/client.ts";
import { connect, type Engine } from "../plugin/engine.ts";
import { provider } from "./plugin/provider.ts";
import { serve } from "../plugin/server.ts";
import { fresh } from "./trying.ts";

export const ENDPOINT = "machinelearningservices:OnlineEndpoint";
export const DEPLOYMENT = "machinelearningservices:OnlineDeployment";
const PLACE = { resourceGroupName: "rg", workspaceName: "ws", location: "westeurope" };
export const credit = { ...PLACE, endpointName: "credit", identity: { type: "SystemAssigned" }, properties: { authMode: "Key" } };
export const blue = {
  ...PLACE,
  endpointName: "credit",
  deploymentName: "blue",
  sku: { name: "Default", capacity: 2 },
  properties: { endpointComputeType: "Managed", instanceType: "Standard_DS3_v2" },
};

export const started = async (): Promise<Engine & { readonly folder: string }> => {
  const { folder } = fresh();
  const { port, close } = await serve(provider(client(folder), "3.28.0"));
  const engine = connect(port, "azure-native");
  onTestFinished(() => (engine.close(), close()));
  return { ...engine, folder };
};

export const failure = (promise: Promise<unknown>): Promise<Error & { readonly details: string }> =>
  promise.then(
    () => {
      throw new Error("it did not fail");
    },
    (error: unknown) => error as Error & { readonly details: string },
  );
