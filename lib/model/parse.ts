/** The door: whatever a program wrote becomes a parsed endpoint, or a list of everything that is wrong with it. */
import { z } from "zod";
import { onlineEndpointFields, type OnlineEndpoint } from "./endpoint.ts";
import { isUnknownKeys, unknownKey } from "./fields.ts";
import { azureName, NAME_LIMIT, nameProblem, type Naming } from "./names.ts";
import type { OnlineDeployment } from "./online-deployment.ts";
import { isLate, show, type Problem } from "./refusal.ts";
import type { Target } from "./target.ts";
import { trafficProblems, unknownNames } from "./traffic.ts";

/** What a declaration came to. Where there are problems, `endpoint` holds the parts that are sound, so that a target can check those too. */
export interface Parsed<V> {
  readonly endpoint: OnlineEndpoint<V>;
  readonly problems: readonly Problem[];
}

/**
 * Parses an online endpoint. Each field is parsed on its own, so that one bad field hides no problem of another.
 */
export const parseEndpoint = <V>(logicalName: string, args: unknown, naming: Naming): Parsed<V> => {
  const input = isRecord(args) ? args : {};
  const fields = schemas<V>();
  const problems: Problem[] = isRecord(args) ? unknownFields(input, Object.keys(fields)) : [{ path: "", message: `expected arguments; got ${show(args)}` }];
  const read = <K extends keyof typeof fields>(key: K): z.output<(typeof fields)[K]> => {
    const result = fields[key].safeParse(input[key]);
    if (!result.success) problems.push(...toProblems(result.error, key, input));
    // A field that is refused counts as not written, so that the checks that follow speak of the others.
    return (result.success ? result.data : fields[key].safeParse(undefined).data) as z.output<(typeof fields)[K]>;
  };
  const { deployments, external } = shared(parseDeployments(input["deployments"], fields.deployments, problems));
  const sound = {
    kind: read("kind"),
    target: read("target"),
    description: read("description"),
    tags: read("tags"),
    authMode: read("authMode"),
    auth: read("auth"),
    traffic: read("traffic"),
    mirrorTraffic: read("mirrorTraffic"),
    alerts: read("alerts"),
    azure: read("azure"),
    kubernetes: read("kubernetes"),
    name: read("name"),
  };
  const names = isRecord(input["deployments"]) ? Object.keys(input["deployments"]) : [];
  for (const field of ["traffic", "mirrorTraffic"] as const) problems.push(...unknownNames(field, isRecord(input[field]) ? input[field] : {}, names));
  problems.push(...trafficProblems(sound.traffic, sound.mirrorTraffic));
  const name = sound.name ?? settleName(logicalName, sound.target, naming, input["name"], problems);
  return { endpoint: { ...sound, logicalName, name, nameWritten: sound.name !== undefined, deployments, external, existing: false }, problems };
};

let built: ReturnType<typeof onlineEndpointFields<unknown>> | undefined;

/** Built on first use: importing the package builds nothing, and a program of many endpoints builds them once. */
const schemas = <V>() => (built ??= onlineEndpointFields<unknown>()) as ReturnType<typeof onlineEndpointFields<V>>;

type Written<V> = OnlineDeployment<V> | "external";

/** The deployments of this program, and the names of others. */
const shared = <V>(written: Readonly<Record<string, Written<V>>>): Pick<OnlineEndpoint<V>, "deployments" | "external"> => {
  const entries = Object.entries(written);
  const own = entries.filter((entry): entry is [string, OnlineDeployment<V>] => entry[1] !== "external");
  return { deployments: Object.fromEntries(own), external: entries.filter(([, deployment]) => deployment === "external").map(([name]) => name) };
};

/** Each deployment on its own: those that are sound go on to the target's checks. */
const parseDeployments = <V>(input: unknown, schema: z.ZodType<Readonly<Record<string, Written<V>>>>, problems: Problem[]): Readonly<Record<string, Written<V>>> => {
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
const settleName = <V>(logicalName: string, target: Target<V> | undefined, naming: Naming, given: unknown, problems: Problem[]): string => {
  // Azure's derived name is cut to fit, so only what is left of a long one must be legal.
  const cut = target?.type === "azureMl" && logicalName.length > NAME_LIMIT;
  const message = nameProblem(cut ? azureName(logicalName, naming) : logicalName);
  if (given === undefined && message !== undefined)
    problems.push({ path: "name", message: `${message}; got ${show(logicalName)}, the endpoint's logical name`, value: logicalName });
  return target?.type === "azureMl" ? azureName(logicalName, naming) : logicalName;
};

const unknownFields = (input: Record<string, unknown>, known: readonly string[]): Problem[] =>
  Object.keys(input)
    .filter((key) => !known.includes(key))
    .map((key) => ({ path: "", message: unknownKey(key, known), value: input[key] }));

/** Zod's issues in the user's words: one line a cause, with the value that was given. */
const toProblems = (error: z.ZodError, field: string, input: Record<string, unknown>): Problem[] =>
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

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !isLate(value);
