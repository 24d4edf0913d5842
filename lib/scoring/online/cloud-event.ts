/** One collected payload as a line of JSON: a CloudEvent, in the form in which Azure Machine Learning stores collected data. */
import type { ROLLING_RATES } from "../contract.ts";

/** A larger payload stands in a file of its own, as in Azure's storage. */
const INLINE_BYTES = 4 * 1024 * 1024;

/** One payload with what is known of it. */
export interface CollectRecord {
  readonly collection: string;
  readonly id: string;
  /** When it happened, in milliseconds since 1970. */
  readonly time: number;
  /** When it came here: that decides about its folder. */
  readonly arrived: number;
  readonly contentType: string | undefined;
  /** Undefined: it is longer than what is kept. */
  readonly payload: Uint8Array | undefined;
  /** Bytes of the whole payload. */
  readonly size: number;
  /** In the order in which they are written. */
  readonly attributes: readonly (readonly [name: string, value: string])[];
}

/** An event, and the payload that it only points at. */
export interface CloudEvent {
  readonly line: string;
  readonly blob?: { readonly path: string; readonly bytes: Uint8Array };
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Writes the line.
 *
 * @param blobPath - where a payload goes that does not belong into a line; absent: into the line, in base 64
 */
export function cloudEvent(record: CollectRecord, source: string, blobPath: string | undefined): CloudEvent {
  const { collection, id, time, payload, size, attributes } = record;
  const content = contentOf(record, blobPath);
  const range = payload === undefined || size === 0 ? `bytes */${size}` : `bytes 0-${payload.length - 1}/${size}`;
  const fields: string[] = [];
  const field = (name: string, value: string): void => void fields.push(`${JSON.stringify(name)}:${JSON.stringify(value)}`);
  field("specversion", "1.0");
  field("id", id);
  field("source", source);
  field("type", `azureml.inference.${collection}`);
  if (content.type !== undefined) field("datacontenttype", content.type);
  field("time", new Date(time).toISOString());
  if (content.json !== undefined) fields.push(`${JSON.stringify(content.member ?? "data")}:${content.json}`);
  const [before, after] = [attributes.filter(([name]) => BEFORE.includes(name)), attributes.filter(([name]) => !BEFORE.includes(name))];
  for (const [name, value] of before) field(name, value);
  field("contentrange", range);
  for (const [name, value] of after) field(name, value);
  if (content.blob !== undefined) field("datainblob", "true");
  return { line: `{${fields.join(",")}}`, ...(content.blob !== undefined && { blob: content.blob }) };
}

/** Attributes that stand before the range. */
const BEFORE = ["path", "method", "statuscode"];

/** A header's name as the name of an attribute: small letters and digits alone. */
export const attributeName = (header: string): string => header.toLowerCase().replaceAll(/[^a-z0-9]/g, "");

interface Content {
  readonly type: string | undefined;
  readonly json?: string;
  readonly member?: "data_base64";
  readonly blob?: { readonly path: string; readonly bytes: Uint8Array };
}

function contentOf({ payload, contentType: type }: CollectRecord, blobPath: string | undefined): Content {
  if (payload === undefined || payload.length === 0) return { type };
  const text = blobPath !== undefined && payload.length > INLINE_BYTES ? undefined : textOf(payload);
  if (text !== undefined) {
    const declared = /^application\/([\w.-]+\+)?json\b/i.test(type ?? "application/json");
    if (declared && isJson(text)) return { type: type ?? "application/json", json: oneLine(text) };
    // A text in JSON's type would say that it is a text of JSON.
    return { type: declared ? "text/plain" : type, json: JSON.stringify(text) };
  }
  if (blobPath === undefined) return { type, member: "data_base64", json: JSON.stringify(Buffer.from(payload).toString("base64")) };
  return { type, json: JSON.stringify(blobPath), blob: { path: blobPath, bytes: payload } };
}

const textOf = (payload: Uint8Array): string | undefined => {
  try {
    return utf8.decode(payload);
  } catch {
    return undefined;
  }
};

/** NaN, which Python writes, is none. */
const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

/** Line breaks stand between values alone, never in them. The text stays otherwise as it is: parsing it would change numbers. */
const oneLine = (text: string): string => text.replaceAll(/[\r\n]/g, " ");

/** The folder of a moment, in UTC: `2026/01/31/23`, or less or more of it. */
export const rolled = (time: number, rate: (typeof ROLLING_RATES)[number]): string =>
  new Date(time).toISOString().split(/[-T:]/).slice(0, PARTS[rate]).join("/");

const PARTS: Readonly<Record<(typeof ROLLING_RATES)[number], number>> = { year: 1, month: 2, day: 3, hour: 4, minute: 5 };
