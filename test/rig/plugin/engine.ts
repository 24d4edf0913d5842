/** The engine's side of the protocol, for tests of the plugin: plain values in, plain values out. */
import { createRequire } from "node:module";
import type * as grpcTypes from "@grpc/grpc-js";
import type * as proto from "@pulumi/pulumi/proto/provider_pb.js";
import type { Body } from "../json.ts";
import { grpc, messages, struct, values } from "./server.ts";

const own = createRequire(import.meta.url);
const { ResourceProviderClient } = own("@pulumi/pulumi/proto/provider_grpc_pb.js") as { ResourceProviderClient: grpcTypes.ServiceClientConstructor };
const { ErrorResourceInitFailed } = messages;
const { Status } = own("@pulumi/pulumi/proto/status_pb.js") as typeof import("@pulumi/pulumi/proto/status_pb.js");

/** What the state holds of a resource. */
export interface Resource {
  readonly id: string;
  readonly inputs: Body;
  readonly outputs: Body;
}

export interface Diff {
  readonly replaces: readonly string[];
  readonly deleteBeforeReplace: boolean;
  /** Kinds as the protocol counts them, by path. */
  readonly details: Readonly<Record<string, number>>;
}

export interface Engine {
  readonly check: (token: string, name: string, news: Body, olds?: Body) => Promise<{ readonly inputs: Body; readonly failures: readonly string[] }>;
  readonly preview: (token: string, inputs: Body) => Promise<Body>;
  /** Check, then Create. */
  readonly create: (token: string, name: string, news: Body, seconds?: number) => Promise<Resource>;
  readonly diff: (token: string, old: Resource, news: Body, ignored?: readonly string[]) => Promise<Diff>;
  readonly update: (token: string, old: Resource, news: Body, preview?: boolean, ignored?: readonly string[]) => Promise<Body>;
  readonly read: (token: string, old: Pick<Resource, "id"> & Partial<Resource>) => Promise<Resource | undefined>;
  readonly remove: (token: string, old: Resource) => Promise<void>;
  readonly call: (method: string, request: object) => Promise<any>;
  readonly close: () => void;
}

/** Tokens are those of a package, without its name. */
export const connect = (port: number, from: string): Engine => {
  const urnOf = (token: string, name: string): string => `urn:pulumi:dev::project::some:index:Parent$${from}:${token}::${name}`;
  const client: any = new ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  const call: Engine["call"] = (method, request) =>
    new Promise((resolve, reject) => client[method](request, (error: Error | null, reply: unknown) => (error === null ? resolve(reply) : reject(error))));
  const check: Engine["check"] = async (token, name, news, olds) => {
    const reply: proto.CheckResponse = await call("check", filled(new messages.CheckRequest(), { urn: urnOf(token, name), news: struct(news), olds: struct(olds ?? {}) }));
    return { inputs: values(reply.getInputs()), failures: reply.getFailuresList().map((failure) => failure.getReason()) };
  };
  return {
    check,
    call,
    close: () => client.close(),
    preview: async (token, inputs) => values((await call("create", filled(new messages.CreateRequest(), { urn: urnOf(token, "x"), properties: struct(inputs), preview: true }))).getProperties()),
    create: async (token, name, news, seconds = 0) => {
      const { inputs } = await check(token, name, news);
      const reply: proto.CreateResponse = await call("create", filled(new messages.CreateRequest(), { urn: urnOf(token, name), properties: struct(inputs), timeout: seconds }));
      return { id: reply.getId(), inputs, outputs: values(reply.getProperties()) };
    },
    diff: async (token, old, news, ignored = []) => {
      const given = { id: old.id, ignorechangesList: ignored, urn: urnOf(token, "x"), olds: struct(old.outputs), oldInputs: struct(old.inputs), news: struct(news) };
      const reply: proto.DiffResponse = await call("diff", filled(new messages.DiffRequest(), given));
      const details: Record<string, number> = {};
      reply.getDetaileddiffMap().forEach((detail, path) => (details[path] = detail.getKind()));
      return { replaces: reply.getReplacesList(), deleteBeforeReplace: reply.getDeletebeforereplace(), details };
    },
    update: async (token, old, news, preview = false, ignored = []) => {
      const given = { id: old.id, ignorechangesList: ignored, urn: urnOf(token, "x"), olds: struct(old.outputs), oldInputs: struct(old.inputs), news: struct(news), preview };
      return values((await call("update", filled(new messages.UpdateRequest(), given))).getProperties());
    },
    read: async (token, old) => {
      const inputs = old.inputs === undefined ? {} : { inputs: struct(old.inputs) };
      const reply: proto.ReadResponse = await call("read", filled(new messages.ReadRequest(), { id: old.id, urn: urnOf(token, "x"), properties: struct(old.outputs ?? {}), ...inputs }));
      return reply.getId() === "" ? undefined : { id: reply.getId(), inputs: values(reply.getInputs()), outputs: values(reply.getProperties()) };
    },
    remove: async (token, old) => void (await call("delete", filled(new messages.DeleteRequest(), { id: old.id, urn: urnOf(token, "x"), properties: struct(old.outputs) }))),
  };
};

/** Sets fields by their names. */
const filled = <T extends object>(message: T, fields: Readonly<Record<string, unknown>>): T => {
  for (const [name, value] of Object.entries(fields)) (message as any)[`set${name.charAt(0).toUpperCase()}${name.slice(1)}`](value);
  return message;
};

/** What an error says of a resource that exists and is not whole. */
export const initFailure = (error: unknown): (Resource & { readonly reasons: readonly string[] }) | undefined => {
  const [packed] = (error as grpcTypes.ServiceError).metadata.get("grpc-status-details-bin");
  if (packed === undefined) return undefined;
  const detail = Status.deserializeBinary(packed as Buffer).getDetailsList()[0];
  if (detail === undefined) return undefined;
  const failed = ErrorResourceInitFailed.deserializeBinary(detail.getValue_asU8());
  return { id: failed.getId(), inputs: values(failed.getInputs()), outputs: values(failed.getProperties()), reasons: failed.getReasonsList() };
};
