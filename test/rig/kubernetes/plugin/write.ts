/** Create, update and delete, as the provider does them: a plain POST first, server-side apply after. */
import type { Body } from "../../json.ts";
import { ApiError, type Client, type Fields, type Identity } from "../client.ts";
import { takenOver, withoutIgnored } from "./managers.ts";
import { idOf, normalised } from "./object.ts";
import { NotReady, watched, type Patience } from "./waiting.ts";
import { ready } from "./ready.ts";

const APPLY = "application/apply-patch+yaml";
const JSON_PATCH = "application/json-patch+json";
const FORCE = "pulumi.com/patchForce";

/** The object is there, and not what it should be. */
export class Unready extends Error {
  readonly live: Fields;
  readonly reasons: readonly string[];

  constructor(message: string, { reasons }: NotReady, live: Fields) {
    super(message);
    this.live = live;
    this.reasons = reasons;
  }
}

export interface Write {
  readonly client: Client;
  readonly manager: string;
  readonly preview: boolean;
  /** Create takes over what exists, by apply. */
  readonly upsert?: boolean;
}

const query = ({ manager, preview }: Write): string => `fieldManager=${manager}${preview ? "&dryRun=All" : ""}`;

export const create = async (write: Write, object: Fields & Identity): Promise<Fields> => {
  const { client, upsert } = write;
  if (upsert === true) return apply(write, object);
  const collection = await client.collection(object.apiVersion, object.kind, object.metadata.namespace ?? "default");
  return client.ask("POST", `${collection}?${query(write)}&fieldValidation=Warn`, object);
};

/** The live object before and after. */
export const update = async (write: Write, object: Fields & Identity, ignored: readonly string[]): Promise<{ readonly before: Fields; readonly after: Fields }> => {
  const { client, manager, preview } = write;
  const path = await client.path(object);
  let before = await client.ask("GET", path);
  const managedFields = takenOver(before, manager);
  if (managedFields !== undefined && !preview) {
    const steps = [{ op: "replace", path: "/metadata/managedFields", value: managedFields }, { op: "replace", path: "/metadata/resourceVersion", value: before["metadata"].resourceVersion }];
    before = await client.ask("PATCH", path, steps, JSON_PATCH);
  }
  // A preview takes nothing over, and asks as if it had.
  return { before, after: await apply(write, withoutIgnored(normalised(object), before, manager, ignored) as Fields & Identity, preview && managedFields !== undefined) };
};

const apply = async (write: Write, object: Fields & Identity, forced = false): Promise<Fields> => {
  const force = forced || object["metadata"]["annotations" as never]?.[FORCE] === "true";
  try {
    return await write.client.ask("PATCH", `${await write.client.path(object)}?${query(write)}&force=${force}`, object, APPLY);
  } catch (error) {
    if (error instanceof ApiError && error.reason === "Conflict")
      error.message = `Server-Side Apply field conflict detected. See https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-resources-with-server-side-apply/#handle-field-conflicts-on-existing-resources for troubleshooting help.\nThe resource managed by field manager "${write.manager}" had an apply conflict: ${error.message}`;
    throw error;
  }
};

/** Waits for what was written, and gives what lives then. */
export const settled = async (patience: Patience, live: Fields, before: Fields | undefined, verb: "created" | "updated"): Promise<Fields> => {
  const path = await patience.client.path(live as Fields & Identity);
  try {
    await ready(patience, live, before);
  } catch (error) {
    if (!(error instanceof NotReady)) throw error;
    const told = verb === "created" ? `resource ${idOf(live)} was successfully created, but the Kubernetes API server reported that it` : `the Kubernetes API server reported that "${idOf(live)}"`;
    throw new Unready(`${told} failed to fully initialize or become live: ${error.message}`, error, await patience.client.ask("GET", path));
  }
  return patience.client.ask("GET", path);
};

/** Deletes, and waits until it and what it owns are gone. What is gone already is no failure. */
export const remove = async (patience: Patience, object: Fields & Identity): Promise<void> => {
  const { client } = patience;
  const name = object.metadata.name;
  const path = await client.path(object);
  const { body, status } = await client.send("DELETE", path, { propagationPolicy: "Foreground" } satisfies Body);
  if (status === 404) return;
  if (status >= 300) throw new ApiError({ body, status, warnings: [] }, `DELETE ${path}`);
  const collection = path.slice(0, path.lastIndexOf("/"));
  const there = await client.send("GET", path);
  if (there.status === 404) return;
  const uid = there.body["metadata"].uid as string;
  await watched(patience, `'${name}'`, [`${collection}?fieldSelector=metadata.name%3D${name}`], ([seen]) => {
    const now = seen?.get(name);
    const gone = now?.["metadata"].uid !== uid;
    return { done: gone, reasons: gone ? [] : finalizers(now) };
  });
};

const finalizers = (object: Fields | undefined): string[] => ((object?.["metadata"].finalizers ?? []) as string[]).map((name) => `finalizers might be preventing deletion ("${name}")`);
