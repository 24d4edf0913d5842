/** The provider's methods: messages in, messages out. */
import type {
  CheckRequest,
  ConfigureRequest,
  CreateRequest,
  DeleteRequest,
  DiffRequest,
  InvokeRequest,
  ReadRequest,
  UpdateRequest,
} from "@pulumi/pulumi/proto/provider_pb.js";
import type { Body } from "../../json.ts";
import type { Client } from "./client.ts";
import { previewed } from "./convert.ts";
import { changes } from "./difference.ts";
import { complete, CREATE_FIRST, failures } from "./naming.ts";
import { create, PartialFailure, read, remove, update, type Azure } from "./resources.ts";
import { acceptConfiguration, checked, common, detailed, differs } from "../../plugin/replies.ts";
import { empty, initFailed, messages, struct, values } from "../../plugin/server.ts";
import { typeOf } from "./types.ts";
import { at, plain } from "../../plugin/values.ts";

export const SUBSCRIPTION = "11111111-2222-4333-8444-555555555555";

interface Settings {
  subscription: string;
  location: string | undefined;
}

/** All methods of a provider whose service lies behind `client`. */
export const provider = (client: Client, version: string) => {
  const settings: Settings = { subscription: SUBSCRIPTION, location: undefined };
  const azure = (): Azure => ({ client, subscription: settings.subscription });
  return {
    ...common(version),
    configure: (request: ConfigureRequest) => configure(settings, request),
    cancel: () => (client.cancel(), empty()),
    invoke: (request: InvokeRequest) => invoke(azure(), request),
    check: (request: CheckRequest) => check(azure(), settings, request),
    diff,
    create: (request: CreateRequest) => createResource(azure(), request),
    read: (request: ReadRequest) => readResource(azure(), request),
    update: (request: UpdateRequest) => updateResource(azure(), request),
    delete: async (request: DeleteRequest) => (await remove(azure(), request.getId(), limit(request)), empty()),
  };
};

const configure = (settings: Settings, request: ConfigureRequest) => {
  const given = plain(values(request.getArgs()));
  settings.subscription = given["subscriptionId"] ?? SUBSCRIPTION;
  settings.location = given["location"];
  return acceptConfiguration();
};

/** Seconds; 0 stands for the provider's own limit. */
const limit = (request: { getTimeout: () => number }): number | undefined => (request.getTimeout() === 0 ? undefined : request.getTimeout());

const typeIn = (urn: string) => typeOf(urn.split("::")[2]?.split("$").at(-1) ?? "");

const check = async ({ client, subscription }: Azure, settings: Settings, request: CheckRequest) => {
  const urn = request.getUrn();
  const type = typeIn(urn);
  const news = values(request.getNews());
  const group = plain(news)["resourceGroupName"];
  const found = typeof group === "string" && settings.location === undefined ? await client.get(`/subscriptions/${subscription}/resourceGroups/${group}`) : undefined;
  const inputs = complete({
    type,
    logicalName: urn.split("::").slice(3).join("::"),
    seed: request.getRandomseed_asU8(),
    news: withoutNulls(news),
    olds: plain(values(request.getOlds())),
    location: () => settings.location ?? found?.["location"],
  });
  return checked(inputs, failures(type, plain(inputs)));
};

const withoutNulls = (given: Body): Body => Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));

const diff = (request: DiffRequest) => {
  const olds = plain(values(request.getOldInputs()));
  const found = changes(typeIn(request.getUrn()), olds, plain(values(request.getNews())));
  const replaces = [...new Set(found.filter((change) => change.replaces).map(({ key }) => key))];
  const reply = differs(found, replaces);
  reply.setDiffsList([...new Set(found.map(({ key }) => key))]);
  reply.setDeletebeforereplace(typeof olds[CREATE_FIRST] === "boolean" ? !olds[CREATE_FIRST] : replaces.length > 0);
  return found.length === 0 ? reply : detailed(reply, found, true);
};

const createResource = async (azure: Azure, request: CreateRequest) => {
  const type = typeIn(request.getUrn());
  const inputs = plain(values(request.getProperties()));
  const reply = new messages.CreateResponse();
  if (request.getPreview()) {
    reply.setProperties(struct(previewed(type, inputs)));
    return reply;
  }
  const { id, outputs } = await whole(values(request.getProperties()), () => create(azure, type, inputs, limit(request)));
  reply.setId(id);
  reply.setProperties(struct(outputs));
  return reply;
};

const updateResource = async (azure: Azure, request: UpdateRequest) => {
  const type = typeIn(request.getUrn());
  const inputs = plain(values(request.getNews()));
  const reply = new messages.UpdateResponse();
  if (request.getPreview()) {
    const olds = plain(values(request.getOlds()));
    const known = Object.fromEntries(["name", "location"].flatMap((key) => (olds[key] === undefined ? [] : [[key, olds[key]]])));
    reply.setProperties(struct({ ...previewed(type, inputs), ...known }));
    return reply;
  }
  const olds = plain(values(request.getOldInputs()));
  const { outputs } = await whole(values(request.getNews()), () => update(azure, type, inputs, olds, limit(request)));
  reply.setProperties(struct(outputs));
  return reply;
};

/** A failure after acceptance keeps the resource. */
const whole = async <T>(inputs: Body, act: () => Promise<T>): Promise<T> => {
  try {
    return await act();
  } catch (error) {
    throw error instanceof PartialFailure ? initFailed(error.id, error.outputs, inputs, [error.message]) : error;
  }
};

const readResource = async (azure: Azure, request: ReadRequest) => {
  const reply = new messages.ReadResponse();
  const oldInputs = request.hasInputs() ? plain(values(request.getInputs())) : undefined;
  const state = await read(azure, typeIn(request.getUrn()), request.getId(), plain(values(request.getProperties())), oldInputs);
  if (state === undefined) return reply;
  reply.setId(state.id);
  reply.setProperties(struct(state.outputs));
  reply.setInputs(struct(state.inputs));
  return reply;
};

/** The one function that programs use: the keys of an endpoint. */
const invoke = async ({ client, subscription }: Azure, request: InvokeRequest) => {
  const token = request.getTok();
  if (!token.endsWith(":listOnlineEndpointKeys")) throw new Error(`the simulated azure-native has no function '${token}'`);
  const args = plain(values(request.getArgs()));
  const endpoint = typeOf("azure-native:machinelearningservices:OnlineEndpoint").path.replaceAll(/\{([^}]+)\}/g, (_whole, name: string) =>
    name === "subscriptionId" ? subscription : String(at(args, name)),
  );
  const reply = new messages.InvokeResponse();
  reply.setReturn(struct(await client.send({ method: "POST", path: `${endpoint}/listKeys` })));
  return reply;
};
