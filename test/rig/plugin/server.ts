/** Pulumi's ResourceProvider protocol in front of it. */
import { createRequire } from "node:module";
import type * as grpcTypes from "@grpc/grpc-js";
import type * as emptyTypes from "google-protobuf/google/protobuf/empty_pb.js";
import type * as structTypes from "google-protobuf/google/protobuf/struct_pb.js";
import type { Body } from "../json.ts";

const own = createRequire(import.meta.url);
// What the SDK itself uses, whether it lies beside the SDK or inside.
const sdk = createRequire(own.resolve("@pulumi/pulumi"));

export const grpc = sdk("@grpc/grpc-js") as typeof grpcTypes;
const { Empty } = sdk("google-protobuf/google/protobuf/empty_pb.js") as typeof emptyTypes;
const { Struct } = sdk("google-protobuf/google/protobuf/struct_pb.js") as typeof structTypes;

type Messages = typeof import("@pulumi/pulumi/proto/provider_pb.js");
export const messages = own("@pulumi/pulumi/proto/provider_pb.js") as Messages;
const { PluginInfo } = own("@pulumi/pulumi/proto/plugin_pb.js") as typeof import("@pulumi/pulumi/proto/plugin_pb.js");
const { Status } = own("@pulumi/pulumi/proto/status_pb.js") as typeof import("@pulumi/pulumi/proto/status_pb.js");
const { Any } = sdk("google-protobuf/google/protobuf/any_pb.js") as typeof import("google-protobuf/google/protobuf/any_pb.js");
const { ResourceProviderService } = own("@pulumi/pulumi/proto/provider_grpc_pb.js") as { ResourceProviderService: grpcTypes.ServiceDefinition };

/** What is undefined is left out. */
export const struct = (value: Body): structTypes.Struct => Struct.fromJavaScript(JSON.parse(JSON.stringify(value)));

/** Of a message's struct that may be absent. */
export const values = (given: structTypes.Struct | undefined): Body => (given === undefined ? {} : (given.toJavaScript() as Body));

export const empty = (): emptyTypes.Empty => new Empty();

export const pluginInfo = (version: string) => {
  const info = new PluginInfo();
  info.setVersion(version);
  return info;
};

/** The resource exists, but is not what was asked for: the engine keeps it, with the reasons. */
export const initFailed = (id: string, outputs: Body, inputs: Body, reasons: readonly string[]): grpcTypes.ServiceError => {
  const detail = new messages.ErrorResourceInitFailed();
  detail.setId(id);
  detail.setProperties(struct(outputs));
  detail.setInputs(struct(inputs));
  detail.setReasonsList([...reasons]);
  const [reason = ""] = reasons;
  const packed = new Any();
  packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new Status();
  status.setCode(grpc.status.UNKNOWN);
  status.setMessage(reason);
  status.addDetails(packed);
  const metadata = new grpc.Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  return Object.assign(new Error(reason), { code: grpc.status.UNKNOWN, details: reason, metadata });
};

type Handler = (request: any) => unknown;

/** Serves on a free port of loopback, and gives its number. A method that is not here is answered as not implemented. */
export const serve = async (methods: Readonly<Record<string, Handler>>): Promise<{ readonly port: number; readonly close: () => void }> => {
  const server = new grpc.Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
  server.addService(ResourceProviderService, Object.fromEntries(Object.entries(methods).map(([name, handler]) => [name, unary(handler)])));
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) => (error === null ? resolve(bound) : reject(error))),
  );
  return { port, close: () => server.forceShutdown() };
};

const unary =
  (handler: Handler): grpcTypes.handleUnaryCall<unknown, unknown> =>
  ({ request }, answer) => {
    Promise.resolve()
      .then(() => handler(request))
      .then((reply) => answer(null, reply))
      .catch((error: unknown) => answer("code" in (error as object) ? (error as grpcTypes.ServiceError) : { code: grpc.status.UNKNOWN, details: (error as Error).message }));
  };
