/** The door: whatever a program wrote becomes a parsed endpoint, or a list of everything that is wrong with it. */
import { batchEndpointFields, defaultsProblems, type AnyEndpoint, type BatchEndpoint } from "./batch-endpoint.ts";
import { onlineEndpointFields, type OnlineEndpoint } from "./endpoint.ts";
import { MISPLACED_IN_BATCH_ENDPOINT, MISPLACED_IN_ONLINE_ENDPOINT } from "./misplaced.ts";
import type { Naming } from "./names.ts";
import { given, isRecord, parseDeployments, reader, settleName, shared } from "./parse-fields.ts";
import { nearMiss, type Problem } from "./refusal.ts";
import { trafficProblems, unknownNames } from "./traffic.ts";

/** What a declaration came to. Where there are problems, `endpoint` holds the parts that are sound, so that a target can check those too. */
export interface Parsed<E> {
  readonly endpoint: E;
  readonly problems: readonly Problem[];
}

/** Parses an endpoint of the kind that it says. One that says neither is refused, and the rest judged as of the kind that was likely meant. */
export const parseAny = <V>(logicalName: string, args: unknown, naming: Naming): Parsed<AnyEndpoint<V>> => {
  const written = isRecord(args) ? args["kind"] : undefined;
  const kind = typeof written === "string" && nearMiss(written, ["batch"]) !== undefined ? "batch" : "online";
  const { endpoint, problems } = kind === "batch" ? parseBatch<V>(logicalName, args, naming) : parseEndpoint<V>(logicalName, args, naming);
  return { endpoint: { ...endpoint, kind } as AnyEndpoint<V>, problems };
};

/**
 * Parses an online endpoint. Each field is parsed on its own, so that one bad field hides no problem of another.
 */
export const parseEndpoint = <V>(logicalName: string, args: unknown, naming: Naming): Parsed<OnlineEndpoint<V>> => {
  const fields = onlineSchemas<V>();
  const { input, problems } = given(args, Object.keys(fields), MISPLACED_IN_ONLINE_ENDPOINT);
  const read = reader(fields, input, problems);
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
  const names = namesOf(input);
  for (const field of ["traffic", "mirrorTraffic"] as const) problems.push(...unknownNames(field, isRecord(input[field]) ? input[field] : {}, names));
  problems.push(...trafficProblems(sound.traffic, sound.mirrorTraffic));
  const name = sound.name ?? settleName(logicalName, sound.target, naming, input["name"], problems);
  return { endpoint: { ...sound, logicalName, name, nameWritten: sound.name !== undefined, deployments, external, existing: false }, problems };
};

/** The same of a batch endpoint. */
export const parseBatch = <V>(logicalName: string, args: unknown, naming: Naming): Parsed<BatchEndpoint<V>> => {
  const fields = batchSchemas<V>();
  const { input, problems } = given(args, Object.keys(fields), MISPLACED_IN_BATCH_ENDPOINT);
  const read = reader(fields, input, problems);
  const { deployments, external } = shared(parseDeployments(input["deployments"], fields.deployments, problems));
  const sound = {
    kind: read("kind"),
    target: read("target"),
    description: read("description"),
    tags: read("tags"),
    authMode: read("authMode"),
    auth: read("auth"),
    defaults: read("defaults"),
    azure: read("azure"),
    kubernetes: read("kubernetes"),
    name: read("name"),
  };
  problems.push(...defaultsProblems(sound.defaults, namesOf(input)));
  const name = sound.name ?? settleName(logicalName, sound.target, naming, input["name"], problems);
  return { endpoint: { ...sound, logicalName, name, nameWritten: sound.name !== undefined, deployments, external, existing: false }, problems };
};

const namesOf = (input: Readonly<Record<string, unknown>>): string[] => (isRecord(input["deployments"]) ? Object.keys(input["deployments"]) : []);

let online: ReturnType<typeof onlineEndpointFields<unknown>> | undefined;
let batch: ReturnType<typeof batchEndpointFields<unknown>> | undefined;

/** Built on first use: importing the package builds nothing, and a program of many endpoints builds them once. */
const onlineSchemas = <V>() => (online ??= onlineEndpointFields<unknown>()) as ReturnType<typeof onlineEndpointFields<V>>;
const batchSchemas = <V>() => (batch ??= batchEndpointFields<unknown>()) as ReturnType<typeof batchEndpointFields<V>>;
