/**
 * The vocabulary of the schemas: zod types with messages in the user's words. Every message says what was expected; `parse` adds what was given.
 */
import { z } from "zod";
import { isLate, nearMiss } from "./refusal.ts";

/** Text that may be known only later. Where it must be something of a kind, it is not empty. */
export const late = <V>(expected?: string): z.ZodType<V, V> =>
  z.custom<V>((value) => (typeof value === "string" ? expected === undefined || value !== "" : isLate(value)), { error: `expected ${expected ?? "a string"}` });

/** Late text under plain keys: tags, environment variables. */
export const lateMap = <V>(): z.ZodType<Readonly<Record<string, V>>, Readonly<Record<string, V>>> =>
  record(late<V>(), "an object of strings") as z.ZodType<Readonly<Record<string, V>>, Readonly<Record<string, V>>>;

/** Values of one kind under keys of the user's choice. */
export const record = <T extends z.ZodType>(value: T, what: string) => plain(z.record(z.string(), value, { error: `expected ${what}` }), what);

/** Text that decides the shape of the stack. */
export const text = (expected = "a string"): z.ZodString => z.string({ error: `expected ${expected}` }).min(1, { error: `expected ${expected}` });

export const flag = (): z.ZodBoolean => z.boolean({ error: "expected true or false" });

/** One of a closed set. */
export const oneOf = <const T extends readonly [string, ...string[]]>(...values: T) =>
  z.enum(values, { error: `expected ${alternatives(values)}` });

/** `"a", "b" or "c"`. */
export const alternatives = (values: readonly string[]): string => {
  const quoted = values.map((value) => JSON.stringify(value));
  return quoted.length < 2 ? quoted.join("") : `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`;
};

/** A whole number in a closed range; the unit is part of the message. */
export const whole = (unit: string, min: number, max: number = Number.MAX_SAFE_INTEGER): z.ZodNumber => {
  const range = max === Number.MAX_SAFE_INTEGER ? `${min} or more` : `${min} to ${max}`;
  return number(`a whole number of ${unit}`, `${range} ${unit}`, min, max);
};

/** A whole percent in a closed range. */
export const percent = (max: number): z.ZodNumber => number("a whole percent", `0 to ${max} percent`, 0, max);

const number = (kind: string, range: string, min: number, max: number): z.ZodNumber =>
  z
    .number({ error: `expected ${kind}` })
    .refine(Number.isInteger, { error: `expected ${kind}`, abort: true })
    .min(min, { error: `expected ${range}`, abort: true })
    .max(max, { error: `expected ${range}`, abort: true });

/** An object that refuses keys it does not know, naming the key that was likely meant; of those in `elsewhere` it says what to write instead. */
export const strict = <T extends z.ZodRawShape>(shape: T, what = "an object", elsewhere: Readonly<Record<string, string>> = {}) =>
  plain(
    z.strictObject(shape, {
      error: (issue) =>
        issue.code === "unrecognized_keys"
          ? (issue["keys"] as string[]).map((key) => elsewhere[key] ?? unknownKey(key, Object.keys(shape))).join("\n")
          : `expected ${what}`,
    }),
    what,
  );

/** Refuses a late value as a whole: an Output answers to any key, so its own keys would be judged otherwise. */
const plain = <T extends z.ZodType>(schema: T, what: string): z.ZodType<z.output<T>, z.input<T>> =>
  either(isLate, never<z.input<T>>(what), schema);

/** The message for a key that does not belong. */
export const unknownKey = (key: string, known: readonly string[]): string => {
  const meant = nearMiss(key, known);
  return `unknown key ${JSON.stringify(key)}; ${meant === undefined ? `known: ${known.join(", ")}` : `did you mean ${JSON.stringify(meant)}?`}`;
};

/** One of two schemas, chosen by looking at the value, so that its problems are those of the form that was meant. */
export const either = <A extends z.ZodType, B extends z.ZodType>(
  isFirst: (value: unknown) => boolean,
  first: A,
  second: B,
): z.ZodType<z.output<A> | z.output<B>, z.input<A> | z.input<B>> =>
  z.unknown().transform((value, context) => {
    const result = (isFirst(value) ? first : second).safeParse(value);
    if (result.success) return result.data;
    for (const issue of result.error.issues) context.issues.push({ ...stopping(issue), input: value, path: [...issue.path] } as never);
    return z.NEVER;
  }) as never;

/** A key too many does not stop zod: the transforms that follow would be given no value at all. */
const stopping = (issue: z.core.$ZodIssue): object => (issue.code === "unrecognized_keys" ? { ...issue, code: "custom", params: { [UNKNOWN_KEYS]: true } } : issue);

const UNKNOWN_KEYS = "unknownKeys";

/** Whether an issue tells of unknown keys, a line for each. */
export const isUnknownKeys = (issue: z.core.$ZodIssue): boolean => issue.code === "custom" && issue.params?.[UNKNOWN_KEYS] === true;

/** Refuses whatever it gets. */
export const never = <I>(expected: string): z.ZodType<never, I> => z.custom(() => false, { error: `expected ${expected}` }) as never;
