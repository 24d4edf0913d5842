/** Long-running operations. Nothing runs them: whoever comes next finds what has ended since. */
import { names, type Control } from "./control.ts";
import { endpointOf, lastOf, placeOf, type Place } from "./paths.ts";
import { cite, RULES } from "./rules.ts";
import type { Answer, Request } from "./service.ts";
import type { Visit } from "./store.ts";
import { below, find, keyOf, running, type Failure, type Operation, type Step, type Stored, type World } from "./world.ts";

interface Start {
  readonly world: World;
  readonly control: Control;
  readonly place: Place;
  readonly method: Operation["method"];
  readonly failure?: Failure | undefined;
  readonly steps?: readonly Step[] | undefined;
  readonly outputs?: Readonly<Record<string, string>> | undefined;
  readonly serial: boolean;
}

/** The id of a new operation. */
export const start = ({ world, control, place, method, failure, outputs, steps, serial }: Start): string => {
  const id = `operation-${Object.keys(world.operations).length + 1}`;
  world.operations[id] = {
    id,
    method,
    resource: keyOf(place.path),
    ...(serial ? { endpoint: serialEndpoint(place) } : {}),
    until: Date.now() + control.operationMs,
    ...(failure === undefined ? {} : { failure }),
    ...(steps === undefined ? {} : { steps: [...steps] }),
    ...(outputs === undefined ? {} : { outputs }),
    status: "Running",
  };
  return id;
};

/** What takes one write at a time. */
export const serialEndpoint = (place: Place): string => keyOf(endpointOf(place.path) ?? place.path);

/** What a test planted for this operation. */
export const failureOf = ({ fail }: Control, world: World, method: string, { path }: Place): Failure | undefined => {
  const planted = fail.find((one, i) => {
    const key = `fail ${i} ${one.message}`;
    if (!names(one.operation, method, path) || (world.planted[key] ?? 0) >= (one.times ?? Number.POSITIVE_INFINITY)) return false;
    world.planted[key] = (world.planted[key] ?? 0) + 1;
    return true;
  });
  if (planted === undefined) return undefined;
  return { code: planted.code ?? "ResourceNotReady", message: `${planted.message} ${cite(RULES.planted)}`, rule: "planted" };
};

/** What a template does. */
type Ask = (request: Request, via: string) => Answer;

/** Ends what has ended. */
export const settle = (inside: Visit, ask: Ask): void => {
  let moved = true;
  while (moved) moved = running(inside.world).filter((operation) => advance(inside, operation, ask)).length > 0;
};

const advance = (inside: Visit, operation: Operation, ask: Ask): boolean => {
  const { control, world } = inside;
  const id = world.resources[operation.resource]?.id ?? operation.resource;
  if (control.hold.some((pattern) => names(pattern, operation.method, id))) return false;
  if (operation.steps !== undefined) return advanceTemplate(inside, operation, operation.steps, ask);
  if (operation.until > Date.now()) return false;
  end(inside, operation, operation.failure);
  return true;
};

const advanceTemplate = (inside: Visit, operation: Operation, steps: Step[], ask: Ask): boolean => {
  const current = operation.waitsFor === undefined ? undefined : inside.world.operations[operation.waitsFor];
  if (current?.status === "Running") return false;
  if (current?.error !== undefined) return (end(inside, operation, wrapped(current.error)), true);
  delete operation.waitsFor;
  const step = steps.shift();
  if (step === undefined) return (end(inside, operation, operation.failure ?? readOutputs(inside, operation, ask)), true);
  const answer = ask({ method: "PUT", ...step }, inside.world.resources[operation.resource]?.id ?? operation.resource);
  if (answer.status >= 400) return (end(inside, operation, wrapped(answer.body["error"])), true);
  if (answer.operation !== undefined) operation.waitsFor = answer.operation;
  return true;
};

/** What the resources are now that it names; one that is not there fails the template. */
const readOutputs = ({ world }: Visit, operation: Operation, ask: Ask): Failure | undefined => {
  const stored = world.resources[operation.resource];
  if (stored === undefined || operation.outputs === undefined) return undefined;
  const answers = Object.entries(operation.outputs).map(([name, path]) => [name, ask({ method: "GET", path }, stored.id)] as const);
  const missing = answers.find(([, { status }]) => status >= 400)?.[1].body["error"] as Failure | undefined;
  if (missing !== undefined) return wrapped({ code: missing.code, message: `${missing.message} ${cite(RULES.armOutputs)}` });
  stored.body["properties"].outputs = Object.fromEntries(answers.map(([name, { body }]) => [name, { type: "Object", value: body["properties"] }]));
  return undefined;
};

/** The caller sees that something inside failed, and what it said in the details. */
const wrapped = ({ code, message }: Failure): Failure => {
  const inner = JSON.stringify([{ code, message }]);
  const outer = "At least one resource deployment operation failed. Please list deployment operations for details.";
  return { code: "DeploymentFailed", message: `${outer} Details=${inner} ${cite(RULES.armFailed)}`, rule: "armFailed" };
};

const end = (inside: Visit, operation: Operation, failure: Failure | undefined): void => {
  const { log, world } = inside;
  const stored = world.resources[operation.resource];
  const id = stored?.id ?? operation.resource;
  operation.status = failure === undefined ? "Succeeded" : "Failed";
  if (failure !== undefined) operation.error = failure;
  const settled = failure === undefined && operation.method !== "DELETE" && stored !== undefined && settleRoute(world, stored);
  const why = failure === undefined ? (settled ? { rule: RULES.scoringRoute.number } : {}) : { code: failure.code, message: failure.message, ...(failure.rule === undefined ? {} : { rule: RULES[failure.rule].number }) };
  log.push({ done: id, method: operation.method, at: new Date().toISOString(), state: operation.status, ...why });
  if (stored === undefined) return;
  if (operation.method === "DELETE" && failure === undefined) return vanish(world, id);
  stored.state = failure === undefined ? "Succeeded" : "Failed";
  stored.everSucceeded ||= failure === undefined;
};

/** A container with a route of its own, in an environment that was registered here, moves its endpoint's scoring URI. */
const settleRoute = (world: World, { body, id }: Stored): boolean => {
  const endpoint = placeOf(id)?.kind === "onlineDeployment" ? find(world, endpointOf(id) ?? "") : undefined;
  const environment: unknown = body["properties"]?.["environmentId"];
  const route: unknown = typeof environment === "string" ? find(world, environment)?.body["properties"]["inferenceConfig"]?.["scoringRoute"]?.["path"] : undefined;
  if (endpoint === undefined || typeof route !== "string") return false;
  endpoint.route = route;
  return true;
};

/** What lies below goes along; a deployment's shares, which are 0, leave the endpoint's map. */
const vanish = (world: World, id: string): void => {
  for (const stored of below(world, id)) delete world.resources[keyOf(stored.id)];
  delete world.resources[keyOf(id)];
  const endpoint = placeOf(id)?.kind === "onlineDeployment" ? find(world, endpointOf(id) ?? "") : undefined;
  for (const which of ["traffic", "mirrorTraffic"]) {
    const shares = endpoint?.body["properties"][which];
    for (const name of Object.keys(shares ?? {})) if (keyOf(name) === keyOf(lastOf(id))) delete shares[name];
  }
};
