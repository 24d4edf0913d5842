/** The file of `--data-collector`, parsed whole: every default is filled in, and everything that is wrong is said at once. */
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, resolve } from "node:path";
import { z } from "zod";
import { ROLLING_RATES } from "../contract.ts";
import type { DataCollectorFile } from "../contract.ts";
import { OptionsError } from "./options.ts";

/** Collections of payloads; the others are written by scripts. */
export const PAYLOADS: readonly string[] = ["request", "response"];
/** As many as Azure takes. */
const MOST_COLLECTIONS = 5;
const MB = 1024 * 1024;
/** Headers that open doors. What is collected is read by others than those who may call. */
const CREDENTIALS = ["authorization", "cookie", "proxy-authorization", "set-cookie"];

/** What is collected, and where it goes. */
export type CollectorSettings = Readonly<z.infer<typeof File>>;
/** Where it goes. */
export type Sink = CollectorSettings["sink"];

const shown = (value: unknown): string => JSON.stringify(value) ?? "nothing";
const text = z.string({ error: ({ input }) => `expected a text; got ${shown(input)}` }).min(1, "expected a text that is not empty");
const NAME = /^[A-Za-z0-9][\w.-]*$/;
const name = text.regex(NAME, { error: ({ input }) => `expected letters, digits, ".", "_" and "-", a letter or digit first, because it names a folder; got ${shown(input)}` });

const share = z
  .number({ error: ({ input }) => `expected a share of 0 to 1; got ${shown(input)}` })
  .refine((value) => value >= 0 && value <= 1, { error: ({ input }) => `expected a share of 0 to 1; got ${shown(input)}` });

const bytes = z
  .number({ error: ({ input }) => `expected a whole number of bytes; got ${shown(input)}` })
  .refine((value) => Number.isSafeInteger(value) && value > 0, { error: ({ input }) => `expected a whole number of bytes, 1 or more; got ${shown(input)}` });

const object = <T extends z.ZodRawShape>(shape: T) =>
  z.strictObject(shape, {
    error: (issue) => {
      if (issue.code === "unrecognized_keys") return `unknown key ${(issue.keys as string[]).map(shown).join(", ")}; known are ${Object.keys(shape).join(", ")}`;
      return `expected an object; got ${shown(issue.input)}`;
    },
  });

const Collection = object({ enabled: z.boolean({ error: ({ input }) => `expected true or false; got ${shown(input)}` }).default(true), samplingRate: share.optional() });

/** In lower case, as `Collector` of azureml-ai-monitoring looks for them. */
const Collections = z
  .record(name, Collection, { error: "expected an object of collections by name" })
  .refine((all) => Object.keys(all).filter((each) => !PAYLOADS.includes(each)).length <= MOST_COLLECTIONS, {
    error: `expected at most ${MOST_COLLECTIONS} collections besides ${PAYLOADS.join(" and ")}`,
  })
  .refine((all) => new Set(Object.keys(all).map((each) => each.toLowerCase())).size === Object.keys(all).length, {
    error: "expected names that differ in more than upper and lower case",
  })
  .transform((all) => Object.fromEntries(Object.entries(all).map(([each, collection]) => [each.toLowerCase(), collection])));

const header = text.transform((value) => value.toLowerCase()).refine((value) => !CREDENTIALS.includes(value), {
  error: ({ input }) => `${shown(input)} is a credential, which is never collected`,
});

const Folder = object({ folder: text });
const Address = object({
  url: z.url({ protocol: /^https?$/, error: ({ input }) => `expected an http or https address; got ${shown(input)}` }),
  headers: z.record(text, text, { error: "expected an object of header values by name" }).default({}),
});
const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;
const Sink = z.unknown().transform((value, context): z.infer<typeof Folder> | z.infer<typeof Address> => {
  if (!isObject(value) || "folder" in value === "url" in value) {
    context.addIssue({ code: "custom", message: "expected { folder } or { url, headers }" });
    return z.NEVER;
  }
  const parsed = ("folder" in value ? Folder : Address).safeParse(value);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) context.addIssue({ code: "custom", message: issue.message, path: [...issue.path] });
  return z.NEVER;
});

const File = object({
  endpoint: name,
  deployment: name,
  source: text.optional(),
  modelVersion: text.optional(),
  collections: Collections,
  samplingRate: share.default(1),
  rollingRate: z.enum(ROLLING_RATES, { error: ({ input }) => `expected ${ROLLING_RATES.join(", ")}; got ${shown(input)}` }).default("hour"),
  requestLogging: object({ captureHeaders: z.array(header, { error: "expected a list of header names" }) }).default({ captureHeaders: [] }),
  maxPayloadBytes: bytes.default(MB),
  maxWaitingBytes: bytes.default(32 * MB),
  instance: name.default(() => `${hostname().replaceAll(/[^\w.-]/g, "_")}-${process.pid}`),
  sink: Sink,
} satisfies Record<keyof DataCollectorFile, z.ZodType>);

/** Throws OptionsError. A folder is taken from where the file is. */
export function readCollectorFile(path: string): CollectorSettings {
  const refuse = (problem: string): never => {
    throw new OptionsError([`--data-collector: ${path}${problem}`]);
  };
  let given: unknown;
  try {
    given = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    return refuse(error instanceof SyntaxError ? " is not JSON" : ` cannot be read: ${(error as NodeJS.ErrnoException).code ?? String(error)}`);
  }
  const parsed = File.safeParse(given);
  if (!parsed.success) {
    throw new OptionsError(parsed.error.issues.map(({ path: at, message }) => `--data-collector: ${path}: ${at.length === 0 ? "" : `${at.join(".")}: `}${message}`));
  }
  const { sink } = parsed.data;
  return "folder" in sink ? { ...parsed.data, sink: { folder: resolve(dirname(path), sink.folder) } } : parsed.data;
}
