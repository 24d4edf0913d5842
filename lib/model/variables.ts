/** Environment variables of a container, and the two of them that mean something here. */
import type { z } from "zod";
import { either, late, record, refusing, strict, text, under } from "./fields.ts";
import { withEach } from "./refused.ts";
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

/** @internal Those that are written. */
export const plainOf = <V>(variables: Variables<V>) => chosen(variables, (value) => !isSecret(value)) as Readonly<Record<string, V>>;

/** @internal Those that stand in Secrets. */
export const secretsOf = <V>(variables: Variables<V>) => chosen(variables, isSecret) as Readonly<Record<string, SecretVariable<V>>>;

type Variables<V> = Readonly<Record<string, V | SecretVariable<V>>>;

/** One that was refused may be either. */
const chosen = (variables: Readonly<Record<string, unknown>>, choose: (value: unknown) => boolean): object =>
  withEach(variables, (value) => (choose(value) ? value : undefined));

/** @internal Names that a container of any target takes, and a number of workers that it can start with. */
export const variables = <V>() =>
  under(record(either(isSecret, secretVariable<V>(), late<V>()), "an object of strings", unfit), workerRule) as unknown as z.ZodType<Variables<V>, Readonly<Record<string, V | SecretVariableArgs<V>>>>;

/** @internal The same where every value is written out. */
export const plainVariables = <V>() => under(record(late<V>(), "an object of strings", unfit), workerRule) as unknown as z.ZodType<Readonly<Record<string, V>>, Readonly<Record<string, V>>>;

const unfit = (key: string): string | undefined =>
  /^[A-Za-z_][A-Za-z0-9_.-]*$/.test(key) ? undefined : `expected a variable's name of letters, digits, "_", "." and "-", not ${show(key)}`;

const workerRule = ({ [WORKER_COUNT]: count }: Readonly<Record<string, unknown>>) =>
  refusing([WORKER_COUNT], typeof count !== "string" || /^[1-9]\d*$/.test(count) ? undefined : "expected a whole number of workers, 1 or more");

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
