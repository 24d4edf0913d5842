/** Plain JSON, as bodies of requests and properties of resources are. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

// A body's shape is the service's business, checked where it is read.
export type Body = { [key: string]: any };

export const isObject = (value: unknown): value is Body => typeof value === "object" && value !== null && !Array.isArray(value);

export const equal = (left: unknown, right: unknown): boolean => {
  if (Array.isArray(left) && Array.isArray(right)) return left.length === right.length && left.every((item, i) => equal(item, right[i]));
  if (!isObject(left) || !isObject(right)) return left === right;
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...keys].every((key) => equal(left[key], right[key]));
};

export const copy = <T>(value: T): T => structuredClone(value);
