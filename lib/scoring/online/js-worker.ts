/** Worker threads for a `score.ts` or `score.js`. */
import { resolve } from "node:path";
import { ENVIRONMENT } from "../contract.ts";
import type { RequestHead } from "./protocol.ts";
import type { Batching } from "./thread-runner.ts";
import type { ThreadHead } from "./thread-exchange.ts";
import { timedOut } from "./thread-served.ts";
import { threadWorker } from "./thread-worker.ts";
import type { StartWorker } from "./worker.ts";

/** That of the contract: an hour. */
const SCORING_TIMEOUT_MS = 3_600_000;

/** What a thread is told. */
export interface JsOptions {
  readonly file: string;
  /** Undefined: no limit. */
  readonly scoringTimeoutMs: number | undefined;
  readonly batching: Batching;
}

/** What is served, and how. */
export interface JsSettings {
  readonly appRoot: string;
  /** Relative to the app root. */
  readonly entryScript: string;
  readonly modelDir?: string | undefined;
  readonly maxBatchSize: number;
  readonly maxBatchWaitMs?: number | undefined;
  /** Variables of the environment beyond our own. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Whether a script is one of these, and not Python's. */
export const isJsScript = (entryScript: string): boolean => /\.(js|mjs|cjs|ts|mts|cts)$/.test(entryScript);

/** Starts threads for one script. */
export function jsWorker(settings: JsSettings): StartWorker {
  const { appRoot, entryScript, modelDir, environment, maxBatchSize, maxBatchWaitMs } = settings;
  const scoringTimeoutMs = limit(environment[ENVIRONMENT.scoringTimeoutMs]);
  const data: JsOptions = { file: resolve(appRoot, entryScript), scoringTimeoutMs, batching: { maxSize: maxBatchSize, maxWaitMs: maxBatchWaitMs } };
  const env: NodeJS.ProcessEnv = { ...process.env, ...environment, [ENVIRONMENT.appRoot]: appRoot, [ENVIRONMENT.entryScript]: entryScript };
  if (modelDir !== undefined) env[ENVIRONMENT.modelDir] = modelDir;
  const blocked = scoringTimeoutMs === undefined ? undefined : { afterMs: scoringTimeoutMs, answer: timedOut(scoringTimeoutMs) };
  return threadWorker({ code: "js-thread", data, env, head: everything, blocked });
}

/** 0 is no limit, as it is for the timer of the original. */
const limit = (given: string | undefined): number | undefined => (given === undefined ? SCORING_TIMEOUT_MS : Number(given) === 0 ? undefined : Number(given));

const everything = ({ headers }: RequestHead): ThreadHead => ({ headers: headers.join("\n"), offset: 0 });
