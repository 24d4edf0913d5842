/** What `run()` gets, by the rules that hold for an undecorated Python script: text, made from a body or from a query. */
import { isUtf8 } from "node:buffer";
import { PythonFloat, pythonJson } from "./python-json.ts";
import { utf8Fault, utf8Problem } from "./python-utf8.ts";
import { threadLog } from "./thread-log.ts";
import type { Bytes } from "./thread-messages.ts";
import { bufferOf } from "./thread-messages.ts";
import { InputError } from "./input-error.ts";
import type { ThreadRequest } from "./thread-served.ts";

/** Scripts of the original have always been given an empty text for these. */
const FORMS = ["application/x-www-form-urlencoded", "multipart/form-data"];

/** Throws InputError for a body that is not UTF-8. */
export function textOf({ method, target, body }: ThreadRequest, headers: Readonly<Record<string, string>>): string {
  if (method === "GET") return queryJson(target);
  if (!FORMS.includes(mediaType(headers["content-type"]))) return decoded(body);
  if (body.length > 0) threadLog("W", "The body came as a form, which scripts never see: run() got an empty text. Send Content-Type: application/json.");
  return "";
}

/** Headers by name in lower case; repeated ones are joined. Names with underscores are left out: behind a proxy they can pose as others. */
export function headersOf(lines: string): Record<string, string> {
  const result: Record<string, string> = {};
  if (lines === "") return result;
  const parts = lines.split("\n");
  for (let at = 0; at + 1 < parts.length; at += 2) {
    const name = (parts[at] ?? "").toLowerCase();
    if (name.includes("_") || name === "__proto__") continue;
    const [value = "", before] = [parts[at + 1], result[name]];
    result[name] = before === undefined || name === "content-type" || name === "content-length" ? value : `${before}, ${value}`;
  }
  return result;
}

const mediaType = (contentType: string | undefined): string => contentType?.split(";", 1)[0]?.trim().toLowerCase() ?? "";

function decoded(body: Bytes): string {
  if (typeof body === "string" && !/[\u0080-\uffff]/.test(body)) return body;
  const bytes = bufferOf(body);
  if (!isUtf8(bytes)) throw new InputError(`Input cannot be decoded as UTF-8: ${utf8Problem(bytes) ?? "invalid data"}`);
  return bytes.toString();
}

/** Each value of the query is read as JSON where it is JSON; a name that comes several times has a list. */
function queryJson(target: string): string {
  const [, query = ""] = /^[^?#]*\?([^#]*)/.exec(target) ?? [];
  const values = new Map<string, unknown[]>();
  for (const part of query.split("&")) {
    if (part === "") continue;
    const at = part.indexOf("=");
    const [name, value] = at < 0 ? [part, ""] : [part.slice(0, at), part.slice(at + 1)];
    const key = unquoted(name);
    values.set(key, [...(values.get(key) ?? []), parsed(unquoted(value))]);
  }
  return `{${[...values].map(([name, all]) => `${pythonJson(name)}: ${pythonJson(all.length === 1 ? all[0] : all)}`).join(", ")}}`;
}

/** Percent signs resolved. Bytes that are not UTF-8 stay as they were written, `%FF`. */
const unquoted = (text: string): string =>
  text.replaceAll("+", " ").replaceAll(/(?:%[0-9a-f]{2})+/gi, (run) => {
    const bytes = Buffer.from(run.replaceAll("%", ""), "hex");
    let result = "";
    let good = 0;
    for (let fault = utf8Fault(bytes); fault !== undefined; fault = utf8Fault(bytes, good)) {
      result += bytes.toString("utf8", good, fault.at);
      good = fault.at + fault.length;
      for (const byte of bytes.subarray(fault.at, good)) result += `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
    }
    return result + bytes.toString("utf8", good);
  });

const WORDS = new Map([["NaN", Number.NaN], ["Infinity", Infinity], ["-Infinity", -Infinity]]);

/** Numbers keep their type: 1.0 is a float to Python, and a whole number has as many digits as it likes. */
function parsed(value: string): unknown {
  const word = WORDS.get(value.trim());
  if (word !== undefined) return word;
  try {
    return JSON.parse(value, ((_key: string, each: unknown, { source }: { source?: string }) => {
      if (typeof each !== "number" || source === undefined) return each;
      return /[.eE]/.test(source) ? new PythonFloat(each) : BigInt(source);
    }) as (key: string, value: unknown) => unknown);
  } catch {
    return value;
  }
}
