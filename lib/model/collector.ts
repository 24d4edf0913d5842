/** Which inputs and outputs of a deployment are kept for monitoring. */
import { z } from "zod";
import { either, flag, late, list, oneOf, record, refusing, strict, text, under } from "./fields.ts";
import { withMore } from "./refused.ts";
import { isLate } from "./refusal.ts";
import { reference } from "./sources.ts";
import type { DataCollectorFile } from "../scoring/contract.ts";

/** Where a collection is registered. */
export interface CollectionDataArgs {
  /** @default - `<endpoint>-<deployment>-<collection>` */
  readonly name?: string;
  /** @default - `azureml://datastores/workspaceblobstore/paths/modelDataCollector/<endpoint>/<deployment>/<collection>` */
  readonly path?: string;
  /** @default "1" */
  readonly version?: string;
}

/** One collection. `request` and `response` are the payloads; other names are those of `Collector(name=…)` in the script. */
export interface CollectionArgs<V> {
  /** @default true */
  readonly enabled?: boolean;
  /** The data asset to write to: a new one, or a registered one, `azureml:<name>:<version>` or its id; an Output must be the id. @default - a new one, with the defaults of its fields */
  readonly data?: CollectionDataArgs | V;
  /** Share of the events kept, 0 to 1. @default - the collector's `samplingRate` */
  readonly samplingRate?: number;
  /** Client id of the user-assigned identity that writes. @default - the endpoint's identity */
  readonly clientId?: V;
}

/** Data collection of a deployment. */
export interface DataCollectorArgs<V> {
  /** At most five besides `request` and `response`. */
  readonly collections: Readonly<Record<string, CollectionArgs<V>>>;
  /** Share of the events kept, 0 to 1, where a collection does not say. @default 1 */
  readonly samplingRate?: number;
  /** How often a new folder begins. @default "hour" */
  readonly rollingRate?: "year" | "month" | "day" | "hour" | "minute";
  /** Request headers kept with the payload. @default - none are kept */
  readonly requestLogging?: { readonly captureHeaders: readonly string[] };
}

const rate = () =>
  z
    .number({ error: "expected a share" })
    .refine((value) => value >= 0 && value <= 1, { error: "expected a share of 0 to 1" });

const newData = () =>
  strict({ name: text("a name").optional(), path: text("a URI").optional(), version: text("a version").default("1") }).transform((given) => withMore(given, { kind: () => "new" as const }));

const collection = <V>() =>
  strict({
    enabled: flag().default(true),
    data: either((value) => typeof value === "string" || isLate(value), reference<V>("; a new data asset is { name, path }"), newData()).prefault({}),
    samplingRate: rate().optional(),
    clientId: late<V>("a client id").optional(),
  });

/** @internal */
export const dataCollector = <V>() =>
  strict({
    collections: under(record(collection<V>(), "an object of collections by name"), (value) =>
      refusing([], Object.keys(value).filter((name) => name !== "request" && name !== "response").length <= 5 ? undefined : "expected at most five collections besides request and response"),
    ),
    samplingRate: rate().default(1),
    rollingRate: oneOf("year", "month", "day", "hour", "minute").default("hour"),
    requestLogging: strict({ captureHeaders: list(text("a header's name"), "a list of header names") }).optional(),
  });

type Collector<V> = z.output<ReturnType<typeof dataCollector<V>>>;

/** What the front of a deployment collects, wherever it puts it. Where registered data would go, and who writes there, matters to Azure alone. @internal */
export const collecting = <V>(endpoint: string, deployment: string, { collections, requestLogging, rollingRate, samplingRate }: Collector<V>): Omit<DataCollectorFile, "sink"> => ({
  endpoint,
  deployment,
  collections: Object.fromEntries(Object.entries(collections).map(([name, { enabled, samplingRate: own }]) => [name, { enabled, ...(own === undefined ? {} : { samplingRate: own }) }])),
  samplingRate,
  rollingRate,
  ...(requestLogging === undefined ? {} : { requestLogging }),
});
