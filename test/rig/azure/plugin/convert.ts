/** Between the SDK's properties and the bodies of the API. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { copy, isObject, type Body } from "../../json.ts";
import { parametersOf, type ResourceType } from "./types.ts";
import { asAsset, at, put, remove, UNKNOWN } from "../../plugin/values.ts";

/** The path of a resource with these inputs. */
export const idOf = (type: ResourceType, inputs: Body, subscription: string): string =>
  type.path.replaceAll(/\{([^}]+)\}/g, (_whole, name: string) => String(name === "subscriptionId" ? subscription : inputs[name])).replace(/^\/\//, "/");

/** The inputs that a path holds. */
export const inputsOfId = (type: ResourceType, id: string): Body => {
  const names = parametersOf(type);
  const pattern = type.path.replaceAll(/\{([^}]+)\}/g, (_whole, name: string) => (["scope", "resourceUri", "blobName"].includes(name) ? "(.+)" : "([^/]+)"));
  const match = new RegExp(`^${pattern.replace(/^\/\(/, "(")}$`, "i").exec(id);
  if (match === null) throw new Error(`'${id}' is no id of ${type.path}`);
  return Object.fromEntries(names.flatMap((name, i) => (name === "subscriptionId" ? [] : [[name, match[i + 1]]])));
};

/** The body of a PUT: the whole inputs. */
export const bodyOf = (type: ResourceType, inputs: Body): Body => {
  const body: Body = Object.fromEntries(type.top.flatMap((key) => (inputs[key] === undefined ? [] : [[key, copy(inputs[key])]])));
  const flat = Object.fromEntries(type.flat.flatMap((key) => (inputs[key] === undefined ? [] : [[key, copy(inputs[key])]])));
  if (type.flat.length > 0) body["properties"] = flat;
  if (isObject(body["identity"])) body["identity"] = identityBody(body["identity"]);
  if (body["source"] !== undefined) body["source"] = uploaded(body["source"]);
  return body;
};

/** azure-native takes a list, the API a map. */
const identityBody = ({ userAssignedIdentities: users, ...identity }: Body): Body =>
  Array.isArray(users) ? { ...identity, userAssignedIdentities: Object.fromEntries(users.map((id: string) => [id, {}])) } : { ...identity, ...(users === undefined ? {} : { userAssignedIdentities: users }) };

/** A blob's bytes are not kept, but what they are. */
const uploaded = (source: unknown): Body => {
  const asset = asAsset(source);
  if (asset === undefined) throw new Error("the source of a blob must be an asset");
  const bytes = asset.path === undefined ? Buffer.from(asset.text ?? "") : readFileSync(asset.path);
  return { sha256: createHash("sha256").update(bytes).digest("hex"), bytes: bytes.length };
};

/** What the state holds of an answer. */
export const outputsOf = (type: ResourceType, answer: Body): Body => {
  const { id: _id, properties, source: _source, ...top } = answer;
  const nested: Body = properties === undefined ? {} : { properties };
  const outputs: Body = { ...(type.flatOutputs ? properties : nested), ...top };
  return type.apiVersion === "" ? outputs : { ...outputs, azureApiVersion: type.apiVersion };
};

/** What of the outputs could be inputs. */
export const projected = (type: ResourceType, outputs: Body): Body => {
  const whole = copy(outputs);
  for (const path of type.readOnly) remove(whole, path);
  const keys = [...type.top, ...type.flat].filter((key) => whole[key] !== undefined && key !== "source");
  const inputs = Object.fromEntries(keys.map((key) => [key, whole[key]]));
  if (isObject(inputs["identity"]?.["userAssignedIdentities"])) inputs["identity"]["userAssignedIdentities"] = Object.keys(inputs["identity"]["userAssignedIdentities"]);
  return inputs;
};

/** What a preview shows: the inputs, and unknown what only the service can say. */
export const previewed = (type: ResourceType, inputs: Body): Body => {
  const keys = [...type.top, ...type.flat].filter((key) => inputs[key] !== undefined && key !== "source");
  const outputs: Body = Object.fromEntries(keys.map((key) => [key, copy(inputs[key])]));
  for (const path of type.readOnly) if (isKnownAround(outputs, path)) put(outputs, path, UNKNOWN);
  return outputs;
};

/** A part of something that is wholly unknown is unknown already. */
const isKnownAround = (outputs: Body, path: string): boolean => !path.includes(".") || at(outputs, path.slice(0, path.lastIndexOf("."))) !== UNKNOWN;
