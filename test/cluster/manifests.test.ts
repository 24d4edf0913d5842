/**
 * Every object of every golden case and example, and the Workflow of each pipeline, as the API server sees it: strictly validated, in namespaces at the
 * `restricted` level, without a warning.
 */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { apply } from "../rig/kubernetes/apply.ts";
import type { Answer, Fields } from "../rig/kubernetes/client.ts";
import { client, newNamespace } from "./cluster.ts";
import { podsOf, workflowsOf } from "./workflows.ts";

type Source = readonly [name: string, objects: readonly Fields[]];

const files = (folder: string, suffix: string): (readonly [name: string, text: string])[] => {
  const path = fileURLToPath(new URL(folder, import.meta.url));
  return readdirSync(path).filter((file) => file.endsWith(suffix)).map((file) => [file.replace(suffix, ""), readFileSync(`${path}/${file}`, "utf8")] as const);
};

/** What `render` prints; of a refusal there is nothing. */
const cases = (): Source[] =>
  files("../cases", ".kubernetes.yaml").map(([name, text]) => [name, text.startsWith("InvalidArgs") ? [] : parseAllDocuments(text).flatMap((document) => (document.toJS() as Fields | null) ?? [])]);

/** What the engine is asked for. */
const examples = (): Source[] =>
  files("../components/golden", ".yaml").map(([name, text]) => {
    const registered = parse(text) as { readonly type: string; readonly inputs: Fields }[];
    return [`examples/${name}`, registered.filter(({ inputs, type }) => type.startsWith("kubernetes:") && inputs["kind"] !== undefined).map(({ inputs }) => withKeys(inputs))];
  });

/** A preview does not know keys that are made. */
const withKeys = (inputs: Fields): Fields => (typeof inputs["stringData"] === "string" ? { ...inputs, stringData: { primaryKey: "a", secondaryKey: "b" } } : inputs);

const sources = [...cases(), ...examples()].map(([name, objects]): Source => [name, [...objects, ...workflowsOf(objects)]]).filter(([, objects]) => objects.length > 0);
const all = sources.flatMap(([, objects]) => objects);
const workflows = all.filter(({ kind }) => kind === "Workflow");
const pods = workflows.flatMap(podsOf);
/** Kinds of other controllers, whose types this API server has. */
const OTHERS = ["HTTPRoute", "PodMonitor", "PrometheusRule", "ScaledObject", "SecurityPolicy", "Workflow"];
const namespaces = [...new Set(all.map(({ metadata }) => (metadata.namespace as string | undefined) ?? "default"))].filter((name) => name !== "default");

const made: AsyncDisposable[] = [];
beforeAll(async () => {
  for (const name of namespaces) made.push(await newNamespace(name));
  // A pod is admitted only with what it names.
  for (const { spec } of [...all.map(({ spec: of }) => of?.template ?? {}), ...pods]) {
    const priority = spec?.priorityClassName as string | undefined;
    if (priority !== undefined) await apply(client, { apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", metadata: { name: priority }, value: 1 });
  }
  for (const object of all) if (object["kind"] === "ServiceAccount") await apply(client, object);
});

afterAll(async () => {
  for (const namespace of made) await namespace[Symbol.asyncDispose]();
});

/** A ServiceAccount is there already. */
const tried = async (object: Fields): Promise<Pick<Answer, "status" | "warnings"> & { readonly message: unknown }> => {
  const { apiVersion, kind, metadata } = object as { apiVersion: string; kind: string; metadata: { namespace?: string } };
  const collection = await client.collection(apiVersion, kind, metadata.namespace ?? "default");
  const { body, status, warnings } = await client.send("POST", `${collection}?dryRun=All&fieldValidation=Strict`, object);
  const isThere = kind === "ServiceAccount" && body["reason"] === "AlreadyExists";
  return { status: isThere ? 201 : status, warnings, message: status < 300 || isThere ? "" : body["message"] };
};

const good = { status: 201, warnings: [], message: "" };

describe.each(sources)("%s", (_name, objects) => {
  test.each(objects.map((object) => [`${object["kind"]} ${object["metadata"].name}`, object] as const))("%s", async (_what, object) => {
    expect(await tried(object)).toEqual(good);
    if (object["kind"] === "Workflow") for (const pod of podsOf(object)) expect(await tried(pod)).toEqual(good);
    const template = object["spec"]?.template as Fields | undefined;
    if (template === undefined) return;
    const { name, namespace } = object["metadata"] as { name: string; namespace: string };
    expect(await tried({ ...template, apiVersion: "v1", kind: "Pod", metadata: { ...template["metadata"], name, namespace } })).toEqual(good);
  });
});

test("an object that is wrong is told from one that is not, and so is a pod as Argo would make it by itself", async () => {
  const [pod] = all.filter(({ kind }) => kind === "Deployment");
  const spoiled = structuredClone(pod as Fields);
  spoiled["spec"].template.spec.securityContext.runAsNonRoot = false;
  expect((await tried(spoiled)).warnings.join()).toContain("runAsNonRoot");
  spoiled["spec"].replica = 1;
  expect((await tried(spoiled)).message).toContain('unknown field "spec.replica"');
  const misspelt = structuredClone(workflows[0] as Fields);
  misspelt["spec"].templates[1].retryStrategy.limits = 3;
  expect((await tried(misspelt)).message).toContain('unknown field "spec.templates[1].retryStrategy.limits"');
  const rule = structuredClone(all.find(({ kind }) => kind === "PrometheusRule") as Fields);
  rule["spec"].groups[0].rules[0].For = "5m";
  expect((await tried(rule)).message).toContain('unknown field "spec.groups[0].rules[0].For"');
  const own = structuredClone(pods[0] as Fields);
  delete own["spec"].containers[0].securityContext; // as the controller makes it without our patch
  expect((await tried(own)).message).toContain('allowPrivilegeEscalation != false (container "wait"');
  expect([all.length > 200, workflows.length > 1]).toEqual([true, true]);
  expect(OTHERS.filter((kind) => !all.some((object) => object["kind"] === kind))).toEqual([]);
});
