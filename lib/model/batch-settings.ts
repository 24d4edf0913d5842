/** How a model deployment of a batch endpoint runs a job. */
import type { z } from "zod";
import { oneOf, refusing, strict, text, under, whole } from "./fields.ts";
import { withMore } from "./refused.ts";
import { plainVariables } from "./variables.ts";

/** What happens to a mini-batch that fails. */
export interface RetrySettingsArgs {
  /** Tries after the first, 0 or more. @default 3 */
  readonly maxRetries?: number;
  /** Seconds that one try may take, reading of its files included, 1 or more. @default 30 */
  readonly timeout?: number;
}

/** How jobs of a model deployment run; a caller may ask for other values in one job. Names and defaults are those of the `az ml` YAML schema. */
export interface BatchSettingsArgs<V> {
  /** Files of one call of `run()`, 1 or more, whatever their sizes. @default 10 */
  readonly miniBatchSize?: number;
  /** Worker processes on one instance, 1 or more. @default 1 */
  readonly maxConcurrencyPerInstance?: number;
  /**
   * `append_row` puts what `run()` returns into one file, a row each. `summary_only` counts it: the script writes files of its own to
   * `AZUREML_BI_OUTPUT_PATH`. @default "append_row"
   */
  readonly outputAction?: "append_row" | "summary_only";
  /** Name of that one file; `append_row` alone. @default - `predictions.csv` */
  readonly outputFileName?: string;
  /** Files that may fail in a job, 0 or more; one more ends it as failed. -1: any number, as long as some mini-batch succeeds. @default -1 */
  readonly errorThreshold?: number;
  /** @default - the defaults of its fields */
  readonly retrySettings?: RetrySettingsArgs;
  /** What workers log. @default "info" */
  readonly loggingLevel?: "info" | "warning" | "debug";
  /** Environment of the workers. Whoever may read the deployment reads the values too, secret or not. @default - none */
  readonly environmentVariables?: Readonly<Record<string, V>>;
  /**
   * Rows of one call of `run()`, 1 or more: each CSV or Parquet file of the input is split into files of so many rows. Refused on Azure, which never
   * splits a file. @default - files are not split
   */
  readonly partitionRows?: number;
}

const retrySettings = () => strict({ maxRetries: whole("tries", 0).default(3), timeout: whole("seconds", 1).default(30) });

/** An int32 (Azure). */
const ERRORS = 2 ** 31 - 1;

/** A file of the output folder itself. */
const fileName = () => text("a file name").regex(/^(?!\.{1,2}$)[^/\\\0]+$/, { error: "expected a file name without a folder" });

/** @internal */
export const batchSettings = <V>() =>
  under(
    strict({
      miniBatchSize: whole("files", 1).default(10),
      maxConcurrencyPerInstance: whole("processes", 1).default(1),
      outputAction: oneOf("append_row", "summary_only").default("append_row"),
      outputFileName: fileName().optional(),
      errorThreshold: whole("files", -1, ERRORS).default(-1),
      retrySettings: retrySettings().prefault({}),
      loggingLevel: oneOf("info", "warning", "debug").default("info"),
      environmentVariables: plainVariables<V>().default({}),
      partitionRows: whole("rows", 1).optional(),
    }),
    ({ outputAction, outputFileName }) => refusing(["outputFileName"], outputAction === "append_row" || outputFileName === undefined ? undefined : "expected none with summary_only, which writes no file of rows"),
  ).transform((value) => withMore(value, { outputFileName: ({ outputFileName }) => outputFileName ?? DEFAULT_FILE }));

const DEFAULT_FILE = "predictions.csv";

/** Settings, parsed: every default filled in. @internal */
export type BatchSettings<V> = Readonly<z.output<ReturnType<typeof batchSettings<V>>>>;
