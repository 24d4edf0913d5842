/** The examples as they are, through the Gateway: labels, shares, the shadow, keys, pages. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Caller } from "../conformance/caller.ts";
import { labelOf, wine } from "../conformance/wine.ts";
import { callerOf, client, eventually, keysOf, metric, newNamespace, podsOf } from "./cluster.ts";
import { newStack, type Stack } from "./stack.ts";

const NAMESPACE = "ml";

const shares = (answers: readonly { readonly deployment: string | undefined }[], name: string): number =>
  (100 * answers.filter(({ deployment }) => deployment === name).length) / answers.length;

describe.each([
  { example: "blue-green", endpoint: "cellar", deployments: ["blue", "green"], shadow: undefined, atOnce: 4 },
  { example: "quickstart", endpoint: "wine", deployments: ["blue", "green", "indigo"], shadow: "indigo", atOnce: 2 },
])("examples/$example", ({ atOnce, deployments, endpoint, example, shadow }) => {
  const { labels, row, rows } = wine(example);
  let namespace: AsyncDisposable;
  let stack: Stack;
  let caller: Caller;
  let url: string;
  let keys: { readonly primaryKey: string; readonly secondaryKey: string };

  beforeAll(async () => {
    namespace = await newNamespace(NAMESPACE);
    stack = await newStack(`examples/${example}`);
    const begin = performance.now();
    await stack.up();
    console.log(`pulumi up of examples/${example}: ${((performance.now() - begin) / 1000).toFixed(1)} s`);
    url = (await stack.outputs())["scoringUri"] as string;
    keys = await keysOf(NAMESPACE, `${endpoint}-keys`);
    caller = callerOf(url, keys.primaryKey);
    // Envoy learns of the route after the API server.
    await eventually(async () => ((await caller.post(row(0)).catch(() => undefined))?.status === 200 ? true : undefined));
  });

  afterAll(async () => {
    caller?.close();
    await stack?.[Symbol.asyncDispose]();
    await namespace?.[Symbol.asyncDispose]();
  });

  test.each(deployments)("%s gives every label that scikit-learn gave, row by row, to callers of its name", async (deployment) => {
    const answers = await caller.load(rows.length, atOnce, row, { "azureml-model-deployment": deployment });
    for (const answer of answers) expect(answer).toMatchObject({ status: 200, deployment });
    expect(answers.map(({ body }) => labelOf(body))).toEqual(labels[deployment]);
  });

  test("10,000 requests are shared as the program says, each with the right label, and the shadow gets its copies", async () => {
    const pods = shadow === undefined ? [] : await podsOf(NAMESPACE, endpoint, shadow);
    const before = await metric(pods, /^scoring_requests_total\{/);
    const begin = performance.now();
    const answers = await caller.load(10_000, atOnce, row);
    const seconds = (performance.now() - begin) / 1000;
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect(Math.abs(shares(answers, "green") - 10)).toBeLessThan(1);
    expect(shares(answers, "blue") + shares(answers, "green")).toBe(100);
    for (const [i, { body, deployment }] of answers.entries()) expect(labelOf(body)).toBe(labels[deployment ?? ""]?.[i % rows.length]);
    const copies = await eventually(async () => {
      const count = (await metric(pods, /^scoring_requests_total\{/)) - before;
      return shadow === undefined || count > 1800 ? count : undefined;
    });
    console.log(`examples/${example}: green ${shares(answers, "green").toFixed(2)} %, copies ${(copies / 100).toFixed(2)} %, ${(10_000 / seconds).toFixed(0)} requests a second`);
    if (shadow !== undefined) expect(Math.abs(copies / 100 - 20)).toBeLessThan(2);
  });

  test("answers for itself: keys, a deployment that is not there, pages", async () => {
    const status = async (headers: Record<string, string>): Promise<number> => (await caller.post(row(0), headers)).status;
    expect(await status({ authorization: `Bearer ${keys.secondaryKey}` })).toBe(200);
    expect(await status({ authorization: "Bearer wrong" })).toBe(401);
    expect(await status({ authorization: "" })).toBe(401);
    expect(await status({ "azureml-model-deployment": "grey" })).toBe(404);
    expect((await caller.post("not json")).status).toBe(424);
    const swagger = await caller.get("swagger.json");
    expect(swagger.status).toBe(200);
    expect(JSON.parse(swagger.body)).toHaveProperty("paths");
    expect((await caller.get("/nowhere")).status).toBe(404);
  });

  test("is at the same path without TLS", async () => {
    const plain = callerOf(url.replace("https:", "http:"), keys.primaryKey);
    expect((await plain.post(row(0))).status).toBe(200);
    plain.close();
  });

  test("changes nothing when it is up already, and leaves nothing when it is destroyed", async () => {
    await stack.run("preview", "--expect-no-changes");
    await stack.run("refresh", "--yes", "--skip-preview", "--expect-no-changes");
    await stack.run("destroy", "--yes", "--skip-preview");
    const left = await Promise.all(KINDS.map(async ([apiVersion, kind]) => (await client.ask("GET", await client.collection(apiVersion, kind, NAMESPACE)))["items"] as { kind: string; metadata: { name: string } }[]));
    expect(left.flat().map(({ metadata }) => metadata.name)).toEqual(["kube-root-ca.crt", "default"]);
  });
});

const KINDS = [
  ["v1", "ConfigMap"],
  ["v1", "Pod"],
  ["v1", "Secret"],
  ["v1", "Service"],
  ["v1", "ServiceAccount"],
  ["apps/v1", "Deployment"],
  ["apps/v1", "ReplicaSet"],
  ["autoscaling/v2", "HorizontalPodAutoscaler"],
  ["networking.k8s.io/v1", "NetworkPolicy"],
  ["policy/v1", "PodDisruptionBudget"],
  ["gateway.networking.k8s.io/v1", "HTTPRoute"],
  ["gateway.networking.k8s.io/v1", "Gateway"],
] as const;
