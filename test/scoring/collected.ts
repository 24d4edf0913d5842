/** Files of `--data-collector`, and what fronts have collected by them. */
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { DataCollectorFile } from "../../lib/scoring/contract.ts";
import { whole, listen } from "./behind.ts";

export type Event = Record<string, unknown>;

/** A folder that goes with the test. */
export function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "collected-"));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** A file that collects everything, into a folder beside it unless it says otherwise. */
export function collectorFile(given: Partial<DataCollectorFile> = {}, into = folder()): string {
  const file = join(into, "collector.json");
  const all = { endpoint: "credit", deployment: "blue", collections: { request: {}, response: {} }, instance: "one", sink: { folder: "data" }, ...given };
  writeFileSync(file, JSON.stringify(all));
  return file;
}

/** Every file below a folder, by its path from there. */
export const filesIn = (root: string): string[] => readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1)).sort();

/** The events of a collection, in the order in which they were written. A line that is just being written is none yet. */
export const eventsOf = (root: string, collection: string): Event[] =>
  filesIn(root)
    .filter((file) => file.endsWith(".jsonl") && file.split("/")[2] === collection)
    .flatMap((file) => readFileSync(join(root, file), "utf8").split("\n").slice(0, -1))
    .map((line) => JSON.parse(line) as Event);

/** An address that takes batches; each waits for the test's answer. */
export interface TestSink {
  url: string;
  /** Events of all batches that have come, answered or not. */
  events: () => Event[];
  batches: { headers: IncomingHttpHeaders; events: Event[] }[];
}

export async function sink(answer: (response: ServerResponse, at: number) => void): Promise<TestSink> {
  const batches: TestSink["batches"] = [];
  const server = createServer((request, response) => {
    void whole(request).then((body) => {
      batches.push({ headers: request.headers, events: JSON.parse(body) as Event[] });
      answer(response, batches.length - 1);
    });
  });
  const port = await listen(server);
  return { url: `http://127.0.0.1:${port}/events`, batches, events: () => batches.flatMap(({ events }) => events) };
}
