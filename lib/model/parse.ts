/** The door: whatever a program wrote becomes a parsed endpoint, or a list of everything that is wrong with it. */
import type { z } from "zod";
import { batchEndpointFields, defaultsProblems, type AnyEndpoint, type BatchEndpoint } from "./batch-endpoint.ts";
import { onlineEndpointFields, type OnlineEndpoint } from "./endpoint.ts";
import { MISPLACED_IN_BATCH_ENDPOINT, MISPLACED_IN_ONLINE_ENDPOINT } from "./misplaced.ts";
import type { Naming } from "./names.ts";
import { strict } from "./fields.ts";
import { defaultName, defaultNameProblems, deploymentsProblems, externalOf, isRecord, ownOf, toProblem } from "./parse-fields.ts";
import { read } from "./reading.ts";
import { allRefused, certain, withMore } from "./refused.ts";
import { nearMiss, type Problem } from "./refusal.ts";
import type { Target } from "./target.ts";
import { trafficProblems, unknownNames } from "./traffic.ts";

/** What a declaration came to. Where there are problems, `endpoint` holds what is sound, for checks by `certain`. */
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

/** Parses an endpoint of the kind that it says. One that says neither is refused, and the rest judged as of the kind that was likely meant. */
export const parseAny = <V>(logicalName: string, args: unknown, naming: Naming): Parsed<AnyEndpoint<V>> => {
  const written = isRecord(args) ? args["kind"] : undefined;
  const kind = typeof written === "string" && nearMiss(written, ["batch"]) !== undefined ? "batch" : "online";
  const { endpoint, problems } = kind === "batch" ? parseBatch<V>(logicalName, args, naming) : parseEndpoint<V>(logicalName, args, naming);
  return { endpoint: withMore(endpoint, { kind: () => kind }) as AnyEndpoint<V>, problems };
};

/** Parses an online endpoint. What depends on a value that was refused is not judged, and all else is. */
export const parseEndpoint = <V>(logicalName: string, args: unknown, naming: Naming): Parsed<OnlineEndpoint<V>> => {
  const { endpoint, input, names, problems } = parseFields({ args, logicalName, naming }, onlineSchema<V>());
  const unknown = (["traffic", "mirrorTraffic"] as const).flatMap((field) => (names === undefined ? [] : unknownNames(field, isRecord(input[field]) ? input[field] : {}, names)));
  return { endpoint, problems: [...problems, ...unknown, ...trafficProblems(endpoint)] };
};

/** The same of a batch endpoint. */
export const parseBatch = <V>(logicalName: string, args: unknown, naming: Naming): Parsed<BatchEndpoint<V>> => {
  const { endpoint, names, problems } = parseFields({ args, logicalName, naming }, batchSchema<V>());
  return { endpoint, problems: [...problems, ...certain(() => (names === undefined ? [] : defaultsProblems(endpoint.defaults, names)))] };
};

/** What both kinds have. */
interface Common<D> {
  readonly name?: string | undefined;
  readonly target: Target<unknown>;
  readonly deployments: Readonly<Record<string, D | "external">>;
}

interface Schema<T> {
  readonly schema: z.ZodType<T>;
  readonly fields: readonly string[];
}

/** Deployments of this program and of others, a name that is settled, and other fields as they are read. `names` are there where deployments are written as such. */
const parseFields = <D extends object, T extends Common<D>>({ args, logicalName, naming }: Written, { fields, schema }: Schema<T & Common<D>>) => {
  const { refusals, value } = read(schema, args);
  const input = isRecord(args) ? args : {};
  const written = isRecord(input["deployments"]) ? input["deployments"] : undefined;
  const sound = value ?? (allRefused(fields) as T & Common<D>);
  const endpoint = withMore(sound, {
    logicalName: () => logicalName,
    name: ({ name, target }) => name ?? defaultName(logicalName, target, naming),
    nameWritten: ({ name }) => name !== undefined,
    deployments: ({ deployments }) => ownOf<D>(deployments),
    external: ({ deployments }) => externalOf(deployments),
    existing: () => false,
  });
  const unnamed = certain(() => (sound.name === undefined ? defaultNameProblems(logicalName, sound, naming) : []));
  const problems = [...refusals.map((refusal) => toProblem(refusal, args)), ...(written === undefined ? [] : deploymentsProblems(written)), ...unnamed];
  return { endpoint, names: written === undefined ? undefined : Object.keys(written), input, problems };
};

const schemaOf = <F extends z.ZodRawShape>(fields: F, elsewhere: Readonly<Record<string, string>>) => ({ schema: strict(fields, "arguments", elsewhere), fields: Object.keys(fields) });

let online: ReturnType<typeof madeOnline<unknown>> | undefined;
let batch: ReturnType<typeof madeBatch<unknown>> | undefined;

const madeOnline = <V>() => schemaOf(onlineEndpointFields<V>(), MISPLACED_IN_ONLINE_ENDPOINT);
const madeBatch = <V>() => schemaOf(batchEndpointFields<V>(), MISPLACED_IN_BATCH_ENDPOINT);

/** Built on first use: importing the package builds nothing, and a program of many endpoints builds them once. */
const onlineSchema = <V>() => (online ??= madeOnline<unknown>()) as ReturnType<typeof madeOnline<V>>;
const batchSchema = <V>() => (batch ??= madeBatch<unknown>()) as ReturnType<typeof madeBatch<V>>;
