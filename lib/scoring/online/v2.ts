/** Routes of the Open Inference Protocol, version 2. The front answers those that ask about the model; inference goes to a worker. */
import type { Call } from "./call.ts";
import type { OwnAnswer } from "./model.ts";
import type { Pool } from "./pool.ts";
import type { Port } from "./tensors.ts";
import { JSON_LENGTH, VERSION } from "./v2-infer.ts";
import type { RequestHead } from "./protocol.ts";
import type { ThreadHead } from "./thread-exchange.ts";
import { datatype } from "./v2-types.ts";

const SERVER = { name: "inference-endpoints", version: VERSION, extensions: ["binary_tensor_data"] };
const PLATFORM = "onnxruntime_onnx";
const MODEL = /^\/v2\/models\/([^/]+)(?:\/versions\/([^/]+))?(\/ready|\/infer)?$/;

/** The routes of one model. */
export const v2Routes =
  (modelName: string) =>
  (method: string, path: string): "worker" | OwnAnswer | undefined => {
    if (path !== "/v2" && !path.startsWith("/v2/")) return undefined;
    const [match, name, version, end] = MODEL.exec(path) ?? [];
    const unknown = match === undefined ? undefined : unknownModel(modelName, name, version);
    if (unknown !== undefined) return error(404, unknown); // whatever the method: a wrong name is the first thing to hear of
    const answer = match === undefined ? SERVER_ROUTES[path] : modelRoute(modelName, end);
    if (answer === undefined) return error(404, "There is no such route; see /v2.");
    if (answer === "worker") return method === "POST" ? "worker" : error(405, "Inference is a POST.");
    return method === "GET" || method === "HEAD" ? answer : error(405, "Only GET is allowed here.");
  };

/** What an inference request needs of its headers, and the room that puts its binary data at an address where numbers can be read. */
export function v2Head({ target, headers }: RequestHead): ThreadHead {
  if (!target.endsWith("/infer")) return NOTHING;
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const value = headers[at + 1] ?? "";
    if (headers[at]?.toLowerCase() === JSON_LENGTH) return { headers: `${JSON_LENGTH}\n${value}`, offset: /^\d{1,15}$/.test(value) ? -Number(value) & 7 : 0 };
  }
  return NOTHING;
}

const NOTHING: ThreadHead = { headers: "", offset: 0 };

const SERVER_ROUTES: Readonly<Record<string, OwnAnswer>> = {
  "/v2": (call) => say(call, 200, SERVER),
  "/v2/health/live": (call) => say(call, 200, { live: true }),
  "/v2/health/ready": (call, pool) => say(call, isReady(pool) ? 200 : 503, { ready: isReady(pool) }),
};

function unknownModel(modelName: string, name: string | undefined, version: string | undefined): string | undefined {
  if (name !== modelName) return `There is no model "${name}" here; expected "${modelName}".`;
  if (version !== undefined && version !== VERSION) return `There is no version "${version}" of model "${modelName}" here; expected "${VERSION}".`;
  return undefined;
}

function modelRoute(modelName: string, end: string | undefined): "worker" | OwnAnswer {
  if (end === "/infer") return "worker";
  if (end === "/ready") return (call, pool) => say(call, isReady(pool) ? 200 : 503, { name: modelName, ready: isReady(pool) });
  return (call, pool) => {
    const tensors = pool.description?.tensors;
    if (tensors === undefined) return say(call, 503, { error: `Model "${modelName}" is not ready.` });
    say(call, 200, { name: modelName, versions: [VERSION], platform: PLATFORM, inputs: tensors.inputs.map(described), outputs: tensors.outputs.map(described) });
  };
}

const isReady = (pool: Pool): boolean => pool.alive && pool.state().started;

const described = ({ name, type, shape }: Port): object => ({ name, datatype: datatype(type), shape: shape.map((size) => (typeof size === "number" ? size : -1)) });

const error = (status: number, text: string): OwnAnswer => (call) => say(call, status, { error: text });

const say = (call: Call, status: number, body: object): void => call.answer({ status, body: JSON.stringify(body) });
