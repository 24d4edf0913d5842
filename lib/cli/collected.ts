/** What the child that runs a program is asked, and what it tells. Plain JSON: it crosses a process. */
import type { Program } from "./project.ts";

/** The first and only message to the child. Configuration comes this way and not by the environment, because it may hold secrets. */
export interface CollectRequest {
  readonly program: Program;
  readonly stack: string;
  readonly values: Readonly<Record<string, string>>;
  readonly secretKeys: readonly string[];
}

/** Key of an object that stands for a late value; no key of a user's looks like it. */
export const LATE = "\u0000late";

/** A late value as far as it is known before anything is deployed. */
export interface LateLeaf {
  readonly [LATE]: { readonly unknown: true } | { readonly value: string } | { readonly secret: string };
}

/** An endpoint as its program declared it: the parsed model, with a {@link LateLeaf} wherever the program gave an Output. */
export interface Declared {
  readonly model: unknown;
  /** Roles of the children that the program transforms: functions do not cross a process. */
  readonly transformed: readonly string[];
}

/** What the program's own target said of an endpoint. */
export interface TargetRefusal {
  readonly message: string;
}

/** The one answer of the child. */
export interface Collected {
  readonly declared: readonly Declared[];
  readonly refusals: readonly TargetRefusal[];
  /** Files of the program that were loaded, packages left out: what to watch. */
  readonly files: readonly string[];
  /** Why the program ended early, ready to print. */
  readonly error?: string | undefined;
}
