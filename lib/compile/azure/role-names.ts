/**
 * Built-in roles that an endpoint's identity may need, by the names of Microsoft's list (role-based-access-control/built-in-roles). Their ids are the
 * same in every tenant, so nothing is looked up.
 */
export const BUILT_IN: Readonly<Record<string, string>> = {
  AcrPull: "7f951dda-4ed3-4680-a7ca-43fe172d538d",
  "App Configuration Data Reader": "516239f1-63e1-4d78-a4de-a74fb236a071",
  "Azure Event Hubs Data Receiver": "a638d3c7-ab3a-418d-83e6-5f17a39d4fde",
  "Azure Event Hubs Data Sender": "2b629674-e913-4c01-ae53-ef4638d8f975",
  "Azure Machine Learning Workspace Connection Secrets Reader": "ea01e6af-a1c1-4350-9563-ad00f8c72ec5",
  "Azure Service Bus Data Receiver": "4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0",
  "Azure Service Bus Data Sender": "69a216fc-b8fb-44d8-bc22-1f3c2cd27a39",
  "AzureML Data Scientist": "f6c7c914-8db3-469d-8ca1-694a8f32e121",
  "AzureML Metrics Writer (preview)": "635dd51f-9968-44d3-b7fb-6d9a6bd613ae",
  "Cognitive Services OpenAI User": "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd",
  "Cognitive Services User": "a97b65f3-24c7-4388-baec-2e87135dc908",
  "Key Vault Reader": "21090545-7ca7-4776-b22c-e363652d74d2",
  "Key Vault Secrets User": "4633458b-17de-408a-b874-0445c86b69e6",
  Reader: "acdd72a7-3385-48ef-bd42-f606fba81ae7",
  "Search Index Data Reader": "1407120a-92aa-4202-b7e9-c0e197c71c8f",
  "Storage Blob Data Contributor": "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
  "Storage Blob Data Owner": "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
  "Storage Blob Data Reader": "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
  "Storage File Data Privileged Reader": "b8eda974-7b85-4f76-af95-65846b26df6d",
  "Storage Queue Data Message Sender": "c6a89b2d-59bc-44d0-9896-0f6e12d7b80a",
  "Storage Queue Data Reader": "19e7f393-937e-4f77-808e-94535e297925",
  "Storage Table Data Contributor": "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3",
  "Storage Table Data Reader": "76199698-9eea-4c19-bc75-cec21354c6b6",
};

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const ID = /\/providers\/Microsoft\.Authorization\/roleDefinitions\/[^/]+$/i;
const DEFINITIONS = "/providers/Microsoft.Authorization/roleDefinitions";

const builtIn = (role: string): string | undefined => (Object.hasOwn(BUILT_IN, role) ? BUILT_IN[role] : undefined);

/** Whether a role can be meant by this; a late one is asked of nobody before Azure. */
export const isRole = (role: unknown): boolean => typeof role !== "string" || builtIn(role) !== undefined || GUID.test(role) || ID.test(role);

/** The id of a role. That of a built-in role, and of any by its GUID, needs no subscription. */
export const roleId = <V>(role: V): V | string => {
  if (typeof role !== "string" || ID.test(role)) return role;
  return `${DEFINITIONS}/${builtIn(role) ?? role}`;
};

/** The GUID of a role that is known by now. */
export const roleGuid = (role: unknown): string | undefined => (typeof role === "string" ? (builtIn(role) ?? role.split("/").at(-1) ?? "").toLowerCase() : undefined);
