/** Environment variables of a container, and the two of them that mean something here. */
import { z } from "zod";
import { either, late, lateMap, record, strict, text } from "./fields.ts";
import { isLate, show } from "./refusal.ts";

/**
 * A value that stands in a Secret and in no state: on Kubernetes by its name and key, on Azure as the secret `<secret>-<key>` of the target's `keyVault`, on
 * localhost under the variable's own name in the file `.env` beside the program. Pods keep the value that they have started with.
 */
export interface SecretVariableArgs<V> {
  /** Name of a Secret in the endpoint's namespace; on Azure it must be known when the program runs. */
  readonly secret: V;
  /** Key in it: letters, digits, dashes, underscores and dots. */
  readonly key: string;
}

/** How many workers an instance runs: what Azure's inference server reads too. */
const WORKER_COUNT = "WORKER_COUNT";

const secretVariable = <V>() =>
  strict({ secret: late<V>("a Secret's name"), key: text("a key").regex(/^[-._a-zA-Z0-9]{1,253}$/, { error: "expected a key of letters, digits, dashes, underscores and dots" }) }, "a value of a Secret: { secret, key }");

/** A value that stands in a Secret, parsed. @internal */
export type SecretVariable<V> = z.output<ReturnType<typeof secretVariable<V>>>;

const isSecret = (value: unknown): boolean => typeof value === "object" && value !== null && !isLate(value);

/** @internal Those that are written, and those that stand in Secrets. */
export const splitVariables = <V>(variables: Readonly<Record<string, V | SecretVariable<V>>>) => {
  const entries = Object.entries(variables);
  return {
    environmentVariables: Object.fromEntries(entries.filter((entry): entry is [string, V] => !isSecret(entry[1]))) as Readonly<Record<string, V>>,
    secretVariables: Object.fromEntries(entries.filter((entry): entry is [string, SecretVariable<V>] => isSecret(entry[1]))) as Readonly<Record<string, SecretVariable<V>>>,
  };
};

/** @internal Names that a container of any target takes, and a number of workers that it can start with. */
export const variables = <V>() =>
  (record(either(isSecret, secretVariable<V>(), late<V>()), "an object of strings") as z.ZodType<Readonly<Record<string, V | SecretVariable<V>>>, Readonly<Record<string, V | SecretVariableArgs<V>>>>).superRefine(checkNames);

/** @internal The same where every value is written out. */
export const plainVariables = <V>() => lateMap<V>().superRefine(checkNames);

const checkNames = (value: Readonly<Record<string, unknown>>, context: z.RefinementCtx): void => {
  for (const [key, text] of Object.entries(value)) {
    const message = variableProblem(key, text);
    if (message !== undefined) context.addIssue({ code: "custom", path: [key], message });
  }
};

const variableProblem = (key: string, value: unknown): string | undefined => {
  if (!/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(key)) return `expected a variable's name of letters, digits, "_", "." and "-", not ${show(key)}`;
  if (key === WORKER_COUNT && typeof value === "string" && !/^[1-9]\d*$/.test(value)) return "expected a whole number of workers, 1 or more";
  return undefined;
};

/** Workers of one instance; one where nothing is written, or nothing that is known yet. */
export const workersOf = (environment: Readonly<Record<string, unknown>>): number => {
  const written = environment[WORKER_COUNT];
  return typeof written === "string" && /^\d+$/.test(written) ? Number(written) : 1;
};

/** What there is to say of more requests at once than workers, if anything. */
export const workerWarning = (environment: Readonly<Record<string, unknown>>, concurrent: number): string | undefined =>
  concurrent > 1 && environment[WORKER_COUNT] === undefined
    ? `without ${WORKER_COUNT} in environmentVariables one worker runs one request at a time, and the others wait`
    : undefined;

/** A reference to a secret of Azure, which its service resolves and nobody else. */
export const isAzureSecret = (value: unknown): boolean => typeof value === "string" && value.startsWith("${{");
