/** The provider's methods: messages in, messages out. What it does and does not is that of pulumi-kubernetes from 4.29 on. */
import type { CheckRequest, ConfigureRequest, CreateRequest, DeleteRequest, DiffRequest, ReadRequest, UpdateRequest } from "@pulumi/pulumi/proto/provider_pb.js";
import type { Body } from "../../json.ts";
import { acceptConfiguration, checked, common, detailed, differs } from "../../plugin/replies.ts";
import { empty, initFailed, messages, struct, values } from "../../plugin/server.ts";
import { hasUnknown, plain } from "../../plugin/values.ts";
import { ApiError, connect, type Client, type Fields } from "../client.ts";
import { difference } from "./difference.ts";
import { checkpoint, idOf, inTexts, marks, named, newManager, objectOf, pruned, readCheckpoint } from "./object.ts";
import { patienceOf } from "./ready.ts";
import type { Patience } from "./waiting.ts";
import { create, remove, settled, Unready, update, type Write } from "./write.ts";

interface Settings {
  client: Client | undefined;
  namespace: string | undefined;
  upsert: boolean;
  /** Kinds whose content the user lets change in place. */
  mutable: ReadonlySet<string>;
  readonly stop: AbortController;
}

export const provider = (version: string) => {
  const settings: Settings = { client: undefined, namespace: undefined, upsert: false, mutable: new Set(), stop: new AbortController() };
  return {
    ...common(version),
    configure: (request: ConfigureRequest) => configure(settings, request),
    cancel: () => (settings.stop.abort(), empty()),
    check: (request: CheckRequest) => check(settings, request),
    diff: (request: DiffRequest) => diff(settings, request),
    create: (request: CreateRequest) => createObject(settings, request),
    read: (request: ReadRequest) => readObject(settings, request),
    update: (request: UpdateRequest) => updateObject(settings, request),
    delete: async (request: DeleteRequest) => {
      const { inputs, live } = readCheckpoint(values(request.getProperties()));
      await remove(patience(settings, live, request.getTimeout()), { ...inputs, metadata: live["metadata"] });
      return empty();
    },
  };
};

const configure = (settings: Settings, request: ConfigureRequest) => {
  const given = plain(values(request.getArgs()));
  const file = given["kubeconfig"] ?? process.env["KUBECONFIG"];
  if (file === undefined) throw new Error("the kubernetes provider of the tests needs KUBECONFIG, or the path of a kubeconfig in its arguments");
  const is = (name: string): boolean => String(given[name]) === "true";
  settings.client = connect(file);
  settings.namespace = given["namespace"];
  settings.upsert = is("upsertExistingObjects");
  settings.mutable = new Set([...(is("enableSecretMutable") ? ["Secret"] : []), ...(is("enableConfigMapMutable") ? ["ConfigMap"] : [])]);
  return acceptConfiguration();
};

const clientOf = ({ client }: Settings): Client => {
  if (client === undefined) throw new Error("not configured");
  return client;
};

const patience = (settings: Settings, object: Fields, seconds: number): Patience => ({ client: clientOf(settings), seconds: patienceOf(object, seconds), signal: settings.stop.signal });

const check = ({ namespace }: Settings, request: CheckRequest) => {
  const news = named(values(request.getNews()), values(request.getOlds()), request.getUrn().split("::").slice(3).join("::"), request.getRandomseed_asU8());
  const metadata = namespace === undefined ? news["metadata"] : { namespace, ...news["metadata"] };
  return checked({ ...news, metadata }, []);
};

const diff = ({ mutable }: Settings, request: DiffRequest) => {
  const { changes, deleteBeforeReplace } = difference(readCheckpoint(values(request.getOlds())), objectOf(values(request.getNews())), request.getIgnorechangesList(), mutable);
  const reply = differs(changes, changes.filter((change) => change.replaces).map(({ path }) => path));
  reply.setDeletebeforereplace(deleteBeforeReplace);
  return detailed(reply, changes, false);
};

const createObject = async (settings: Settings, request: CreateRequest) => {
  const marked = values(request.getProperties());
  const object = objectOf(marked);
  const write: Write = { client: clientOf(settings), manager: newManager(), preview: request.getPreview(), upsert: settings.upsert };
  const reply = new messages.CreateResponse();
  if (write.preview) {
    reply.setProperties(struct(await foreseen(marked, write, () => create(write, object))));
    return reply;
  }
  const made = await create(write, object).catch((error: unknown) => {
    throw new Error(`resource ${idOf(object)} was not successfully created by the Kubernetes API server: ${(error as Error).message}`, { cause: error });
  });
  const live = await whole(marked, write.manager, () => settled(patience(settings, object, request.getTimeout()), made, undefined, "created"));
  reply.setId(idOf(live));
  reply.setProperties(struct(checkpoint(live, marked, write.manager)));
  return reply;
};

/** What a dry run makes of it; as it is where it cannot be tried. */
const foreseen = async (marked: Body, { manager }: Write, attempt: () => Promise<Fields>): Promise<Body> => {
  if (hasUnknown(marked)) return marked;
  try {
    const { status: _status, ...object } = await attempt();
    return checkpoint(object, marked, manager);
  } catch (error) {
    const untried = error instanceof ApiError ? ["AlreadyExists", "Forbidden", "NotFound"].includes(error.reason) : (error as Error).message.startsWith("no matches for kind");
    if (untried) return marked;
    throw error;
  }
};

/** Inputs and a live object are in the state even where it never got ready. */
const whole = async (marked: Body, manager: string, act: () => Promise<Fields>): Promise<Fields> => {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof Unready)) throw error;
    throw initFailed(idOf(error.live), checkpoint(error.live, marked, manager), marked, [error.message, ...error.reasons]);
  }
};

const updateObject = async (settings: Settings, request: UpdateRequest) => {
  const marked = values(request.getNews());
  const object = objectOf(marked);
  const write: Write = { client: clientOf(settings), manager: readCheckpoint(values(request.getOlds())).manager, preview: request.getPreview() };
  const ignored = request.getIgnorechangesList();
  const reply = new messages.UpdateResponse();
  if (write.preview) {
    reply.setProperties(struct(await foreseen(marked, write, async () => (await update(write, object, ignored)).after)));
    return reply;
  }
  const { after, before } = await update(write, object, ignored).catch((error: unknown) => {
    throw new Error(`update of resource ${idOf(object)} failed because the Kubernetes API server reported: ${(error as Error).message}`, { cause: error });
  });
  const live = await whole(marked, write.manager, () => settled(patience(settings, object, request.getTimeout()), after, before, "updated"));
  reply.setProperties(struct(checkpoint(live, marked, write.manager)));
  return reply;
};

/** A refresh: the inputs as they live now. An import: everything that lives. */
const readObject = async (settings: Settings, request: ReadRequest) => {
  const { inputs, live: last, manager } = readCheckpoint(values(request.getProperties()));
  const marked = request.hasInputs() ? values(request.getInputs()) : {};
  const known = Object.keys(plain(marked)).length > 0 ? objectOf(marked) : inputs;
  const [name = "", namespace] = request.getId().split("/").toReversed();
  const token = request.getUrn().split("::")[2]?.split("$").at(-1)?.split(":") ?? [];
  const apiVersion = known.apiVersion ?? (token[1] ?? "").replace(/^core\//, "");
  const client = clientOf(settings);
  const { body, status } = await client.send("GET", await client.path({ apiVersion, kind: known.kind ?? token[2] ?? "", metadata: { name, namespace: namespace ?? last["metadata"]?.namespace } }));
  const reply = new messages.ReadResponse();
  if (status === 404) return reply;
  if (status >= 300) throw new ApiError({ body, status, warnings: [] }, `read of ${request.getId()}`);
  const { status: _status, ...imported } = body;
  const seen = marks(known.kind === undefined ? imported : pruned(inTexts(body, known), known), marked) as Body;
  reply.setId(request.getId());
  reply.setInputs(struct(seen));
  reply.setProperties(struct(checkpoint(body, seen, manager)));
  return reply;
};
