/** Where collected data goes: files below a folder, or an address. */
import { mkdir, open, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { cloudEvent, rolled } from "./cloud-event.ts";
import type { CollectRecord } from "./cloud-event.ts";
import type { CollectorSettings } from "./collect-file.ts";

/** How long one POST may take. */
const POST_MS = 10_000;

/** Takes a batch. Throws when it may be tried again; `false` when the batch will never be taken. */
export type Write = (batch: readonly CollectRecord[]) => Promise<boolean>;

/** The sink that the settings name. */
export function openSink(settings: CollectorSettings): Write {
  const { endpoint, deployment, source = `/onlineEndpoints/${endpoint}/deployments/${deployment}`, sink } = settings;
  return "folder" in sink ? toFolder(settings, sink.folder, source) : toAddress(sink.url, sink.headers, source);
}

function toFolder({ endpoint, deployment, rollingRate, instance }: CollectorSettings, root: string, source: string): Write {
  return async (batch) => {
    const files = new Map<string, string>();
    const blobs: { path: string; bytes: Uint8Array }[] = [];
    for (const record of batch) {
      const folder = [endpoint, deployment, record.collection, rolled(record.arrived, rollingRate)].join("/");
      const { line, blob } = cloudEvent(record, source, `${folder}/${record.id}.bin`);
      if (blob !== undefined) blobs.push(blob);
      const file = `${folder}/${instance}.jsonl`;
      files.set(file, `${files.get(file) ?? ""}${line}\n`);
    }
    // First what lines point at. A file that was written in an attempt before is written again.
    for (const { path, bytes } of blobs) await made(join(root, path), (file) => writeFile(file, bytes));
    for (const [path, text] of files) await made(join(root, path), (file) => append(file, text));
    return true;
  };
}

/** Writes, and makes the folder if that is what is missing. */
async function made(file: string, write: (file: string) => Promise<void>): Promise<void> {
  try {
    await write(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    await mkdir(dirname(file), { recursive: true });
    await write(file);
  }
}

/** All of it, or nothing: a full disk must not leave half a line to which the next is added. */
async function append(path: string, text: string): Promise<void> {
  const file = await open(path, "a");
  try {
    const { size } = await file.stat();
    await file.appendFile(text).catch(async (error: unknown) => {
      await file.truncate(size);
      throw error;
    });
  } finally {
    await file.close();
  }
}

function toAddress(url: string, headers: Readonly<Record<string, string>>, source: string): Write {
  return async (batch) => {
    const body = `[${batch.map((record) => cloudEvent(record, source, undefined).line).join(",")}]`;
    const response = await fetch(url, {
      method: "POST",
      headers: { ...headers, "Content-Type": "application/cloudevents-batch+json; charset=utf-8" },
      body,
      redirect: "manual",
      signal: AbortSignal.timeout(POST_MS),
    });
    await response.body?.cancel();
    if (response.ok) return true;
    if (AGAIN.has(response.status) || response.status >= 500) throw new Error(`it answered ${response.status}`);
    return false;
  };
}

/** Statuses below 500 that may be others the next time. */
const AGAIN = new Set([408, 425, 429]);
