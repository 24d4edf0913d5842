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
  /** Whether they are the program's: those are printed nowhere. */
  readonly given: boolean;
}

/** Letters and digits, as many as on Kubernetes. */
const LENGTH = 48;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/**
 * The endpoint's keys: those the program gives, else those of its file, else new ones. Given ones have a file of their own, so that they do not
 * pass for new ones when the program gives them no more.
 */
export const endpointKeys = (stackFolder: string, endpoint: string, given: { readonly primaryKey: string; readonly secondaryKey: string } | undefined): Keys => {
  const path = join(stackFolder, endpoint, given === undefined ? "keys.json" : "given-keys.json");
  if (given === undefined && existsSync(path)) return { path, primaryKey: readKey(path), given: false };
  const { primaryKey, secondaryKey } = given ?? { primaryKey: newKey(), secondaryKey: newKey() };
  writePrivate(path, `${JSON.stringify({ primaryKey, secondaryKey }, undefined, 2)}\n`);
  return { path, primaryKey, given: given !== undefined };
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
