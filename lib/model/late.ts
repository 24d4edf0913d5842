/**
 * Late values: what merely passes through a compiler (an image, a URI, a resource group). Their type is the parameter `V`: `string` in tests
 * and in `dev`, `pulumi.Input<string>` in components. A compiler cannot look inside a `V`; where it must join, hash, use one as a key, or
 * name an output of a resource that does not exist yet, the plan holds one of the nodes below, and whoever carries the plan out resolves it.
 */

/** Text made of plain and late parts. */
export class Concat<V> {
  readonly parts: readonly Value<V>[];
  constructor(parts: readonly Value<V>[]) {
    this.parts = parts;
  }
}

/** The first characters of the hexadecimal SHA-256 of late parts, joined by line feeds. */
export class Hash<V> {
  readonly parts: readonly Value<V>[];
  readonly length: number;
  constructor(parts: readonly Value<V>[], length: number) {
    this.parts = parts;
    this.length = length;
  }
}

/** A GUID made of late parts: equal parts, equal GUID. */
export class Guid<V> {
  readonly parts: readonly Value<V>[];
  constructor(parts: readonly Value<V>[]) {
    this.parts = parts;
  }
}

/** A GUID of 32 hexadecimal characters, of version 8: one's own making (RFC 9562). */
export const guidOf = (hex: string): string =>
  [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join("-");

/** An object whose keys are late. */
export class Keyed<V> {
  readonly entries: readonly (readonly [Value<V>, unknown])[];
  constructor(entries: readonly (readonly [Value<V>, unknown])[]) {
    this.entries = entries;
  }
}

/** Data, late values in it, as the text of a JSON document. */
export class Json {
  readonly data: unknown;
  constructor(data: unknown) {
    this.data = data;
  }
}

/** An output of another resource of the same plan, by that resource's id; with `upTo`, the part of its text before that mark. */
export class Ref {
  readonly id: string;
  readonly output: string;
  readonly upTo: string | undefined;
  constructor(id: string, output: string, upTo?: string) {
    this.id = id;
    this.output = output;
    this.upTo = upTo;
  }
}

/** The first of several outputs that is there. */
export class First {
  readonly refs: readonly Ref[];
  constructor(refs: readonly Ref[]) {
    this.refs = refs;
  }
}

/** What may stand in a plan where text is wanted. */
export type Value<V> = V | string | Concat<V> | Hash<V> | Guid<V> | Json | Ref;

/** Text with late parts: `` join`https://${account}.blob.core.windows.net` ``. */
export const join = <V>(strings: TemplateStringsArray, ...values: readonly Value<V>[]): Concat<V> =>
  new Concat(strings.flatMap((text, i) => [...(text === "" ? [] : [text]), ...(i < values.length ? [values[i] as Value<V>] : [])]));

/** How a plan's nodes become values: one way for Pulumi outputs, one for plain text. */
export interface Resolver<R> {
  /** Any value that is not a node, an array or a plain object. */
  leaf(value: unknown): R;
  concat(parts: readonly R[]): R;
  hash(parts: readonly R[], length: number): R;
  guid(parts: readonly R[]): R;
  keyed(entries: readonly (readonly [R, unknown])[]): R;
  /** `data` is resolved already. */
  json(data: unknown): R;
  ref(ref: Ref): R;
  first(outputs: readonly R[]): R;
}

/** Replaces every node in plan data. Arrays and plain objects are walked; keys with `undefined` go. */
export const resolve = <R>(data: unknown, to: Resolver<R>): unknown => {
  const walk = (value: unknown): unknown => {
    if (value instanceof Concat) return to.concat(value.parts.map((part) => walk(part) as R));
    if (value instanceof Hash) return to.hash(value.parts.map((part) => walk(part) as R), value.length);
    if (value instanceof Guid) return to.guid(value.parts.map((part) => walk(part) as R));
    if (value instanceof Keyed) return to.keyed(value.entries.map(([key, entry]) => [walk(key) as R, walk(entry)] as const));
    if (value instanceof Json) return to.json(walk(value.data));
    if (value instanceof Ref) return to.ref(value);
    if (value instanceof First) return to.first(value.refs.map((ref) => to.ref(ref)));
    if (Array.isArray(value)) return value.map(walk);
    if (isPlainObject(value)) return Object.fromEntries(present(value).map(([key, entry]) => [key, walk(entry)]));
    return to.leaf(value);
  };
  return walk(data);
};

const present = (value: object): [string, unknown][] => Object.entries(value).filter(([, entry]) => entry !== undefined);

/** Objects with no class of their own: an Output or an Asset is a leaf. */
export const isPlainObject = (value: unknown): value is Record<string, unknown> => {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};
