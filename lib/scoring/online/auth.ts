/** Two keys, either of which opens the endpoint; read again when their file changes, so that they can be rotated without a restart. */
import { hash, timingSafeEqual } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { hide } from "./redact.ts";
import { reread } from "./reread.ts";

/** An empty second key is none: that is how a template writes it, and must not keep a key alive that was taken out. */
const Keys = z.object({ primaryKey: z.string().trim().min(1), secondaryKey: z.string().trim().default("") });

/** Who calls: the slot of a key, or the subject of a token. Never the bytes of either. */
export type Caller = { readonly kind: "key"; readonly slot: "primary" | "secondary" } | { readonly kind: "token"; readonly subject: string };

/** Right credentials of somebody who may not call: 403. */
export interface Forbidden {
  readonly kind: "forbidden";
  readonly caller: Caller;
}

/** `unauthorized`: no credentials, or wrong ones, 401. */
export type Verdict = Caller | Forbidden | "unauthorized";

/** Judges an `Authorization` header. Keys at once; tokens may have to wait for their issuer's keys. */
export type Authorize = (header: string | undefined) => Verdict | Promise<Verdict>;

/** A way to let callers in. */
export interface Door<T extends Verdict | Promise<Verdict> = Verdict | Promise<Verdict>> {
  readonly authorize: (header: string | undefined) => T;
  stop(): void;
}

/** Opens with a key or, where there is one, with a token. Undefined: there is no door, and everybody may come in. */
export function either(keys: Door<Verdict> | undefined, tokens: Door | undefined): Door | undefined {
  if (keys === undefined || tokens === undefined) return keys ?? tokens;
  const authorize: Authorize = (header) => {
    const verdict = keys.authorize(header);
    return verdict === "unauthorized" ? tokens.authorize(header) : verdict;
  };
  const stop = (): void => {
    keys.stop();
    tokens.stop();
  };
  return { authorize, stop };
}

/** The token of an `Authorization: Bearer` header. */
export const bearer = (header: string | undefined): string | undefined => /^bearer +(\S+) *$/i.exec(header ?? "")?.[1];

/** Reads the keys and watches them. Rejects when there are none to begin with; a later state that cannot be read changes nothing. */
export async function openKeys(path: string): Promise<Door<Verdict>> {
  let digests: readonly Buffer[] = [];
  const stop = await reread({
    what: "keys",
    path,
    load: async () => {
      const text = await read(path);
      return { text, value: parse(path, text) };
    },
    changed: (keys) => {
      digests = keys.map(digest);
      hide(keys);
    },
  });
  return { authorize: (header) => matches(digests, header), stop };
}

/** Compares digests, of equal length whatever was sent, with both keys each time. */
function matches(digests: readonly Buffer[], header: string | undefined): Verdict {
  const token = bearer(header);
  if (token === undefined) return "unauthorized";
  const sent = digest(token);
  const [primary, secondary] = digests;
  const isPrimary = primary !== undefined && timingSafeEqual(sent, primary);
  const isSecondary = secondary !== undefined && timingSafeEqual(sent, secondary); // looked at in any case
  if (isPrimary) return PRIMARY;
  return isSecondary ? SECONDARY : "unauthorized";
}

const PRIMARY: Caller = { kind: "key", slot: "primary" };
const SECONDARY: Caller = { kind: "key", slot: "secondary" };

const digest = (text: string): Buffer => hash("sha256", text, "buffer");

/** The folder's two files as one JSON text, or the file's text. */
async function read(path: string): Promise<string> {
  if (!(await stat(path)).isDirectory()) return readFile(path, "utf8");
  const [primaryKey, secondaryKey] = await Promise.all([readFile(join(path, "primaryKey"), "utf8"), optional(join(path, "secondaryKey"))]);
  return JSON.stringify({ primaryKey, secondaryKey });
}

const optional = (path: string): Promise<string | undefined> =>
  readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });

/** Messages never quote the text: half a key file is still half a key. */
function parse(path: string, text: string): string[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(`${path} is not JSON`);
  }
  const keys = Keys.safeParse(value);
  if (!keys.success) throw new Error(`${path}: ${keys.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ")}`);
  return [keys.data.primaryKey, keys.data.secondaryKey].filter((key) => key !== "");
}
