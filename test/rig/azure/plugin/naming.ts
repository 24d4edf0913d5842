/** What Check fills in: names and locations that the program leaves out, and the version of the API. */
import { createHash, randomUUID } from "node:crypto";
import type { Body } from "../../json.ts";
import { uuid } from "../identity.ts";
import { parametersOf, type ResourceType } from "./types.ts";
import { at, isUnknown } from "../../plugin/values.ts";

/** Set on inputs whose name is random: replacing it can create first. */
export const CREATE_FIRST = "__createBeforeDelete";

export interface CheckRequest {
  readonly type: ResourceType;
  readonly logicalName: string;
  readonly seed: Uint8Array;
  /** As the program has them, marks of secrets included. */
  readonly news: Body;
  readonly olds: Body;
  /** Where a resource group is. */
  readonly location: () => string;
}

/** The inputs, completed. */
export const complete = ({ type, logicalName, seed, news, olds, location }: CheckRequest): Body => {
  const inputs = { ...news };
  const property = type.autoname?.property;
  if (property !== undefined && (inputs[property] ?? undefined) === undefined) Object.assign(inputs, named(type, property, logicalName, seed, olds));
  if (type.required.includes("location") || type.top.includes("location")) inputs["location"] ??= type.path.includes("/Microsoft.Resources/") ? undefined : (olds["location"] ?? location());
  if (type.apiVersion !== "") inputs["azureApiVersion"] ??= type.apiVersion;
  return Object.fromEntries(Object.entries(inputs).filter(([, value]) => value !== undefined));
};

const named = (type: ResourceType, property: string, logicalName: string, seed: Uint8Array, olds: Body): Body => {
  const old = olds[property];
  if (old !== undefined) return { [property]: old, ...(olds[CREATE_FIRST] === true ? { [CREATE_FIRST]: true } : {}) };
  if (type.autoname?.how === "copy") return { [property]: logicalName };
  const random = seed.length === 0 ? randomUUID() : createHash("sha256").update(seed).update(property).digest("hex");
  const name = type.autoname?.how === "uuid" ? uuid(random) : `${logicalName}${random.slice(0, 8)}`;
  return { [property]: name, [CREATE_FIRST]: true };
};

/** What is wrong with the inputs, as Check says it: what must be there, and the loose patterns of the API's own paths. */
export const failures = (type: ResourceType, inputs: Body): readonly string[] => {
  const absent = type.required.filter((path) => at(inputs, path) === undefined && !isUnknown(inputs[path.split(".")[0] ?? ""]));
  const loose = parametersOf(type).filter((name) => /^(endpointName|deploymentName)$/.test(name));
  const odd = loose.filter((name) => typeof inputs[name] === "string" && !isUnknown(inputs[name]) && !PATTERN.test(inputs[name]));
  return [
    ...absent.map((path) => `missing required property '${path}'`),
    ...odd.map((name) => `'${name}' does not match expression '${PATTERN.source}'`),
  ];
};

const PATTERN = /^[a-zA-Z0-9][a-zA-Z0-9\-_]{0,254}$/;
