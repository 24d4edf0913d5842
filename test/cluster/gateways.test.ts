/** A Gateway that is made with the endpoint; and `doctor`, beside what this cluster's Gateways say of themselves. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Caller } from "../conformance/caller.ts";
import { apply } from "../rig/kubernetes/apply.ts";
import { makePair } from "../rig/kubernetes/certificates.ts";
import type { Fields } from "../rig/kubernetes/client.ts";
import { GATEWAY, tlsSecret } from "../rig/kubernetes/gateway.ts";
import { NODE } from "../rig/kubernetes/place.ts";
import { client, keysOf } from "./cluster.ts";
import { answering, newDeclared, onnx, row, type Declared } from "./declared.ts";

const NAMESPACE = "made-gateway";
const HOSTNAME = "made.example.com";
const GATEWAYS = "gateway.networking.k8s.io/v1";
const cli = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

const folder = mkdtempSync(join(tmpdir(), "gateways-"));
const pair = makePair(folder, "listener", `/CN=${HOSTNAME}`, { names: [`DNS:${HOSTNAME}`] });
const create = { className: GATEWAY.className, hostname: HOSTNAME, tls: { secretName: "certificate" } };
const endpoint = { deployments: { blue: onnx("blue"), green: onnx("green") }, traffic: { blue: 100 }, mirrorTraffic: { green: 10 } };
const made = { ...endpoint, target: { gateway: { create, implementation: "envoy-gateway" } } };

let declared: Declared;

beforeAll(async () => {
  declared = await newDeclared(NAMESPACE);
  await apply(client, tlsSecret(NAMESPACE, "certificate", pair.certificate, pair.key));
  await declared.up({ wine: made, attached: endpoint });
});

afterAll(async () => {
  await declared?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const found = async (kind: string): Promise<Fields[]> => (await client.ask("GET", await client.collection(GATEWAYS, kind, NAMESPACE)))["items"] as Fields[];
const holding = (conditions: readonly Fields[]): string[] => conditions.filter(({ status }) => status === "True").map(({ type }) => type as string);

test("a Gateway that is made is accepted by its class, and takes the endpoint's routes", async () => {
  const [gateway] = await found("Gateway");
  expect(gateway?.["metadata"].name).toBe("wine");
  expect(holding(gateway?.["status"].conditions)).toContain("Accepted");
  const routes = (await found("HTTPRoute")).filter(({ metadata }) => /^wine(--|$)/.test(metadata.name as string));
  expect(routes.map(({ metadata }) => metadata.name).toSorted()).toEqual(["wine", "wine--blue", "wine--green"]);
  for (const { status } of routes) expect(holding(status.parents[0].conditions)).toEqual(expect.arrayContaining(["Accepted", "ResolvedRefs"]));
  expect(gateway?.["status"].listeners).toEqual([expect.objectContaining({ name: "https", attachedRoutes: routes.length })]);
});

test("callers reach the endpoint through it, by its hostname and certificate", async () => {
  const { scoringUris } = await declared.stack.outputs();
  expect(scoringUris["wine"]).toBe(`https://${HOSTNAME}/endpoints/${NAMESPACE}/wine/score`);
  const [gateway] = await found("Gateway");
  // Here it is the node, where Envoy runs without a Service.
  const host = (gateway?.["status"].addresses?.[0]?.value as string | undefined) ?? NODE.address;
  const { primaryKey: key } = await keysOf(NAMESPACE, "wine-keys");
  const caller = new Caller(() => ({ url: new URL(scoringUris["wine"]), key, at: { host, port: 443 }, ca: readFileSync(pair.certificate, "utf8") }));
  await answering(caller);
  expect(await caller.post(row(0))).toMatchObject({ status: 200, deployment: "blue" });
  caller.close();
});

// Envoy Gateway 1.9 fills in no supportedFeatures: it waits for the field to be in the standard channel.
test("doctor finds the class of both kinds of Gateways, and says that it does not say what it supports", () => {
  const { status, stderr, stdout } = spawnSync(process.execPath, [cli, "doctor", declared.stack.project], { encoding: "utf8", cwd: declared.stack.project });
  const said = 'class envoy, controller gateway.envoyproxy.io/gatewayclass-controller: it does not say what it supports; the program says "envoy-gateway"';
  const lines = ["wine", "attached"].map((name) => `Endpoint ${name}: ${said} HTTPRouteRequestMirror, HTTPRouteRequestPercentageMirror, HTTPRouteRequestTimeout`);
  expect({ status, stderr, stdout }).toEqual({ status: 0, stderr: "", stdout: `${lines.join("\n")}\n` });
});

test("another Gateway, and one that goes, leave the rig's as it is; destroy removes what was made", async () => {
  await declared.up({ attached: endpoint });
  expect(await found("Gateway")).toEqual([]);
  await answering(await declared.caller("attached"));
  await declared.stack.run("destroy", "--yes", "--skip-preview");
  expect([...(await found("Gateway")), ...(await found("HTTPRoute"))]).toEqual([]);
});
