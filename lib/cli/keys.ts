/** The two keys of an endpoint on this machine. They stay the same from start to start, so that a caller's settings do. */
import { randomInt } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isObject } from "./project.ts";
import { refuse } from "./refusal.ts";
import { writePrivate } from "./state.ts";

/** Where an endpoint's keys are, and the first of them. */
export interface Keys {
  readonly path: string;
  readonly primaryKey: string;
}

/** Letters and digits, as many as on Kubernetes. */
const LENGTH = 48;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** The endpoint's keys: those the program gives, else those of its file, else new ones. */
export const endpointKeys = (stackFolder: string, endpoint: string, given: { readonly primaryKey: string; readonly secondaryKey: string } | undefined): Keys => {
  const path = join(stackFolder, endpoint, "keys.json");
  if (given === undefined && existsSync(path)) return { path, primaryKey: readKey(path) };
  const { primaryKey, secondaryKey } = given ?? { primaryKey: newKey(), secondaryKey: newKey() };
  writePrivate(path, `${JSON.stringify({ primaryKey, secondaryKey }, undefined, 2)}\n`);
  return { path, primaryKey };
};

const newKey = (): string => Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");

/** The primary key of a keys file, or the one key that a file is. The message never quotes the file. */
export const readKey = (path: string): string => {
  const text = readFileSync(path, "utf8").trim();
  if (!text.startsWith("{")) return text === "" ? refuse(`${path} is empty`) : text;
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value) && typeof value["primaryKey"] === "string") return value["primaryKey"];
  } catch {
    // Said below.
  }
  return refuse(`${path}: expected JSON with primaryKey and secondaryKey; delete the file to get new keys`);
};
