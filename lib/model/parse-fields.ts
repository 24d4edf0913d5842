/** What parsing is made of, whatever the kind of endpoint: each field and each deployment on its own, and problems in the user's words. */
import type { z } from "zod";
import { isUnknownKeys, unknownKey } from "./fields.ts";
import { azureName, NAME_LIMIT, nameProblem, type Naming } from "./names.ts";
import { isLate, show, type Problem } from "./refusal.ts";
import type { Target } from "./target.ts";

/** The fields of a kind of endpoint. */
export type Fields = Readonly<Record<string, z.ZodType>>;

/** Parses each field but `deployments`. One that is refused counts as not written, so that the checks that follow speak of the others. */
export const readAll = <F extends Fields>(fields: F, input: Readonly<Record<string, unknown>>, problems: Problem[]): { [K in keyof F]: z.output<F[K]> } => {
  const read = Object.entries(fields).flatMap(([key, field]) => {
    if (key === "deployments") return [];
    const result = field.safeParse(input[key]);
    if (!result.success) problems.push(...toProblems(result.error, key, input));
    return [[key, result.success ? result.data : field.safeParse(undefined).data] as const];
  });
  return Object.fromEntries(read) as { [K in keyof F]: z.output<F[K]> };
};

/** The arguments, and what is wrong with them as a whole. Of keys in `elsewhere` it says what to write instead. */
export const given = (args: unknown, known: readonly string[], elsewhere: Readonly<Record<string, string>>): { readonly input: Readonly<Record<string, unknown>>; readonly problems: Problem[] } =>
  isRecord(args) ? { input: args, problems: unknownFields(args, known, elsewhere) } : { input: {}, problems: [{ path: "", message: `expected arguments; got ${show(args)}` }] };

/** The deployments of this program, and the names of others. */
export const shared = <D extends object>(written: Readonly<Record<string, D | "external">>): { readonly deployments: Readonly<Record<string, D>>; readonly external: readonly string[] } => {
  const entries = Object.entries(written);
  const own = entries.filter((entry): entry is [string, D] => entry[1] !== "external");
  return { deployments: Object.fromEntries(own), external: entries.filter(([, deployment]) => deployment === "external").map(([name]) => name) };
};

/** Each deployment on its own: those that are sound go on to the target's checks. */
export const parseDeployments = <D>(input: unknown, schema: z.ZodType<Readonly<Record<string, D>>>, problems: Problem[]): Readonly<Record<string, D>> => {
  const whole = schema.safeParse(input);
  if (whole.success) {
    problems.push(...deploymentNameProblems(Object.keys(whole.data)));
    return whole.data;
  }
  problems.push(...toProblems(whole.error, "deployments", { deployments: input }));
  if (!isRecord(input)) return {};
  problems.push(...deploymentNameProblems(Object.keys(input)));
  const each = Object.keys(input).map((name) => [name, schema.safeParse({ [name]: input[name] })] as const);
  return Object.fromEntries(each.flatMap(([name, result]) => (result.success ? Object.entries(result.data) : ([] as [string, never][])).filter(([key]) => key === name)));
};

const deploymentNameProblems = (names: readonly string[]): Problem[] =>
  names.flatMap((name) => {
    const message = nameProblem(name);
    return message === undefined ? [] : [{ path: `deployments.${name}`, message: `${message}; got ${show(name)}`, value: name }];
  });

/** The default name: the logical one, told apart per stack on Azure. A logical name that is no legal name is refused only where it is used. */
export const settleName = <V>(logicalName: string, target: Target<V> | undefined, naming: Naming, given: unknown, problems: Problem[]): string => {
  // Azure's derived name is cut to fit, so only what is left of a long one must be legal.
  const cut = target?.type === "azureMl" && logicalName.length > NAME_LIMIT;
  const message = nameProblem(cut ? azureName(logicalName, naming) : logicalName);
  if (given === undefined && message !== undefined)
    problems.push({ path: "name", message: `${message}; got ${show(logicalName)}, the endpoint's logical name`, value: logicalName });
  return target?.type === "azureMl" ? azureName(logicalName, naming) : logicalName;
};

export const unknownFields = (input: Record<string, unknown>, known: readonly string[], elsewhere: Readonly<Record<string, string>> = {}): Problem[] =>
  Object.keys(input)
    .filter((key) => !known.includes(key))
    .map((key) => ({ path: "", message: elsewhere[key] ?? unknownKey(key, known), value: input[key] }));

/** Zod's issues in the user's words: one line a cause, with the value that was given. */
export const toProblems = (error: z.ZodError, field: string, input: Record<string, unknown>): Problem[] =>
  error.issues.flatMap((issue) => {
    const path = [field, ...issue.path.map(String)];
    const value = valueAt(input, path);
    if (isUnknownKeys(issue)) return issue.message.split("\n").map((message) => ({ path: path.join("."), message }));
    return [{ path: path.join("."), message: message(issue.message, value, isPrivate(path)), value: isPrivate(path) ? undefined : value }];
  });

/** Whether a value may be a secret that was written in the wrong form: it is never shown. */
const isPrivate = (path: readonly string[]): boolean => path[0] === "auth" || (path.includes("environmentVariables") && path.at(-1) !== "WORKER_COUNT");

const message = (expected: string, value: unknown, hidden: boolean): string => {
  if (isLate(value))
    return `${expected.replace(/^expected a whole/, "expected a plain whole")}, got a pulumi.Output; it decides the shape of the stack, so read it as a plain value, for example with config.require() or config.requireNumber()`;
  return `${expected}; got ${hidden && typeof value !== "object" ? `a ${typeof value}` : show(value)}`;
};

const valueAt = (input: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((inner, key) => (isRecord(inner) || Array.isArray(inner) ? (inner as Record<string, unknown>)[key] : undefined), input);

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !isLate(value);
