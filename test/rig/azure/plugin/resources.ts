/** Create, read, update and delete, as azure-native does them. */
import { equal, type Body } from "../../json.ts";
import { cite, RULES } from "../rules.ts";
import { AzureError, type Client } from "./client.ts";
import { bodyOf, idOf, inputsOfId, outputsOf, projected } from "./convert.ts";
import { applied } from "./difference.ts";
import type { ResourceType } from "./types.ts";

/** The service accepted a write, and then it failed: the resource is in the state, with its reasons. */
export class PartialFailure extends Error {
  readonly id: string;
  readonly outputs: Body;

  constructor(id: string, outputs: Body, reason: string) {
    super(reason);
    this.id = id;
    this.outputs = outputs;
  }
}

export interface Azure {
  readonly client: Client;
  readonly subscription: string;
}

export interface Result {
  readonly id: string;
  readonly outputs: Body;
}

/** Looks first: what exists is not taken over. */
export const create = async (azure: Azure, type: ResourceType, inputs: Body, timeout: number | undefined): Promise<Result> => {
  const id = idOf(type, inputs, azure.subscription);
  if ((await azure.client.get(id)) !== undefined) throw new Error(`cannot create already existing resource '${id}' ${cite(RULES.exists)}`);
  await keysOf(azure, type, inputs);
  return write(azure, type, { method: "PUT", path: id, body: bodyOf(type, inputs) }, inputs, timeout);
};

/** The whole inputs by PUT; by PATCH where an identity left the list. */
export const update = async (azure: Azure, type: ResourceType, inputs: Body, olds: Body, timeout: number | undefined): Promise<Result> => {
  const path = idOf(type, inputs, azure.subscription);
  const body = bodyOf(type, inputs);
  const gone = usersOf(olds).filter((id) => !usersOf(inputs).includes(id));
  await keysOf(azure, type, inputs);
  if (gone.length === 0) return write(azure, type, { method: "PUT", path, body }, inputs, timeout);
  const identity = { ...body["identity"], userAssignedIdentities: { ...body["identity"]?.["userAssignedIdentities"], ...Object.fromEntries(gone.map((id) => [id, null])) } };
  try {
    return await write(azure, type, { method: "PATCH", path, body: { ...body, identity } }, inputs, timeout);
  } catch (error) {
    if (error instanceof AzureError) error.message += ` ${cite(RULES.patchUpdate)}`;
    throw error;
  }
};

const usersOf = (inputs: Body): readonly string[] => inputs["identity"]?.["userAssignedIdentities"] ?? [];

/** Blobs are signed with the account's key. */
const keysOf = async ({ client, subscription }: Azure, { path }: ResourceType, inputs: Body): Promise<void> => {
  if (!path.includes("/blobServices/")) return;
  const account = `/subscriptions/${subscription}/resourceGroups/${inputs["resourceGroupName"]}/providers/Microsoft.Storage/storageAccounts/${inputs["accountName"]}`;
  await client.send({ method: "POST", path: `${account}/listKeys` });
};

interface Write {
  readonly method: "PUT" | "PATCH";
  readonly path: string;
  readonly body: Body;
}

const write = async ({ client }: Azure, type: ResourceType, request: Write, inputs: Body, timeout: number | undefined): Promise<Result> => {
  const id = request.path;
  try {
    const answer = await client.send(request, timeout);
    return { id, outputs: withPath(type, inputs, outputsOf(type, (await client.get(id)) ?? answer)) };
  } catch (error) {
    if (!(error instanceof AzureError) || !error.accepted) throw error;
    throw await partial(client, type, id, inputs, error.message);
  }
};

const partial = async (client: Client, type: ResourceType, id: string, inputs: Body, reason: string): Promise<PartialFailure> => {
  try {
    return new PartialFailure(id, withPath(type, inputs, outputsOf(type, (await client.get(id)) ?? {})), reason);
  } catch (error) {
    return new PartialFailure(id, {}, `resource created but read failed ${(error as Error).message}: ${reason}`);
  }
};

/** A blob's state also holds where it is. */
const withPath = (type: ResourceType, inputs: Body, outputs: Body): Body => {
  if (!type.path.includes("/blobServices/")) return outputs;
  const { accountName, blobName, containerName, resourceGroupName } = inputs;
  return { ...outputs, accountName, blobName, containerName, resourceGroupName, url: `https://${accountName}.blob.core.windows.net/${containerName}/${blobName}` };
};

export interface State {
  readonly id: string;
  readonly outputs: Body;
  readonly inputs: Body;
}

/**
 * A refresh. New inputs are the old ones, with whatever changed between the old outputs and the new ones, as far as it could be input. Without
 * old inputs, which is an import, they are what the service has.
 */
export const read = async ({ client }: Azure, type: ResourceType, id: string, olds: Body, oldInputs: Body | undefined): Promise<State | undefined> => {
  const answer = await client.get(id);
  if (answer === undefined) return undefined;
  const path = inputsOfId(type, id);
  const outputs = withPath(type, path, outputsOf(type, answer));
  const after = projected(type, outputs);
  if (oldInputs === undefined) return { id, outputs, inputs: { ...path, ...after, ...(type.apiVersion === "" ? {} : { azureApiVersion: type.apiVersion }) } };
  const before = projected(type, olds);
  return { id, outputs, inputs: equal(before, after) ? oldInputs : applied(oldInputs, before, after) };
};

export const remove = async ({ client }: Azure, id: string, timeout: number | undefined): Promise<void> => {
  await client.send({ method: "DELETE", path: id }, timeout);
};
