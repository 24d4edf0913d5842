import { createHash } from "node:crypto";
import { compileEndpoint } from "../../../lib/compile/kubernetes/endpoint.ts";
import { verdict } from "../../../lib/compile/kubernetes/verdict.ts";
import type { Assets, Bundle } from "../../../lib/model/bundle.ts";
import type { On } from "../../../lib/model/endpoint.ts";
import { resolve, type Resolver } from "../../../lib/model/late.ts";
import { parseEndpoint } from "../../../lib/model/parse.ts";
import type { Plan, PlannedResource } from "../../../lib/model/plan.ts";
import type { KubernetesTarget } from "../../../lib/model/target.ts";

export const sha256 = (text: string | Uint8Array): string => createHash("sha256").update(text).digest("hex");

/** A bundle as `assets` reads it, of text by path. */
export const bundle = (name: string, files: Readonly<Record<string, string>>, kind: Bundle["kind"] = "folder"): Bundle => {
  const made = Object.entries(files).map(([path, text]) => {
    const bytes = new TextEncoder().encode(text);
    return { path, source: `/src/${path}`, size: bytes.length, sha256: sha256(bytes), bytes };
  });
  const total = made.reduce((sum, { size }) => sum + size, 0);
  return { kind, name, root: `/src/${name}`, files: made, bytes: total, hash: sha256(JSON.stringify([name, files])).slice(0, 12) };
};

export const ONNX: Bundle = bundle("model.onnx", { "model.onnx": "weights" }, "file");

export const GATEWAY = { name: "public", namespace: "gateways", implementation: "envoy-gateway", url: "https://models.example.com" };

export const TARGET = { type: "kubernetes", namespace: "ml", scoringImage: "registry/scoring:1", gateway: GATEWAY };

export const MODEL = { model: { path: "./model.onnx" } };

/** Arguments of an endpoint with one ONNX deployment, `blue`. */
export const args = (over: object = {}): Record<string, unknown> => ({ kind: "online", target: TARGET, deployments: { blue: MODEL }, traffic: { blue: 100 }, ...over });

export const parse = <V = string>(given: object, logicalName = "credit"): On<V, KubernetesTarget<V>> => {
  const { endpoint, problems } = parseEndpoint<V>(logicalName, given, { stack: "o/p/s", sha256 });
  if (problems.length > 0) throw new Error(problems.map(({ path, message }) => `${path}: ${message}`).join("\n"));
  return endpoint as On<V, KubernetesTarget<V>>;
};

/** The same ONNX file for every deployment. */
export const onnxFor = (endpoint: { readonly deployments: object }): Assets =>
  Object.fromEntries(Object.keys(endpoint.deployments).map((name) => [name, { model: ONNX }]));

export const plan = (given: object = args(), assets?: Assets): Plan => {
  const endpoint = parse(given);
  return compileEndpoint(endpoint, assets ?? onnxFor(endpoint));
};

/** Problems and warnings as lines, `path: message`. */
export const judge = (given: object, assets?: Assets): { readonly problems: string[]; readonly warnings: string[] } => {
  const endpoint = parse(given);
  const { problems, warnings } = verdict(endpoint, assets ?? onnxFor(endpoint));
  const lines = (list: typeof problems): string[] => list.map(({ path, message }) => `${path}: ${message}`);
  return { problems: lines(problems), warnings: lines(warnings) };
};

/** A plan's nodes as text. */
const plain: Resolver<unknown> = {
  leaf: (value) => value,
  concat: (parts) => parts.join(""),
  hash: (parts, length) => sha256(parts.join("\n")).slice(0, length),
  guid: (parts) => parts.join(""),
  keyed: (entries) => Object.fromEntries(entries.map(([key, value]) => [String(key), value])),
  json: (data) => JSON.stringify(data),
  ref: ({ id, output }) => `<${id}.${output}>`,
  first: (outputs) => outputs[0],
};

export const text = (data: unknown): any => resolve(data, plain);

export const find = (made: Plan, id: string): PlannedResource => {
  const found = made.resources.find((resource) => resource.id === id);
  if (found === undefined) throw new Error(`no ${id} among ${made.resources.map((resource) => resource.id).join(", ")}`);
  return found;
};

/** The inputs of a resource, nodes resolved. */
export const inputs = (made: Plan, id: string): any => text(find(made, id).inputs);

export const pod = (made: Plan, name = "blue"): any => inputs(made, `deployment:${name}`).spec.template;

export const container = (made: Plan, name = "blue"): any => pod(made, name).spec.containers[0];

/** The rules of every route, in the order of the plan: of each name, then of the weights. */
export const rulesOf = (made: Plan): any[] => made.resources.filter(({ role }) => role === "route" || role === "namedRoute").flatMap(({ inputs: route }) => text(route).spec.rules);
