/** Reads a declaration with schemas, and goes on behind what they refuse: zod alone gives no value at all where one field of many is wrong. */
import type { z } from "zod";
import { put, refuse, unlessRefused } from "./refused.ts";

/** What a schema refuses. */
export interface Refusal {
  readonly path: readonly string[];
  /** What was expected. */
  readonly message: string;
  /** Of a key that does not belong: the one that was meant, if any is near. */
  readonly key?: { readonly meant: string | undefined };
}

/** The reading that goes on, and where it is. Schemas are made once for all of them, and zod hands nothing from an outer one to an inner one. */
let current: { readonly path: string[]; readonly refusals: Refusal[] } | undefined;

const reading = () => {
  if (current === undefined) throw new Error("schemas of objects are read by `read` alone");
  return current;
};

/** What a schema makes of a value, and all that it refuses. Parts that were refused cannot be read; nothing is there where the whole was. */
export const read = <T>(schema: z.ZodType<T>, input: unknown): { readonly value: T | undefined; readonly refusals: readonly Refusal[] } => {
  const outer = current;
  const refusals: Refusal[] = [];
  current = { path: [], refusals };
  try {
    const whole: { readonly value?: T } = {};
    readInto(whole, "value", schema, input);
    return { value: unlessRefused(() => whole.value), refusals: refusals.map((refusal) => ({ ...refusal, path: refusal.path.slice(1) })) };
  } finally {
    current = outer;
  }
};

/** Tells what is wrong with a part of what is being read. */
export const tell = (path: readonly PropertyKey[], message: string, key?: Refusal["key"]): void => {
  const { path: here, refusals } = reading();
  refusals.push({ path: [...here, ...path.map(String)], message, ...(key === undefined ? {} : { key }) });
};

/** Reads a part, and keeps it under its key. */
export const readInto = (object: object, key: string, schema: z.ZodType, input: unknown): void => {
  const { path } = reading();
  path.push(key);
  try {
    put(object, key, () => {
      const result = schema.safeParse(input);
      if (result.success) return result.data;
      for (const issue of result.error.issues) tell(issue.path, issue.message);
      return refuse();
    });
  } finally {
    path.pop();
  }
};

/**
 * Reads an object of one of several kinds, by what stands under a key. Where that is refused, nobody knows what else belongs to it: told is the kind, and what
 * is wrong in either. Where it is written, no other key was meant to be it.
 */
export const readKind = (key: string, read: () => unknown, readOther: () => unknown, isWritten: boolean): unknown => {
  const { path, refusals } = reading();
  const from = (start: number): Refusal[] => refusals.splice(start, refusals.length);
  const before = refusals.length;
  const value = read();
  const told = from(before);
  const [here, inside] = [path.join("/"), [...path, key].join("/")];
  const isOfKind = (refusal: Refusal): boolean => (!isWritten && refusal.key?.meant === key && refusal.path.join("/") === here) || refusal.path.join("/") === inside;
  if (!told.some(isOfKind)) {
    refusals.push(...told);
    return value;
  }
  readOther();
  const others = from(before);
  refusals.push(...told.filter((refusal) => isOfKind(refusal) || others.some((other) => isSame(other, refusal))));
  return refuse();
};

const isSame = (one: Refusal, other: Refusal): boolean => one.message === other.message && one.path.join("/") === other.path.join("/");
