/** What parsing is made of, whatever the kind of endpoint: names that are settled, and problems in the user's words. */
import { azureName, NAME_LIMIT, nameProblem, type Naming } from "./names.ts";
import type { Refusal } from "./reading.ts";
import { certainOfEach, withEach } from "./refused.ts";
import { isLate, show, type Problem } from "./refusal.ts";
import type { Target } from "./target.ts";

/** Azure's limit of deployments under one endpoint (how-to-manage-quotas). */
export const DEPLOYMENT_LIMIT = 20;

/** The deployments of this program. */
export const ownOf = <D extends object>(written: Readonly<Record<string, D | "external">>): Readonly<Record<string, D>> =>
  withEach(written, (deployment) => (deployment === "external" ? undefined : deployment));

/** The names of others. */
export const externalOf = (written: Readonly<Record<string, unknown>>): string[] => certainOfEach(written, (deployment, name) => (deployment === "external" ? [name] : []));

/** Of what is written under `deployments`: too few, too many, and what none can be called. */
export const deploymentsProblems = (written: Readonly<Record<string, unknown>>): Problem[] => {
  const names = Object.keys(written);
  const expected = names.length === 0 ? "one deployment or more" : names.length > DEPLOYMENT_LIMIT ? `${DEPLOYMENT_LIMIT} deployments or fewer` : undefined;
  return [...(expected === undefined ? [] : [{ path: "deployments", message: `expected ${expected}; got ${show(written)}`, value: written }]), ...names.flatMap(deploymentNameProblems)];
};

const deploymentNameProblems = (name: string): Problem[] => {
  const message = nameProblem(name);
  return message === undefined ? [] : [{ path: `deployments.${name}`, message: `${message}; got ${show(name)}`, value: name }];
};

/** The default name: the logical one, told apart per stack on Azure. */
export const defaultName = <V>(logicalName: string, target: Target<V>, naming: Naming): string => (target.type === "azureMl" ? azureName(logicalName, naming) : logicalName);

/** A logical name that is no legal name is refused only where it is used. Azure's derived name is cut to fit, so only what is left of a long one must be legal. */
export const defaultNameProblems = <V>(logicalName: string, { target }: { readonly target: Target<V> }, naming: Naming): Problem[] => {
  const cut = logicalName.length > NAME_LIMIT && target.type === "azureMl";
  const message = nameProblem(cut ? azureName(logicalName, naming) : logicalName);
  return message === undefined ? [] : [{ path: "name", message: `${message}; got ${show(logicalName)}, the endpoint's logical name`, value: logicalName }];
};

/** What was refused, in the user's words, with the value that was given. */
export const toProblem = ({ key, message: expected, path }: Refusal, input: unknown): Problem => {
  const where = path.join(".");
  if (key !== undefined) return { path: where, message: expected };
  const value = valueAt(input, path);
  return { path: where, message: message(expected, value, isPrivate(path)), value: isPrivate(path) ? undefined : value };
};

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
