/** A body that an endpoint accepts, for the `curl` line: made from what the endpoint says of itself. */
import { HEADERS, ROUTES } from "../scoring/contract.ts";
import { isObject } from "./project.ts";

/** What a script takes that says nothing about itself: a guess, and said so. */
export const GUESS = '{"data": []}';

/** Where to ask. */
export interface Asked {
  /** `http://127.0.0.1:8471/endpoints/wine` */
  readonly url: string;
  readonly key: string;
  readonly deployment: string;
}

/** A body from the endpoint's swagger document; nothing where that leaves it open. */
export const sampleBody = async (asked: Asked): Promise<string | undefined> => {
  try {
    const document: unknown = JSON.parse(await ask(asked, ROUTES.swagger));
    const input = at(document, "definitions", "ServiceInput");
    const example = at(input, "example");
    if (isObject(example) && Object.keys(example).length > 0) return JSON.stringify(example);
    if (!isObject(at(input, "properties"))) return undefined;
    return JSON.stringify(sampleOf(input));
  } catch {
    // A deployment that does not answer is told about elsewhere.
    return undefined;
  }
};

const ask = async ({ deployment, key, url }: Asked, route: string): Promise<string> => {
  const headers = { Authorization: `Bearer ${key}`, [HEADERS.deployment]: deployment };
  const answer = await fetch(url + route, { headers, signal: AbortSignal.timeout(5000) });
  return answer.text();
};

const at = (value: unknown, ...path: readonly string[]): unknown => path.reduce<unknown>((inner, key) => (isObject(inner) ? inner[key] : undefined), value);

/** The smallest value that a JSON schema takes: zeros, and one element where a list does not say how long it is. */
const sampleOf = (schema: unknown): unknown => {
  const given = at(schema, "example");
  if (given !== undefined) return given;
  const items = at(schema, "items");
  const size = at(schema, "minItems");
  if (items !== undefined) return Array.from({ length: typeof size === "number" ? size : 1 }, () => sampleOf(items));
  const properties = at(schema, "properties");
  if (isObject(properties)) return Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, sampleOf(each)]));
  return zero(String(at(schema, "type")));
};

const zero = (type: string): unknown => (type === "string" ? "" : type === "boolean" ? false : 0);
