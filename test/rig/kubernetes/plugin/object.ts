/** What the state holds of an object: its inputs, and what lives of them in the cluster. */
import { createHash, randomUUID } from "node:crypto";
import { isObject, type Body } from "../../json.ts";
import { isSecret, plain, secret } from "../../plugin/values.ts";
import type { Fields, Identity } from "../client.ts";

const AUTONAMED = "pulumi.com/autonamed";

/** An object without marks of secrets and without what is not there. */
export const objectOf = (properties: Body): Fields & Identity => plain(properties) as Fields & Identity;

/** The inputs, with a name if the program has none. */
export const named = (news: Body, olds: Body, logicalName: string, seed: Uint8Array): Body => {
  const metadata: Body = news["metadata"] ?? {};
  if (metadata["name"] !== undefined && metadata["name"] !== null) return news;
  const old = plain(olds["metadata"] ?? {});
  const random = seed.length === 0 ? randomUUID() : createHash("sha256").update(seed).digest("hex");
  const name = old["annotations"]?.[AUTONAMED] === "true" ? old["name"] : `${logicalName}-${random.slice(0, 8)}`;
  return { ...news, metadata: { ...metadata, name, annotations: { ...metadata["annotations"], [AUTONAMED]: "true" } } };
};

export const isAutonamed = (object: Fields): boolean => object["metadata"]?.annotations?.[AUTONAMED] === "true";

/** `namespace/name`, or the name alone where there are no namespaces. */
export const idOf = ({ metadata }: Fields): string => (metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`);

/** What the state keeps. `marked` are the inputs as the engine sent them: what was secret there is secret here. */
export const checkpoint = (live: Fields, marked: Body, manager: string): Body => {
  const outputs = marks(live, marked) as Body;
  const inputs = { ...marked };
  if (live["kind"] === "Secret")
    for (const part of [outputs, inputs]) for (const key of ["data", "stringData"]) if (part[key] !== undefined && !isSecret(part[key])) part[key] = secret(part[key]);
  return { ...outputs, __inputs: inputs, __initialApiVersion: marked["apiVersion"], __fieldManager: manager };
};

export interface Checkpoint {
  readonly inputs: Fields & Identity;
  readonly live: Fields;
  readonly manager: string;
}

export const readCheckpoint = (olds: Body): Checkpoint => {
  const { __fieldManager: manager, __initialApiVersion: _version, __inputs: inputs, ...live } = plain(olds) as Body;
  return { inputs: inputs ?? {}, live, manager: manager ?? newManager() };
};

/** Every resource is a manager of its own, so that two that say the same of one object do not undo each other. */
export const newManager = (): string => `pulumi-kubernetes-${randomUUID().slice(0, 8)}`;

/** Marks what is secret in `marked` at the same places. */
export const marks = (value: unknown, marked: unknown): unknown => {
  if (isSecret(marked)) return value === undefined ? undefined : secret(value);
  if (Array.isArray(value) && Array.isArray(marked)) return value.map((item, i) => marks(item, marked[i]));
  if (!isObject(value) || !isObject(marked)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, marks(item, marked[key])]));
};

/** Of the live object what the inputs speak of. */
export const pruned = (live: unknown, inputs: unknown): unknown => {
  if (Array.isArray(live) && Array.isArray(inputs)) return live.map((item, i) => (i < inputs.length ? pruned(item, inputs[i]) : item));
  if (!isObject(live) || !isObject(inputs)) return live;
  return Object.fromEntries(Object.keys(inputs).flatMap((key) => (live[key] === undefined ? [] : [[key, pruned(live[key], inputs[key])]])));
};

/** A Secret's texts as the API server keeps them. */
export const normalised = <T extends Fields>(object: T): T => {
  if (object["kind"] !== "Secret" || object["stringData"] === undefined) return object;
  const { stringData, ...rest } = object;
  const encoded = Object.fromEntries(Object.entries(stringData as Record<string, string>).map(([key, text]) => [key, Buffer.from(text).toString("base64")]));
  return { ...rest, data: { ...rest["data"], ...encoded } } as unknown as T;
};

/** A live Secret in the form that its inputs have: what they give as texts is texts. */
export const inTexts = (live: Fields, inputs: Fields): Fields => {
  if (inputs["kind"] !== "Secret" || inputs["stringData"] === undefined) return live;
  const data = (live["data"] ?? {}) as Record<string, string>;
  const keys = Object.keys(inputs["stringData"] as object).filter((key) => data[key] !== undefined);
  return { ...live, stringData: Object.fromEntries(keys.map((key) => [key, Buffer.from(data[key] ?? "", "base64").toString()])) };
};
