/** The door: whatever a program wrote becomes a parsed endpoint, or a list of everything that is wrong with it. */
import type { z } from "zod";
import { batchEndpointFields, defaultsProblems, type AnyEndpoint, type BatchEndpoint } from "./batch-endpoint.ts";
import { onlineEndpointFields, type OnlineEndpoint } from "./endpoint.ts";
import { MISPLACED_IN_BATCH_ENDPOINT, MISPLACED_IN_ONLINE_ENDPOINT } from "./misplaced.ts";
import type { Naming } from "./names.ts";
import { given, isRecord, parseDeployments, readAll, settleName, shared, type Fields } from "./parse-fields.ts";
import { nearMiss, type Problem } from "./refusal.ts";
import type { Target } from "./target.ts";
import { trafficProblems, unknownNames } from "./traffic.ts";

/** What a declaration came to. Where there are problems, `endpoint` holds the parts that are sound, so that a target can check those too. */
export interface Parsed<E> {
  readonly endpoint: E;
  readonly problems: readonly Problem[];
}

/** What a program wrote. */
interface Written {
  readonly args: unknown;
  readonly logicalName: string;
  readonly naming: Naming;
}

type EndpointFields = Fields & { readonly name: z.ZodType; readonly target: z.ZodType };
interface DeploymentsField<D> {
  readonly deployments: z.ZodType<Readonly<Record<string, D | "external">>>;
}

/** Parses an endpoint of the kind that it says. One that says neither is refused, and the rest judged as of the kind that was likely meant. */
export const parseAny = <V>(logicalName: string, args: unknown, naming: Naming): Parsed<AnyEndpoint<V>> => {
  const written = isRecord(args) ? args["kind"] : undefined;
  const kind = typeof written === "string" && nearMiss(written, ["batch"]) !== undefined ? "batch" : "online";
  const { endpoint, problems } = kind === "batch" ? parseBatch<V>(logicalName, args, naming) : parseEndpoint<V>(logicalName, args, naming);
  return { endpoint: { ...endpoint, kind } as AnyEndpoint<V>, problems };
};

/** Parses an online endpoint. Each field is parsed on its own, so that one bad field hides no problem of another. */
export const parseEndpoint = <V>(logicalName: string, args: unknown, naming: Naming): Parsed<OnlineEndpoint<V>> => {
  const { endpoint, names, input, problems } = parseFields({ args, logicalName, naming }, onlineSchemas<V>(), MISPLACED_IN_ONLINE_ENDPOINT);
  for (const field of ["traffic", "mirrorTraffic"] as const) problems.push(...unknownNames(field, isRecord(input[field]) ? input[field] : {}, names));
  problems.push(...trafficProblems(endpoint.traffic, endpoint.mirrorTraffic));
  return { endpoint, problems };
};

/** The same of a batch endpoint. */
export const parseBatch = <V>(logicalName: string, args: unknown, naming: Naming): Parsed<BatchEndpoint<V>> => {
  const { endpoint, names, problems } = parseFields({ args, logicalName, naming }, batchSchemas<V>(), MISPLACED_IN_BATCH_ENDPOINT);
  problems.push(...defaultsProblems(endpoint.defaults, names));
  return { endpoint, problems };
};

/** What both kinds have: deployments of this program and of others, a name that is settled, and other fields, each parsed on its own. */
const parseFields = <F extends EndpointFields, D extends object>(
  { args, logicalName, naming }: Written,
  fields: F & DeploymentsField<D>,
  elsewhere: Readonly<Record<string, string>>,
) => {
  const { input, problems } = given(args, Object.keys(fields), elsewhere);
  const { deployments, external } = shared(parseDeployments(input["deployments"], fields.deployments, problems));
  const sound = readAll<Omit<F, "deployments">>(fields, input, problems);
  const { name: written, target } = sound as { readonly name?: string; readonly target?: Target<unknown> };
  const name = written ?? settleName(logicalName, target, naming, input["name"], problems);
  const names = isRecord(input["deployments"]) ? Object.keys(input["deployments"]) : [];
  return { endpoint: { ...sound, logicalName, name, nameWritten: written !== undefined, deployments, external, existing: false }, names, input, problems };
};

let online: ReturnType<typeof onlineEndpointFields<unknown>> | undefined;
let batch: ReturnType<typeof batchEndpointFields<unknown>> | undefined;

/** Built on first use: importing the package builds nothing, and a program of many endpoints builds them once. */
const onlineSchemas = <V>() => (online ??= onlineEndpointFields<unknown>()) as ReturnType<typeof onlineEndpointFields<V>>;
const batchSchemas = <V>() => (batch ??= batchEndpointFields<unknown>()) as ReturnType<typeof batchEndpointFields<V>>;
