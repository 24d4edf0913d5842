import type { Value } from "../../model/late.ts";

/** A type of `kubernetes-models` with late text allowed wherever it takes any text. */
export type With<T, V> = T extends string
  ? string extends T
    ? Value<V>
    : T
  : T extends readonly (infer E)[]
    ? readonly With<E, V>[]
    : T extends object
      ? { readonly [K in keyof T]: With<T[K], V> }
      : T;
