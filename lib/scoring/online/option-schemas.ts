/** Every option with its form and its default, which stands here and nowhere else. */
import { z } from "zod";
import { LONGEST_TIMER_MS, MAX_BODY_BYTES } from "../contract.ts";
import type { ServeOptions } from "../contract.ts";
import { MANY, address, command, commaList, oneOf, originList, pathName, prefixOrAll, prefixOrNone, script, text, whole } from "./option-values.ts";

/** What flags can say. */
export const Options = z.object({
  host: text.default("127.0.0.1"),
  port: whole(0, 65_535).default(5001),
  entryScript: script.optional(),
  modelDir: text.optional(),
  workerCount: whole(1, 1024).default(1),
  python: text.default("python3"),
  deployment: pathName.optional(),
  statuses: oneOf("raw", "managed").default("raw"),
  pathPrefix: prefixOrNone.default(""),
  keys: text.optional(),
  maxInFlight: whole(1, MANY).optional(),
  requestTimeoutMs: whole(1, LONGEST_TIMER_MS).optional(),
  maxQueueWaitMs: whole(0, LONGEST_TIMER_MS).optional(),
  maxBodyBytes: whole(0, MANY).default(MAX_BODY_BYTES),
  modelName: pathName.optional(),
  tokens: text.optional(),
  maxBatchSize: whole(1, 4096).default(1),
  maxBatchWaitMs: whole(0, LONGEST_TIMER_MS).optional(),
  maxRequests: whole(1, MANY).optional(),
  maxRequestsJitter: whole(0, MANY).default(0),
  metricsPort: whole(0, 65_535).optional(),
  logFormat: oneOf("text", "json").default("text"),
  dataCollector: text.optional(),
  terminationLog: text.optional(),
  upstreamScoring: address.optional(),
  upstreamReadiness: address.optional(),
  upstreamLiveness: address.optional(),
  upstreamPaths: commaList.pipe(z.array(prefixOrAll)).default([]),
  upstreamCommand: command.optional(),
  corsOrigins: originList.default([]),
  healthPort: whole(0, 65_535).default(5000),
  configFile: text.optional(),
  appInsightsKey: z.string().optional(),
} satisfies Record<keyof ServeOptions, z.ZodType>);

/** What only the environment can say. */
export const Environment = z.object({
  appRoot: text,
  /** 0 is no limit, as gunicorn has it. */
  workerTimeoutMs: whole(0, Math.floor(LONGEST_TIMER_MS / 1000))
    .default(300)
    .transform((seconds) => (seconds === 0 ? LONGEST_TIMER_MS : seconds * 1000)),
  versionHeader: z.boolean(),
  preload: z.boolean(),
});
