/** Data collection: payloads of `/score`, and what scripts give to `Collector`, in the form in which Azure Machine Learning stores them. */
import type { Call, Observer } from "./call.ts";
import { Capture } from "./collect-capture.ts";
import { readCollectorFile } from "./collect-file.ts";
import type { CollectorSettings } from "./collect-file.ts";
import { openSidecar } from "./collect-sidecar.ts";
import { CollectStore } from "./collect-store.ts";
import type { CollectorCounts } from "./collect-store.ts";
import { addTap } from "./tap.ts";

export interface Collector {
  /** A request goes to the model: decides whether it is kept. */
  attach(call: Call): void;
  /** Hears when it is over. */
  readonly observer: Observer;
  readonly counts: () => CollectorCounts;
  /** Variables by which scripts find it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Writes what waits, for a few seconds at most. After the workers have ended. */
  close(): Promise<void>;
}

/** Throws OptionsError when the file is wrong. */
export async function openCollector(file: string): Promise<Collector> {
  const settings = readCollectorFile(file);
  const store = new CollectStore(settings);
  const sidecar = await openSidecar(settings, store).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  const captures = new WeakMap<Call, Capture>();
  const [request, response] = [rateOf(settings, "request"), rateOf(settings, "response")];
  return {
    attach: (call) => {
      const drawn = Math.random(); // once, so that a request and its answer are kept together
      const choice = { request: drawn < request, response: drawn < response };
      if (!choice.request && !choice.response) return;
      const capture = new Capture(call, settings, store, choice);
      captures.set(call, capture);
      addTap(call, capture);
    },
    observer: { finished: (call) => captures.get(call)?.finish() },
    counts: () => store.counts,
    environment: sidecar?.environment ?? {},
    close: async () => {
      sidecar?.close();
      await store.close();
    },
  };
}

/** 0 when it is not collected at all. */
function rateOf({ collections, samplingRate }: CollectorSettings, name: string): number {
  const collection = collections[name];
  return collection?.enabled === true ? (collection.samplingRate ?? samplingRate) : 0;
}
