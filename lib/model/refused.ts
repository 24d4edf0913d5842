/**
 * Values that were refused. Whoever reads one stops there, by a throw, and `certain` runs checks each on its own: one that needs such a value says nothing,
 * and every other one speaks.
 */
import type { Verdict } from "./refusal.ts";

const REFUSED = new Error("a refused value was read, and not by a check");

/** What reading a refused value does. */
export const refuse = (): never => {
  throw REFUSED;
};

/** Makes a property one that was refused: its name can be seen, and its value cannot be read. */
export const markRefused = (object: object, key: string): void => void Object.defineProperty(object, key, { configurable: true, enumerable: true, get: refuse });

/** An object of which everything was refused. */
export const allRefused = (keys: readonly string[]): object => {
  const object = {};
  for (const key of keys) markRefused(object, key);
  return object;
};

/** What is read, or nothing where that needs a value that was refused. */
export const unlessRefused = <T>(read: () => T): T | undefined => {
  try {
    return read();
  } catch (error) {
    if (error !== REFUSED) throw error;
    return undefined;
  }
};

/** What checks find, but those that need a value that was refused. */
export const certain = <T>(...checks: readonly (() => readonly T[])[]): T[] => checks.flatMap((check) => unlessRefused(check) ?? []);

/** The same of a check of each value, by its key or its place. */
export const certainOfEach = <E, T>(values: Readonly<Record<string, E>> | readonly E[], check: (value: E, key: string) => readonly T[]): T[] =>
  certain(...Object.keys(values).map((key) => () => check((values as Readonly<Record<string, E>>)[key] as E, key)));

/** What several say together, likewise. */
export const judged = (...judges: readonly (() => Partial<Verdict>)[]): Verdict => {
  const said = certain(...judges.map((judge) => () => [judge()]));
  return { problems: said.flatMap(({ problems = [] }) => problems), warnings: said.flatMap(({ warnings = [] }) => warnings) };
};

/** What is said of each value. */
export const judgedEach = <E>(values: Readonly<Record<string, E>>, judge: (value: E, key: string) => Partial<Verdict>): Verdict =>
  judged(...Object.keys(values).map((key) => () => judge(values[key] as E, key)));

/** Gives an object a property, if it gets a value. What is made from a refused value is refused too. */
export const put = (object: object, key: string, read: () => unknown): void => {
  try {
    const value = read();
    if (value !== undefined) Object.defineProperty(object, key, { configurable: true, enumerable: true, writable: true, value });
  } catch (error) {
    if (error !== REFUSED) throw error;
    markRefused(object, key);
  }
};

/** Makers of properties from an object. */
type Makers<T, M> = { readonly [K in keyof M]: (value: T) => M[K] };

/** A copy with more properties. Those that were refused stay so: a spread would read them. */
export const withMore = <T extends object, M>(value: T, more: Makers<T, M>): Omit<T, keyof M> & M => {
  const copy: object = Object.defineProperties({}, Object.getOwnPropertyDescriptors(value));
  for (const key of Object.keys(more) as (keyof M & string)[]) put(copy, key, () => more[key](value));
  return copy as Omit<T, keyof M> & M;
};

/** A copy in which something else stands under each key. */
export const withEach = <E, R>(values: Readonly<Record<string, E>>, make: (value: E) => R | undefined): Readonly<Record<string, R>> => {
  const copy = {};
  for (const key of Object.keys(values)) put(copy, key, () => make(values[key] as E));
  return copy;
};
