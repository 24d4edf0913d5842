/** One thing wrong with a declaration. */
export interface Problem {
  /** Where, in the user's own words: `deployments.blue.instanceCount`. Empty for the declaration as a whole. */
  readonly path: string;
  /** What was expected, what was given, what to do instead. */
  readonly message: string;
  /** The value given, where there was one. */
  readonly value?: unknown;
}

/** Makes a problem of a path below one part of a declaration, such as a deployment. */
export type At = (path: string, message: string) => Problem;

/** Something that works, and that its author may not have meant. */
export type Warning = Problem;

/** What a target says of a declaration before it compiles it. Compilers trust what passed. */
export interface Verdict {
  readonly problems: readonly Problem[];
  readonly warnings: readonly Warning[];
}

const INSPECT: unique symbol = Symbol.for("nodejs.util.inspect.custom");

/** The one error of refusal. Nothing is registered when it is thrown, and it names every problem of the declaration. */
export class InvalidArgs extends Error {
  override readonly name = "InvalidArgs";
  /** What was declared: `Endpoint "credit"`. */
  readonly subject: string;
  /** Every problem, ordered by path. */
  readonly problems: readonly Problem[];

  constructor(subject: string, problems: readonly Problem[]) {
    const sorted = inOrder(problems);
    super([`${subject} has ${sorted.length === 1 ? "1 problem" : `${sorted.length} problems`}`, ...sorted.map(line)].join("\n"));
    this.subject = subject;
    this.problems = sorted;
  }

  /**
   * As Node prints it, and Pulumi when nobody catches it: the message says everything once. By themselves they would add the list again, and Node
   * 22.23 takes most of a minute over a stack that leads through Pulumi's SDK.
   * @internal
   */
  [INSPECT](): string {
    return `${this.name}: ${this.message}`;
  }
}

/** Problems ordered by path, each path's own in the order found. */
export const inOrder = (problems: readonly Problem[]): Problem[] => {
  const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return problems.toSorted((a, b) => compare(a.path, b.path));
};

const line = ({ path, message }: Problem): string => `  - ${path === "" ? "" : `${path}: `}${message}`;

/** Names in a sentence. @internal */
export const listed = (names: readonly string[]): string => (names.length === 0 ? "none" : names.join(", "));

/** A value as a message shows it: short, on one line. */
export const show = (value: unknown): string => {
  if (isLate(value)) return "a pulumi.Output";
  if (value === undefined) return "nothing";
  if (typeof value === "function") return "a function";
  if (typeof value === "string") return cut(JSON.stringify(value));
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return shape(value);
};

/** An object by its keys alone: its values may be secrets. */
const shape = (value: object): string => {
  const keys = Object.keys(value);
  return keys.length === 0 ? "{}" : `{ ${keys.slice(0, 5).join(", ")}${keys.length > 5 ? ", …" : ""} }`;
};

const cut = (text: string): string => (text.length <= 80 ? text : `${text.slice(0, 77)}..."`);

/** Whether a value is known only later: a Pulumi Output or a promise. Duck-typed, so that this folder needs no Pulumi. */
export const isLate = (value: unknown): boolean => {
  if (typeof value !== "object" || value === null) return false;
  const late = value as { __pulumiOutput?: unknown; then?: unknown };
  return late.__pulumiOutput === true || typeof late.then === "function";
};

/** The candidate that a mistyped word most likely meant, if one is near enough. */
export const nearMiss = (word: string, candidates: readonly string[]): string | undefined => {
  const limit = Math.max(2, Math.floor(word.length * 0.6));
  const near = candidates
    .map((candidate) => ({ candidate, distance: likeness(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ distance }) => distance <= limit)
    .toSorted((a, b) => a.distance - b.distance);
  return near[0]?.candidate;
};

/** Edit distance, where a shared beginning counts for half: `instances` is nearer to `instanceCount` than letters alone say. */
const likeness = (a: string, b: string): number => {
  let shared = 0;
  while (shared < a.length && shared < b.length && a[shared] === b[shared]) shared++;
  return editDistance(a, b) - Math.floor(shared / 2);
};

const editDistance = (a: string, b: string): number => {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(swap, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
};
