/**
 * The vocabulary of the schemas: zod types with messages in the user's words. Every message says what was expected; `parse` adds what was given.
 */
import { z } from "zod";
import { readInto, readKind, tell } from "./reading.ts";
import { certain, markRefused, unlessRefused } from "./refused.ts";
import { isLate, nearMiss } from "./refusal.ts";

/** Text that may be known only later. Where it must be something of a kind, it is not empty. */
export const late = <V>(expected?: string): z.ZodType<V, V> =>
  z.custom<V>((value) => (typeof value === "string" ? expected === undefined || value !== "" : isLate(value)), { error: `expected ${expected ?? "a string"}` });

/** Late text under plain keys: tags, environment variables. */
export const lateMap = <V>(): z.ZodType<Readonly<Record<string, V>>, Readonly<Record<string, V>>> =>
  record(late<V>(), "an object of strings") as z.ZodType<Readonly<Record<string, V>>, Readonly<Record<string, V>>>;

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
export const strict = <T extends z.ZodRawShape>(
  shape: T,
  what = "an object",
  elsewhere: Readonly<Record<string, string>> = {},
): z.ZodType<z.output<z.ZodObject<T, z.core.$strict>>, z.input<z.ZodObject<T, z.core.$strict>>> =>
  z.unknown().transform((input, context) => {
    if (!isObject(input)) return refuseWhole(context, input, `expected ${what}`);
    const object = {};
    const isDoubtful = tellUnknown(input, shape, elsewhere);
    for (const [key, field] of Object.entries(shape)) {
      if (input[key] === undefined && isDoubtful(key)) markRefused(object, key);
      else readInto(object, key, field as z.ZodType, input[key]);
    }
    return object;
  }) as never;

/** An Output answers to any key, so its own keys would be judged otherwise. */
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null && !Array.isArray(value) && !isLate(value);

const refuseWhole = (context: z.RefinementCtx, input: unknown, message: string): never => {
  context.issues.push({ code: "custom", input, message });
  return z.NEVER;
};

/** Tells keys that do not belong, and gives whether one of them may be what was meant by another that is missing. */
const tellUnknown = (input: object, shape: z.ZodRawShape, elsewhere: Readonly<Record<string, string>>): ((key: string) => boolean) => {
  const known = Object.keys(shape);
  const named = Object.keys(input).flatMap((key): readonly (string | undefined)[] => {
    if (known.includes(key)) return [];
    const instead = Object.hasOwn(elsewhere, key) ? elsewhere[key] : undefined;
    const meant = instead === undefined ? nearMiss(key, known) : undefined;
    tell([], instead ?? unknownKey(key, known), { meant });
    return instead === undefined ? [meant] : known.filter((each) => new RegExp(`\\b${each}\\b`).test(instead));
  });
  // A key that is near no other may be any that must be there.
  const isRequired = (key: string): boolean => !(shape[key] as z.ZodType).safeParse(undefined).success;
  return (key) => named.includes(key) || (named.includes(undefined) && isRequired(key));
};

/** Values of one kind under keys of the user's choice; why one is refused, `wrong` says. */
export const record = <T extends z.ZodType>(
  value: T,
  what: string,
  wrong: (key: string) => string | undefined = () => undefined,
): z.ZodType<Readonly<Record<string, z.output<T>>>, Readonly<Record<string, z.input<T>>>> =>
  z.unknown().transform((input, context) => {
    if (!isObject(input) || !z.record(z.string(), z.unknown()).safeParse(input).success) return refuseWhole(context, input, `expected ${what}`);
    const object = {};
    for (const [key, each] of Object.entries(input)) readInto(object, key, value, each);
    return ruled(object, () => Object.keys(object).flatMap((key) => refusing([key], wrong(key))), context);
  }) as never;

/** Values of one kind in their order. */
export const list = <T extends z.ZodType>(value: T, what: string, least?: string): z.ZodType<readonly z.output<T>[], readonly z.input<T>[]> =>
  z.unknown().transform((input, context) => {
    if (!Array.isArray(input)) return refuseWhole(context, input, `expected ${what}`);
    if (input.length === 0 && least !== undefined) return refuseWhole(context, input, `expected ${least}`);
    const array: unknown[] = [];
    for (const [i, each] of input.entries()) readInto(array, String(i), value, each);
    return array;
  }) as never;

/** What a rule refuses: a part by its path, or the whole. */
export interface Broken {
  readonly path: readonly string[];
  readonly message: string;
}

/** What a rule with one verdict refuses. */
export const refusing = (path: readonly string[], message: string | undefined): Broken[] => (message === undefined ? [] : [{ path, message }]);

/** A schema, and rules that need several of its fields. What they refuse cannot be read any more, and the rest can. */
export const under = <T extends z.ZodType<object>>(schema: T, ...rules: readonly ((value: z.output<T>) => readonly Broken[])[]): z.ZodType<z.output<T>, z.input<T>> =>
  schema.transform((value, context) => ruled(value, () => certain(...rules.map((rule) => () => rule(value))), context)) as never;

const ruled = <T extends object>(value: T, judge: () => readonly Broken[], context: z.RefinementCtx): T => {
  for (const { message, path } of judge()) {
    if (path.length === 0) refuseWhole(context, value, message);
    else refusePart(value, path, message);
  }
  return value;
};

const refusePart = (value: object, path: readonly string[], message: string): void => {
  tell(path, message);
  const owner = path.slice(0, -1).reduce<object | undefined>((inner, key) => unlessRefused(() => (inner as Readonly<Record<string, object>> | undefined)?.[key]), value);
  if (owner !== undefined) markRefused(owner, path.at(-1) ?? "");
};

/** The message for a key that does not belong. */
export const unknownKey = (key: string, known: readonly string[]): string => {
  const meant = nearMiss(key, known);
  return `unknown key ${JSON.stringify(key)}; ${meant === undefined ? `known: ${known.join(", ")}` : `did you mean ${JSON.stringify(meant)}?`}`;
};

/** An object of one of two kinds, by what stands under `key`. */
export const ofKind = <A extends z.ZodType, B extends z.ZodType>(key: string, kind: string, first: A, second: B): z.ZodType<z.output<A> | z.output<B>, z.input<A> | z.input<B>> =>
  z.unknown().transform((value, context) => {
    const [meant, other] = isObject(value) && value[key] === kind ? [first, second] : [second, first];
    return readKind(
      key,
      () => passOn(meant.safeParse(value), value, context),
      () => other.safeParse(value),
      isObject(value) && value[key] !== undefined,
    );
  }) as never;

/** One of two schemas, chosen by looking at the value, so that its problems are those of the form that was meant. */
export const either = <A extends z.ZodType, B extends z.ZodType>(
  isFirst: (value: unknown) => boolean,
  first: A,
  second: B,
): z.ZodType<z.output<A> | z.output<B>, z.input<A> | z.input<B>> =>
  z.unknown().transform((value, context) => passOn((isFirst(value) ? first : second).safeParse(value), value, context)) as never;

const passOn = (result: z.ZodSafeParseResult<unknown>, input: unknown, context: z.RefinementCtx): unknown => {
  if (result.success) return result.data;
  for (const issue of result.error.issues) context.issues.push({ ...issue, input, path: [...issue.path] } as never);
  return z.NEVER;
};

/** Refuses whatever it gets. */
export const never = <I>(expected: string): z.ZodType<never, I> => z.custom(() => false, { error: `expected ${expected}` }) as never;
