/** Two keys, either of which opens the endpoint; read again when their file changes, so that they can be rotated without a restart. */
import { createHash, timingSafeEqual } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { info, warn } from "./log.ts";

/**
 * Two small reads a second cost nothing; watching would: Kubernetes swaps a link two folders up, editors replace the file, and network
 * file systems tell nobody.
 */
const POLL_MS = 500;

const Keys = z.object({ primaryKey: z.string().trim().min(1), secondaryKey: z.string().trim().min(1).optional() });

/** Whether an `Authorization` header holds one of the keys. */
export type Authorize = (header: string | undefined) => boolean;

/** The keys of a front. */
export interface KeyRing {
  readonly authorize: Authorize;
  stop(): void;
}

/** Reads the keys and watches them. Rejects when there are none to begin with; a later state that cannot be read changes nothing. */
export async function openKeys(path: string): Promise<KeyRing> {
  let source = await read(path);
  let digests = parse(path, source);
  let complaint = "";
  const refresh = async (): Promise<void> => {
    try {
      const next = await read(path);
      if (next !== source) {
        digests = parse(path, next);
        source = next;
        info(`keys were read again from ${path}`);
      }
      complaint = "";
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      if (text !== complaint) warn(`the keys stay as they were: ${text}`);
      complaint = text;
    }
  };
  const timer = setInterval(() => void refresh(), POLL_MS).unref();
  return { authorize: (header) => matches(digests, header), stop: () => clearInterval(timer) };
}

/** Compares digests, of equal length whatever was sent, with both keys each time. */
function matches(digests: readonly Buffer[], header: string | undefined): boolean {
  const token = /^bearer +(\S+) *$/i.exec(header ?? "")?.[1];
  if (token === undefined) return false;
  const sent = digest(token);
  return digests.reduce((found, key) => timingSafeEqual(sent, key) || found, false);
}

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

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
function parse(path: string, text: string): Buffer[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(`${path} is not JSON`);
  }
  const keys = Keys.safeParse(value);
  if (!keys.success) throw new Error(`${path}: ${keys.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ")}`);
  return [keys.data.primaryKey, keys.data.secondaryKey].flatMap((key) => (key === undefined ? [] : [digest(key)]));
}
