/** How the values of flags and of the environment are read: texts become numbers, lists and addresses, or a line about what was expected. */
import { z } from "zod";

/** As large as a number can be told from its neighbours. */
export const MANY = Number.MAX_SAFE_INTEGER;

/** What a value is, where a text is expected that is not empty. */
export const text = z.string().min(1, "expected a text that is not empty");

/** A whole number within bounds. */
export const whole = (low: number, high: number) =>
  z
    .union([z.string(), z.number()])
    .transform((value) => (typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value))
    .refine((value): value is number => Number.isSafeInteger(value) && (value as number) >= low && (value as number) <= high, {
      error: ({ input }) => `expected a whole number from ${low}${high === MANY ? "" : ` to ${high}`}; got ${JSON.stringify(input)}`,
    });

/** One of these words. */
export const oneOf = <const T extends readonly [string, ...string[]]>(...values: T) =>
  z.enum(values, { error: ({ input }) => `expected ${values.join(" or ")}; got ${JSON.stringify(input)}` });

/** A scoring script, by its ending. */
export const script = text.refine((path) => /\.(py|js|mjs|ts|mts)$/.test(path), {
  error: ({ input }) => `expected a script, *.py, *.js or *.ts; got ${JSON.stringify(input)}`,
});

/** A server beside this one. */
export const address = z.url({
  protocol: /^http$/,
  error: ({ input }) => `expected an address such as http://127.0.0.1:8080/predict; got ${JSON.stringify(input)}`,
}).refine((value) => !/^[^/]*\/\/[^/]*@/.test(value), { error: "expected an address without user and password" });

/** A program and its arguments, as JSON, so that nobody has to guess how blanks are quoted. */
export const command = text.transform((value, context): string[] => {
  const parsed = z.array(text).min(1).safeParse(json(value));
  if (parsed.success) return parsed.data;
  context.addIssue({ code: "custom", message: `expected a JSON list of texts such as ["python3", "app.py"]; got something else, which is not shown because commands may hold passwords` });
  return z.NEVER;
});

/** Texts with commas between them; empty ones are dropped. */
export const commaList = text.transform((value) => value.split(",").map((each) => each.trim()).filter((each) => each !== ""));

/** The same as the original splits it, which lets empty ones stand. */
export const originList = z.string().transform((value) => value.split(",").map((each) => each.trim()));

const PREFIX = /^(\/[\w.~-]+)+\/?$/;
const prefixExpected = ({ input }: { input?: unknown }): string => `expected a path such as /endpoints/credit; got ${JSON.stringify(input)}`;
const withoutSlash = (path: string): string => path.replace(/\/$/, "");

/** The first part of a path, without a slash at its end. */
export const prefix = z.string().regex(PREFIX, { error: prefixExpected }).transform(withoutSlash);

/** The same; "/" is every path. */
export const prefixOrAll = z.union([z.literal("/").transform(() => ""), prefix], { error: prefixExpected });

/** The same, or nothing. */
export const prefixOrNone = z.union([z.literal(""), prefix], { error: prefixExpected });

/** A name that can stand in a path as it is. */
export const pathName = z.string().regex(/^[\w.~-]+$/, { error: ({ input }) => `expected a name of letters, digits and "._~-"; got ${JSON.stringify(input)}` });

const json = (value: string): unknown => {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
};
