/** The parsed model as JSON: late values become what is known of them. Runs in the program's process. */
import { LATE, type LateLeaf } from "./collected.ts";

/** An Output as far as it is used here. Duck-typed: the program's Pulumi is not the one this file could import. */
interface Output {
  readonly isKnown: Promise<boolean>;
  readonly isSecret?: Promise<boolean>;
  promise(withUnknowns?: boolean): Promise<unknown>;
}

/** Awaits every late value in a model. */
export const settle = async (value: unknown): Promise<unknown> => {
  if (isOutput(value)) return leafOf(value);
  if (isPromise(value)) return plainLeaf(await value);
  if (Array.isArray(value)) return Promise.all(value.map(settle));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(async ([key, each]) => [key, await settle(each)] as const);
  return Object.fromEntries(await Promise.all(entries));
};

const isOutput = (value: unknown): value is Output => (value as { __pulumiOutput?: unknown } | null | undefined)?.__pulumiOutput === true;

const isPromise = (value: unknown): value is Promise<unknown> => typeof (value as { then?: unknown } | null | undefined)?.then === "function";

const leafOf = async (output: Output): Promise<LateLeaf> => {
  const [known, secret, value] = await Promise.all([output.isKnown, output.isSecret, output.promise()]);
  // Known to be nothing, where text is wanted: a field of what a provider's function would have given.
  if (!known || value === undefined || value === null) return { [LATE]: { unknown: true } };
  return { [LATE]: secret === true ? { secret: String(value) } : { value: String(value) } };
};

const plainLeaf = (value: unknown): LateLeaf | Promise<LateLeaf> => {
  if (isOutput(value)) return leafOf(value);
  return { [LATE]: value === undefined || value === null ? { unknown: true } : { value: String(value) } };
};
