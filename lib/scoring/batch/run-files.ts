/** What a process of Node gives for a mini-batch, whatever runs in it. */
import type { Source } from "./js-files.ts";

/** A file of which there is no result. */
export interface FileFailure {
  readonly file: string;
  readonly row: number | null;
  readonly error: string;
}

/** Lines of the output. Without failures, files beyond their number have failed. */
export interface Results {
  readonly lines: readonly string[];
  readonly failures?: readonly FileFailure[];
}

/** Runs one mini-batch. */
export type RunFiles = (paths: readonly string[], sources: readonly Source[]) => Promise<Results>;
