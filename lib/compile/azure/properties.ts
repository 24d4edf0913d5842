/** What the shell and its routing both say of an endpoint. */
import type { On } from "../../model/endpoint.ts";
import type { AzureMlTarget } from "../../model/target.ts";
import { computeId } from "./ids.ts";

const AUTH_MODES = { key: "Key", aml_token: "AMLToken", aad_token: "AADToken" } as const;

/** OnlineEndpointProperties without traffic. */
export const endpointProperties = <V>({ authMode, azure, description, target }: On<V, AzureMlTarget<V>>) => ({
  authMode: AUTH_MODES[authMode],
  ...(azure.compute === undefined ? {} : { compute: computeId(azure.compute, target) }),
  ...(description === undefined ? {} : { description }),
  ...(Object.keys(azure.properties).length === 0 ? {} : { properties: azure.properties }),
  ...(azure.compute === undefined ? { publicNetworkAccess: azure.publicNetworkAccess === "disabled" ? "Disabled" : "Enabled" } : {}),
});

export const identityType = (type: "system_assigned" | "user_assigned") => (type === "system_assigned" ? "SystemAssigned" : "UserAssigned");
