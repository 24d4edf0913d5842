/** The provider of the rig against the API server: what it does of what pulumi-kubernetes does, which nothing else here could tell. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { apply } from "../rig/kubernetes/apply.ts";
import type { Fields } from "../rig/kubernetes/client.ts";
import { PAUSE } from "../rig/kubernetes/pause.ts";
import { provider } from "../rig/kubernetes/plugin/provider.ts";
import { connect, initFailure, type Engine } from "../rig/plugin/engine.ts";
import { messages, serve, struct } from "../rig/plugin/server.ts";
import { secret, UNKNOWN } from "../rig/plugin/values.ts";
import { client, newNamespace } from "./cluster.ts";

const NAMESPACE = "provider";
const CONFIG_MAP = "core/v1:ConfigMap";
const DEPLOYMENT = "apps/v1:Deployment";
const SERVICE = "core/v1:Service";

let namespace: AsyncDisposable;
let engine: Engine;
let server: { readonly port: number; readonly close: () => void };

const configured = async (args: object): Promise<Engine> => {
  server = await serve(provider("4.34.2"));
  const made = connect(server.port, "kubernetes");
  const request = new messages.ConfigureRequest();
  request.setArgs(struct({ ...args }));
  await made.call("configure", request);
  return made;
};

beforeAll(async () => {
  namespace = await newNamespace(NAMESPACE);
  engine = await configured({});
});

afterAll(async () => {
  engine.close();
  server.close();
  await namespace[Symbol.asyncDispose]();
});

const named = (fields: Fields): Fields & { readonly metadata: { readonly name: string } } => {
  const { metadata, ...rest } = fields;
  return { ...rest, metadata: { namespace: NAMESPACE, name: `x-${randomUUID().slice(0, 8)}`, ...metadata } };
};

const configMap = (data: Fields, metadata: Fields = {}) => named({ apiVersion: "v1", kind: "ConfigMap", data, metadata });

const pods = (image: string, metadata: Fields = {}, container: Fields = {}) => {
  const labels = { app: randomUUID().slice(0, 8) };
  const securityContext = { runAsNonRoot: true, runAsUser: 10_001, seccompProfile: { type: "RuntimeDefault" } };
  const own = { name: "one", image, securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } }, ...container };
  const template = { metadata: { labels }, spec: { securityContext, containers: [own], terminationGracePeriodSeconds: 0 } };
  return named({ apiVersion: "apps/v1", kind: "Deployment", metadata, spec: { replicas: 1, selector: { matchLabels: labels }, template } });
};

const read = (object: Fields): Promise<Fields> => client.path(object as Parameters<typeof client.path>[0]).then((path) => client.ask("GET", path));

describe("create", () => {
  test("refuses what exists, and names it", async () => {
    const object = configMap({ a: "1" });
    await engine.create(CONFIG_MAP, "first", object);
    await expect(engine.create(CONFIG_MAP, "second", { ...object, data: { a: "2" } })).rejects.toThrow(`resource provider/${object.metadata.name} was not successfully created by the Kubernetes API server: configmaps "${object.metadata.name}" already exists`);
    expect((await read(object))["data"]).toEqual({ a: "1" });
  });

  test("takes it over where the provider is asked to", async () => {
    const object = configMap({ a: "1" });
    await apply(client, object, "somebody");
    const upserting = await configured({ upsertExistingObjects: "true" });
    await expect(upserting.create(CONFIG_MAP, "x", { ...object, data: { a: "2" } })).rejects.toThrow(/conflict with "somebody"/);
    await upserting.create(CONFIG_MAP, "x", { ...object, data: { b: "2" } });
    expect((await read(object))["data"]).toEqual({ a: "1", b: "2" });
    upserting.close();
  });

  test("names what has no name, and another resource of that name otherwise", async () => {
    const { metadata: _metadata, ...nameless } = configMap({});
    const news = { ...nameless, metadata: { namespace: NAMESPACE } };
    const made = [await engine.create(CONFIG_MAP, "settings", news), await engine.create(CONFIG_MAP, "settings", news)];
    for (const { id } of made) expect(id).toMatch(/^provider\/settings-[0-9a-f]{8}$/);
    expect(made[0]?.id).not.toBe(made[1]?.id);
  });

  test("keeps secret what was secret, and a Secret's content always", async () => {
    const { outputs } = await engine.create(CONFIG_MAP, "x", configMap({ a: secret("hidden") as unknown as string, b: "seen" }));
    expect(outputs["data"]).toEqual({ a: secret("hidden"), b: "seen" });
    const made = await engine.create("core/v1:Secret", "x", named({ apiVersion: "v1", kind: "Secret", stringData: { a: "hidden" } }));
    expect(JSON.stringify(made.outputs).replaceAll(JSON.stringify(secret({ a: "hidden" })), "").replaceAll(JSON.stringify(secret({ a: btoa("hidden") })), "")).not.toMatch(/hidden|aGlkZGVu/);
  });

  test("waits for a Deployment's pods", async () => {
    const { outputs } = await engine.create(DEPLOYMENT, "x", pods(PAUSE), 60);
    expect(outputs["status"]).toMatchObject({ readyReplicas: 1 });
  });

  test("says what the pods say when the time is over, and keeps the object in the state", async () => {
    const error: unknown = await engine.create(DEPLOYMENT, "x", pods("127.0.0.1:9/nowhere:1"), 5).catch((thrown: unknown) => thrown);
    const failure = initFailure(error);
    expect(failure?.id).toMatch(/^provider\/x-/);
    expect(failure?.outputs["spec"]).toBeDefined();
    expect(failure?.reasons[0]).toMatch(/^resource provider\/x-\w+ was successfully created, but .* failed to fully initialize or become live: 'x-\w+' timed out waiting to be Ready$/);
    expect(failure?.reasons.join("\n")).toMatch(/Minimum number of live Pods was not attained[^]*\[Pod provider\/x-[\w-]+\]: containers with unready status: \[one\] -- \[(ErrImagePull|ImagePullBackOff)\].*127\.0\.0\.1:9\/nowhere:1/);
  });

  test("waits for a Service until a pod is behind it, unless told not to", async () => {
    const service = named({ apiVersion: "v1", kind: "Service", spec: { selector: { app: "nobody" }, ports: [{ port: 80 }] } });
    const error: unknown = await engine.create(SERVICE, "x", service, 1).catch((thrown: unknown) => thrown);
    expect(initFailure(error)?.reasons.join("\n")).toContain("Service does not target any Pods");
    const { metadata, ...rest } = service;
    await engine.create(SERVICE, "x", named({ ...rest, metadata: { annotations: { "pulumi.com/skipAwait": "true" } } }), 1);
    expect(metadata.name).toBeTruthy();
  });

  test("waits for a condition that an annotation asks for, of whatever kind", async () => {
    const object = configMap({ state: "new" }, { annotations: { "pulumi.com/waitFor": JSON.stringify(["jsonpath={.data.state}=done", "jsonpath={.data.other}"]) } });
    const creating = engine.create(CONFIG_MAP, "x", object, 30);
    for await (const { type } of client.watch(`/api/v1/namespaces/${NAMESPACE}/configmaps?fieldSelector=metadata.name%3D${object.metadata.name}`)) if (type === "ADDED") break;
    await apply(client, { ...object, data: { state: "done", other: "x" } }, "somebody");
    expect((await creating).outputs["data"]).toEqual({ state: "done", other: "x" });
    const error: unknown = await engine.create(CONFIG_MAP, "x", configMap({}, { annotations: { "pulumi.com/waitFor": "condition=Ready" } }), 1).catch((thrown: unknown) => thrown);
    expect(initFailure(error)?.reasons).toEqual([expect.stringContaining("timed out"), "Waiting for condition=Ready"]);
  });

  test("a preview asks the API server, and changes nothing", async () => {
    const object = configMap({ a: "1" });
    expect(await engine.preview(CONFIG_MAP, object)).toMatchObject({ data: { a: "1" }, metadata: { uid: expect.any(String) } });
    await expect(engine.preview(CONFIG_MAP, { ...object, data: { a: 1 } })).rejects.toThrow(/cannot unmarshal number/);
    expect(await engine.preview(CONFIG_MAP, { ...object, data: { a: UNKNOWN } })).toEqual({ ...object, data: { a: UNKNOWN } });
    expect((await client.send("GET", await client.path(object as never))).status).toBe(404);
  });
});

describe("update", () => {
  test("applies as the resource's own manager: what the program leaves out goes, what is another's stays", async () => {
    const object = configMap({ a: "1", b: "1" });
    const made = await engine.create(CONFIG_MAP, "x", object);
    await apply(client, { ...object, data: { c: "3" } }, "somebody");
    await engine.update(CONFIG_MAP, made, { ...object, data: { a: "2" } });
    const live = await read(object);
    expect(live["data"]).toEqual({ a: "2", c: "3" });
    expect((live["metadata"].managedFields as Fields[]).map(({ manager, operation }) => [manager, operation])).toEqual(expect.arrayContaining([[made.outputs["__fieldManager"], "Apply"], ["somebody", "Apply"]]));
  });

  test("reports a conflict with the name of the other", async () => {
    const object = configMap({ a: "1" });
    const made = await engine.create(CONFIG_MAP, "x", object);
    await apply(client, { ...object, data: { a: "theirs" } }, "argocd");
    await expect(engine.update(CONFIG_MAP, made, { ...object, data: { a: "2" } })).rejects.toThrow(/Server-Side Apply field conflict detected[^]*managed by field manager "pulumi-kubernetes-\w{8}" had an apply conflict: Apply failed with 1 conflict: conflict with "argocd": \.data\.a/);
    const forced = { ...object, data: { a: "2" }, metadata: { ...object.metadata, annotations: { "pulumi.com/patchForce": "true" } } };
    await engine.update(CONFIG_MAP, made, forced);
    expect((await read(object))["data"]).toEqual({ a: "2" });
  });

  test("takes over what kubectl changed", async () => {
    const object = configMap({ a: "1" });
    const made = await engine.create(CONFIG_MAP, "x", object);
    await client.ask("PATCH", `${await client.path(object as never)}?fieldManager=kubectl-edit`, { data: { a: "edited" } }, "application/merge-patch+json");
    await engine.update(CONFIG_MAP, made, { ...object, data: { a: "2" } });
    expect((await read(object))["data"]).toEqual({ a: "2" });
  });

  test("leaves ignored fields to who has them, and keeps what they are while they are its own", async () => {
    const object = pods(PAUSE);
    const made = await engine.create(DEPLOYMENT, "x", object, 60);
    const changed = { ...object, metadata: { ...object.metadata, labels: { changed: "once" } } };
    await engine.update(DEPLOYMENT, made, changed, false, ["spec.replicas"]);
    expect((await read(object))["spec"].replicas).toBe(1);
    const scale = { apiVersion: "autoscaling/v1", kind: "Scale", metadata: { name: object.metadata.name, namespace: NAMESPACE }, spec: { replicas: 2 } };
    await client.ask("PUT", `${await client.path(object as never)}/scale?fieldManager=kube-controller-manager`, scale);
    await engine.update(DEPLOYMENT, made, { ...changed, metadata: { ...changed.metadata, labels: { changed: "twice" } } }, false, ["spec.replicas"]);
    const live = await read(object);
    expect([live["spec"].replicas, live["metadata"].labels]).toEqual([2, { changed: "twice" }]);
    await expect(engine.update(DEPLOYMENT, made, changed, false)).rejects.toThrow(/conflict with "kube-controller-manager"[^]*\.spec\.replicas/);
  });

  test("waits for the new pods, not the old ones", async () => {
    const object = pods(PAUSE);
    const made = await engine.create(DEPLOYMENT, "x", object, 60);
    const next = { ...object, metadata: { ...object.metadata, annotations: { "pulumi.com/timeoutSeconds": "4" } }, spec: { ...object["spec"], template: { ...object["spec"].template, metadata: { labels: object["spec"].template.metadata.labels, annotations: { next: "1" } } } } };
    expect((await engine.update(DEPLOYMENT, made, next))["metadata"].annotations["deployment.kubernetes.io/revision"]).toBe("2");
    const [container] = next["spec"].template.spec.containers as Fields[];
    const broken = { ...next, spec: { ...next.spec, template: { ...next.spec.template, spec: { ...next.spec.template.spec, containers: [{ ...container, image: "127.0.0.1:9/nowhere:2" }] } } } };
    const error: unknown = await engine.update(DEPLOYMENT, made, broken).catch((thrown: unknown) => thrown);
    expect(initFailure(error)?.reasons.join("\n")).toContain("127.0.0.1:9/nowhere:2");
  });
});

describe("diff", () => {
  test("replaces a Secret's content, and what has a fixed name is deleted first", async () => {
    const fixed = named({ apiVersion: "v1", kind: "Secret", stringData: { a: "1" } });
    const made = await engine.create("core/v1:Secret", "x", fixed);
    expect(await engine.diff("core/v1:Secret", made, fixed)).toEqual({ replaces: [], deleteBeforeReplace: false, details: {} });
    expect(await engine.diff("core/v1:Secret", made, { ...fixed, stringData: { a: "2" } })).toMatchObject({ replaces: ["data.a"], deleteBeforeReplace: true });
    const mutable = await configured({ enableSecretMutable: "true" });
    expect(await mutable.diff("core/v1:Secret", made, { ...fixed, stringData: { a: "2" } })).toMatchObject({ replaces: [], details: { "data.a": 4 } });
    mutable.close();
  });

  test("sees what a refresh found, but for what is ignored", async () => {
    const object = configMap({ a: "1" });
    const made = await engine.create(CONFIG_MAP, "x", object);
    await apply(client, { ...object, data: { a: "changed", b: "new" } }, "somebody");
    const refreshed = await engine.read(CONFIG_MAP, made);
    expect(refreshed?.inputs["data"]).toEqual({ a: "changed" });
    const seen = { ...made, outputs: refreshed?.outputs ?? {} };
    expect((await engine.diff(CONFIG_MAP, seen, object)).details).toEqual({ "data.a": 5 });
    expect((await engine.diff(CONFIG_MAP, seen, object, ["data"])).details).toEqual({});
  });
});

describe("delete", () => {
  test("waits until the object is gone, and finds nothing wrong with one that is gone", async () => {
    const object = configMap({}, { finalizers: ["rig.example/hold"] });
    const made = await engine.create(CONFIG_MAP, "x", object);
    let over = false;
    const removing = engine.remove(CONFIG_MAP, made).then(() => (over = true));
    const path = await client.path(object as never);
    for await (const { object: live, type } of client.watch(`${path.slice(0, path.lastIndexOf("/"))}?fieldSelector=metadata.name%3D${object.metadata.name}`)) if (type !== "LISTED" && live["metadata"].deletionTimestamp !== undefined) break;
    expect(over).toBe(false);
    await client.ask("PATCH", path, { metadata: { finalizers: null } }, "application/merge-patch+json");
    await removing;
    expect(await engine.read(CONFIG_MAP, made)).toBeUndefined();
    await engine.remove(CONFIG_MAP, made);
  });
});
