/** The thread that writes collected data: no parsing, no disk and no network of it keeps a request waiting. */
import { parentPort, workerData } from "node:worker_threads";
import type { CollectRecord } from "./cloud-event.ts";
import type { CollectorSettings } from "./collect-file.ts";
import { openSink } from "./collect-sinks.ts";

/** A batch ends with the record that brings it to this size, in bytes of payloads, or to this number. */
const BATCH = { bytes: 1024 * 1024, records: 500 };
const BACKOFF_MS = { first: 100, longest: 30_000 };

/** What the front says. */
export type ToCollector = { readonly type: "record"; readonly record: CollectRecord } | { readonly type: "flush" };

/** What it hears. */
export type FromCollector =
  /** These records wait no more. */
  | { readonly type: "settled"; readonly records: number; readonly bytes: number; readonly written: boolean }
  | { readonly type: "trouble"; readonly text: string }
  | { readonly type: "well"; readonly text: string }
  | { readonly type: "flushed" };

/** What a record counts: its payload, and about what the rest of it takes. */
export const costOf = ({ payload }: CollectRecord): number => (payload?.length ?? 0) + 1024;

if (parentPort !== null) run(parentPort, workerData as CollectorSettings);

function run(port: NonNullable<typeof parentPort>, settings: CollectorSettings): void {
  const write = openSink(settings);
  const where = "folder" in settings.sink ? settings.sink.folder : new URL(settings.sink.url).origin;
  const queue: CollectRecord[] = [];
  let busy = false;
  let flushing = false;
  let wake = (): void => {};
  const tell = (message: FromCollector): void => port.postMessage(message);
  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => (clearTimeout(timer), resolve());
    });

  const deliver = async (batch: readonly CollectRecord[]): Promise<boolean> => {
    for (let attempt = 0; ; attempt++) {
      try {
        const written = await write(batch);
        if (!written) tell({ type: "trouble", text: `${where} does not take collected data; ${batch.length} records are dropped` });
        else if (attempt > 0) tell({ type: "well", text: `collected data goes to ${where} again` });
        return written;
      } catch (error) {
        if (attempt === 0) tell({ type: "trouble", text: `collected data cannot be written to ${where}, and waits: ${reasonOf(error)}` });
        await pause(Math.min(BACKOFF_MS.longest, BACKOFF_MS.first * 2 ** attempt));
      }
    }
  };
  const pump = async (): Promise<void> => {
    busy = true;
    while (queue.length > 0) {
      const batch = take(queue);
      const bytes = batch.reduce((sum, record) => sum + costOf(record), 0);
      const written = await deliver(batch);
      tell({ type: "settled", records: batch.length, bytes, written });
    }
    busy = false;
    if (flushing) tell({ type: "flushed" });
  };
  port.on("message", (message: ToCollector) => {
    if (message.type === "record") queue.push(message.record);
    else flushing = true;
    if (flushing) wake(); // once more at once, whatever the wait
    if (!busy) void pump();
  });
}

function take(queue: CollectRecord[]): CollectRecord[] {
  let bytes = 0;
  let count = 0;
  while (count < queue.length && count < BATCH.records && bytes < BATCH.bytes) bytes += queue[count++]?.payload?.length ?? 0;
  return queue.splice(0, count);
}

const reasonOf = (error: unknown): string => {
  const { message, cause } = error as Error;
  const { code } = (cause ?? error) as NodeJS.ErrnoException;
  return code ?? message;
};
