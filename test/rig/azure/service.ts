/** The simulated service: requests in, answers out, in a folder that several processes may share. */
import { names, type Control } from "./control.ts";
import { uuid } from "./identity.ts";
import { copy, type Body } from "../json.ts";
import type { Accepted, Asked, Kind } from "./kind.ts";
import { KINDS } from "./kinds.ts";
import type { CallLine } from "./log.ts";
import { failureOf, serialEndpoint, settle, start } from "./operations.ts";
import { lastOf, placeOf } from "./paths.ts";
import { missing, Refused, refuse } from "./refusal.ts";
import { RULES } from "./rules.ts";
import { visit, type Visit } from "./store.ts";
import { find, keyOf, running, type Stored, type World } from "./world.ts";

export interface Request {
  readonly method: "GET" | "PUT" | "PATCH" | "DELETE" | "POST";
  readonly path: string;
  readonly body?: Body;
}

export interface Answer {
  readonly status: number;
  readonly body: Body;
  /** To poll, when it takes longer. */
  readonly operation?: string;
}

/** The service in a folder. */
export interface Service {
  readonly request: (request: Request) => Answer;
  /** How a long-running operation stands: `{ status: "Running" | "Succeeded" | "Failed", error? }`. */
  readonly poll: (operation: string) => Body;
}

export const service = (folder: string): Service => ({
  request: (request) => visit(folder, (inside) => (settleAll(inside), answer(inside, request))),
  poll: (operation) => visit(folder, (inside) => (settleAll(inside), statusOf(inside.world, operation))),
});

/** What there is, without a request. */
export const look = (folder: string): Pick<Visit, "control" | "world"> => visit(folder, (inside) => (settleAll(inside), inside));

const settleAll = (inside: Visit): void => settle(inside, (request, via) => answer(inside, request, via));

const statusOf = (world: World, operation: string): Body => {
  const found = world.operations[operation];
  if (found === undefined) throw missing(operation);
  return { status: found.status, ...(found.error === undefined ? {} : { error: { code: found.error.code, message: found.error.message } }) };
};

/** One request, whoever asks; `via` is the template's deployment. */
const answer = (inside: Visit, request: Request, via?: string): Answer => {
  try {
    const { note, ...given } = handle(inside, request);
    record(inside, request, { status: given.status, via, ...(note === undefined ? {} : { rule: RULES[note].number }) });
    return given;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const { code, message, rule, status } = error;
    record(inside, request, { status, code, message, via, ...(rule === undefined ? {} : { rule: RULES[rule].number }) });
    return { status, body: { error: { code, message } } };
  }
};

type Ending = Pick<CallLine, "status"> & Partial<Pick<CallLine, "code" | "message" | "rule">> & { readonly via: string | undefined };

const record = ({ log, world }: Visit, { method, path, body }: Request, { via, ...ending }: Ending): void => {
  world.calls += 1;
  const line = { n: world.calls, at: new Date().toISOString(), pid: process.pid, method, path, ...(body === undefined ? {} : { body: copy(body) }) };
  log.push({ ...line, ...ending, ...(via === undefined ? {} : { via }) });
};

type Handled = Answer & { readonly note?: Accepted["note"] };

const handle = ({ control, world }: Visit, { method, path, body = {} }: Request): Handled => {
  const planted = control.refuse.find((one, i) => names(one.request, method, path) && countPlanted(world, `refuse ${i} ${one.message}`, one.times));
  if (planted !== undefined) throw new Refused(planted.status, planted.code, planted.message, "planted");
  const group = groupOf(control, path);
  if (method === "GET" && group !== undefined) return { status: 200, body: group };
  if (method === "POST") return { status: 200, body: act(world, path) };
  const place = placeOf(path);
  if (place === undefined) throw missing(path);
  const kind = KINDS[place.kind];
  const asked: Asked = { place, body: copy(body), control, world, existing: find(world, path) };
  if (method === "GET") return read(kind, asked);
  checkFree(kind, asked, method);
  return method === "DELETE" ? remove(kind, asked) : write(kind, asked, method);
};

export const countPlanted = (world: World, key: string, times: number | undefined): boolean => {
  const given = world.planted[key] ?? 0;
  if (given >= (times ?? Number.POSITIVE_INFINITY)) return false;
  world.planted[key] = given + 1;
  return true;
};

/** An endpoint's keys, which its front door takes. */
export const keysOf = (endpoint: string): Body => ({ primaryKey: uuid(`primary ${endpoint}`), secondaryKey: uuid(`secondary ${endpoint}`) });

/** The actions that programs use: keys of an endpoint or of a storage account. */
const act = (world: World, path: string): Body => {
  const [, owner, action] = /^(.+)\/([^/]+)$/.exec(path) ?? [];
  if (owner === undefined || action !== "listKeys") throw missing(path);
  if (placeOf(owner)?.kind !== "onlineEndpoint") return { keys: [{ keyName: "key1", value: uuid(`key1 ${owner}`) }] };
  if (find(world, owner) === undefined) throw missing(owner);
  return keysOf(owner);
};

/** Resource groups all exist; their location is what azure-native asks for. */
const groupOf = (control: Control, path: string): Body | undefined => {
  const name = /^\/subscriptions\/[^/]+\/resourceGroups\/([^/]+)$/i.exec(path)?.[1];
  return name === undefined ? undefined : { id: path, name, location: control.resourceGroups[name] ?? "westeurope" };
};

const read = (kind: Kind, asked: Asked): Handled => {
  const { existing, place } = asked;
  if (existing === undefined) throw missing(place.path);
  const { stale } = existing;
  if (stale === undefined || stale.reads <= 0) return { status: 200, body: shown(kind, asked, existing, existing.body) };
  stale.reads -= 1;
  return { status: 200, body: shown(kind, asked, existing, stale.body), note: "staleRead" };
};

const shown = (kind: Kind, { control, place }: Asked, stored: Stored, body: Body): Body => ({
  id: stored.id,
  name: lastOf(place.path),
  type: kind.type,
  ...kind.show(stored, copy(body), control),
});

const checkFree = (kind: Kind, { existing, place, world }: Asked, method: string): void => {
  if (!kind.serial) return;
  const endpoint = serialEndpoint(place);
  const busy = running(world).find((operation) => operation.endpoint === endpoint);
  if (busy === undefined) return;
  const what = { PUT: existing === undefined ? "create" : "update", PATCH: "update", DELETE: "delete" }[method] ?? method;
  const state = { PUT: "Updating", PATCH: "Updating", DELETE: "Deleting" }[busy.method];
  const subject = `${place.kind.endsWith("Endpoint") ? "endpoint" : "deployment"} ${lastOf(place.path)}`;
  refuse("oneAtATime", `Cannot ${what} ${subject} because endpoint ${place.parts["endpoint"]} is in ${state} provisioning state (${lastOf(busy.resource)}).`, "Conflict", 409);
};

const write = (kind: Kind, asked: Asked, method: "PUT" | "PATCH"): Handled => {
  const { control, existing, place, world } = asked;
  const accepted = method === "PUT" ? kind.put(asked) : patch(kind, asked);
  const stored: Stored = existing ?? { id: place.path, since: world.calls, body: {}, state: "Creating", everSucceeded: false };
  if (existing !== undefined && control.staleReads > 0) stored.stale = { body: existing.body, reads: control.staleReads };
  stored.body = accepted.body;
  stored.state = !kind.slow ? "Succeeded" : existing === undefined ? "Creating" : "Updating";
  stored.everSucceeded ||= !kind.slow;
  world.resources[keyOf(place.path)] = stored;
  const failure = failureOf(control, world, method, place) ?? accepted.failure;
  const operation = kind.slow ? start({ world, control, place, method, failure, steps: accepted.steps, outputs: accepted.outputs, serial: kind.serial }) : undefined;
  const status = existing === undefined ? 201 : 200;
  return { status, body: shown(kind, asked, stored, stored.body), ...(operation === undefined ? {} : { operation }), note: accepted.note };
};

const patch = (kind: Kind, asked: Asked): Accepted => {
  if (asked.existing === undefined) throw missing(asked.place.path);
  if (kind.patch === undefined) throw new Refused(405, "MethodNotAllowed", "PATCH is not supported.");
  return kind.patch(asked, asked.existing);
};

const remove = (kind: Kind, asked: Asked): Handled => {
  const { control, existing, place, world } = asked;
  if (existing === undefined) return { status: 204, body: {} };
  kind.remove?.(asked, existing);
  if (!kind.slow || place.kind === "armDeployment") {
    delete world.resources[keyOf(place.path)];
    return { status: 200, body: {} };
  }
  existing.state = "Deleting";
  const failure = failureOf(control, world, "DELETE", place);
  return { status: 202, body: {}, operation: start({ world, control, place, method: "DELETE", failure, serial: kind.serial }) };
};
