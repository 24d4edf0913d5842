/**
 * NetworkPolicies, enforced by kube-router on the node: who reaches the pods, and whom they reach, is what the evaluator of the specification says of the
 * same objects. What the node itself sends to its pods is let in by every network, so that the rig's own Envoy reaches them whatever is asked.
 */
import type { INetworkPolicy } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicy";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DESTINATIONS, SOURCES } from "../compile/kubernetes/network-ends.ts";
import { entersPod, leavesPod, type End } from "../compile/kubernetes/network-evaluator.ts";
import { startKubeRouter } from "../rig/kubernetes/kube-router.ts";
import { client, newNamespace, podsOf } from "./cluster.ts";
import { answering, ATTACHED, newDeclared, onnx, type Declared } from "./declared.ts";
import { listenAt, newMachines, newPod, placeOf, reachedFrom, type Place } from "./network-ends.ts";

const NAMESPACE = "ml";
const PORT = 5001;
/** A look takes some seconds. */
const PATIENCE_MS = 120_000;
/** Another of the pods', where somebody answers too. */
const OTHER_PORT = 9000;

const closed = (egressAllow: readonly object[]): object => ({ egressPublicNetworkAccess: "disabled", kubernetes: { egressAllow } });
const behind = (gateway: object): object => ({ target: { gateway: { ...ATTACHED, ...gateway } } });
const metricsFrom = { namespace: "monitoring", podLabels: { "app.kubernetes.io/name": "prometheus" } };

const WAYS = [
  { cidr: "10.1.2.3/32", ports: [5432] },
  { cidr: "10.1.2.4/32", protocol: "UDP", ports: [123] },
];

interface Declaration {
  readonly deployments: Readonly<Record<string, object>>;
  readonly traffic: object;
  readonly target?: object;
}

/** Deployments of each endpoint, whose gateway is what its policy is made for: the one of the rig routes to all of them. */
const ENDPOINTS: Readonly<Record<string, Declaration>> = {
  controller: { deployments: { blue: onnx("blue"), shut: onnx("blue", closed([])), ways: onnx("blue", closed(WAYS)) }, traffic: { blue: 100 }, target: { metricsFrom } },
  beside: { deployments: { blue: onnx("blue") }, traffic: { blue: 100 }, ...behind({ implementation: "istio" }) },
  addresses: { deployments: { blue: onnx("blue", closed([{ cidr: "10.1.0.0/16" }, { cidr: "203.0.113.0/24" }])) }, traffic: { blue: 100 }, ...behind({ implementation: "gke", dataPlane: { cidrs: ["10.9.8.0/24"] } }) },
  unlimited: { deployments: { blue: onnx("blue") }, traffic: { blue: 100 }, ...behind({ implementation: "gke" }) },
};

const kept: AsyncDisposable[] = [];
let declared: Declared;
/** By the names of {@link SOURCES} and {@link DESTINATIONS}. */
const places = new Map<string, Place>();
const pods: { readonly name: string; readonly end: End; readonly place: Place }[] = [];

const isPod = (end: End): end is Extract<End, { readonly labels: object }> => "labels" in end;

beforeAll(async () => {
  // It changes what this machine's kernel does with packets.
  if (process.env["RIG"] === "external") throw new Error("policies are tried on a node of the tests' own");
  await startKubeRouter();
  declared = keep(await newDeclared(NAMESPACE));
  for (const namespace of ["other", "monitoring"]) keep(await newNamespace(namespace));
  await declared.up(ENDPOINTS);
  await standIn();
  for (const [endpoint, { deployments }] of Object.entries(ENDPOINTS))
    for (const deployment of Object.keys(deployments)) {
      const [pod] = await podsOf(NAMESPACE, endpoint, deployment);
      const place = await placeOf(await client.path({ apiVersion: "v1", kind: "Pod", metadata: pod!["metadata"] }));
      keep(await listenAt(place, [{ address: place.address, port: OTHER_PORT }]));
      pods.push({ name: `${endpoint}/${deployment}`, end: { namespace: NAMESPACE, labels: pod!["metadata"].labels }, place });
    }
});

/** Gone after the tests, the newest first. */
const keep = <T extends AsyncDisposable>(made: T): T => {
  kept.push(made);
  return made;
};

afterAll(async () => {
  const failed: unknown[] = [];
  for (const each of kept.toReversed())
    try {
      await each[Symbol.asyncDispose]();
    } catch (error) {
      failed.push(error);
    }
  if (failed.length > 0) throw new AggregateError(failed, "something is left");
});

/** Somebody for each end, who answers where somebody may be called. */
const standIn = async (): Promise<void> => {
  const ends = [...Object.entries(SOURCES), ...Object.entries(DESTINATIONS).map(([name, [end]]) => [name, end] as const)];
  const addresses = [...new Set(ends.flatMap(([, end]) => (isPod(end) ? [] : [end.address])))];
  const machines = keep(newMachines(addresses));
  const called = Object.values(DESTINATIONS).flatMap(([end, connection]) => (isPod(end) ? [] : [{ ...connection, address: end.address }]));
  keep(await listenAt(machines, called));
  for (const [index, [name, end]] of ends.entries()) {
    if (isPod(end)) {
      const pod = keep(await newPod(end.namespace, `end-${index}`, end.labels));
      const [, connection] = DESTINATIONS[name] ?? [];
      if (connection !== undefined) keep(await listenAt(pod, [{ ...connection, address: pod.address }]));
      places.set(name, pod);
    } else places.set(name, { ...machines, address: end.address });
  }
};

const policies = async (): Promise<INetworkPolicy[]> => (await client.ask("GET", `/apis/networking.k8s.io/v1/namespaces/${NAMESPACE}/networkpolicies`))["items"] as INetworkPolicy[];

/** The kernel hears of an object a little after the API server has it. */
const settles = async (look: () => Promise<object>, expected: object): Promise<void> => {
  const deadline = performance.now() + PATIENCE_MS;
  let seen = await look();
  while (JSON.stringify(seen) !== JSON.stringify(expected) && performance.now() < deadline) seen = await look();
  expect(seen).toEqual(expected);
};

test("who reaches the pods, at their port and at another", async () => {
  const all = await policies();
  expect(all.map(({ metadata }) => metadata?.name).toSorted()).toEqual(["addresses--blue", "beside--blue", "controller--blue", "controller--shut", "controller--ways"]);
  const table = (each: (pod: (typeof pods)[number], source: string, port: number) => boolean): object =>
    Object.fromEntries(pods.map((pod) => [pod.name, Object.fromEntries([PORT, OTHER_PORT].map((port) => [port, Object.keys(SOURCES).filter((source) => each(pod, source, port))]))]));
  const look = async (): Promise<object> => {
    const targets = pods.flatMap(({ place: { address } }) => [PORT, OTHER_PORT].map((port) => ({ address, port })));
    const look = async ([source, end]: [string, End]) => [source, await reachedFrom(places.get(source)!, isPod(end) ? targets : targets.map((target) => ({ ...target, from: end.address })))] as const;
    const reached = new Map(await Promise.all(Object.entries(SOURCES).map(look)));
    return table((pod, source, port) => reached.get(source)?.[pods.indexOf(pod) * 2 + (port === PORT ? 0 : 1)] === true);
  };
  const expected = table(({ end }, source, port) => entersPod(all, end, SOURCES[source]!, { port }));
  // What is to be enforced is not everything, and not nothing.
  expect(expected).toMatchObject({
    "controller/blue": { [PORT]: ["Envoy Gateway's proxy", "Prometheus"], [OTHER_PORT]: [] },
    "beside/blue": { [PORT]: ["this Gateway's proxy"], [OTHER_PORT]: [] },
    "addresses/blue": { [PORT]: ["a load balancer"], [OTHER_PORT]: [] },
    "unlimited/blue": { [PORT]: Object.keys(SOURCES), [OTHER_PORT]: Object.keys(SOURCES) },
  });
  await settles(look, expected);
});

test("whom the pods reach", async () => {
  const all = await policies();
  const table = (reaches: (pod: (typeof pods)[number], index: number) => boolean): object =>
    Object.fromEntries(pods.map((pod) => [pod.name, Object.keys(DESTINATIONS).filter((_, index) => reaches(pod, index))]));
  const ends = Object.entries(DESTINATIONS);
  const look = async (): Promise<object> => {
    const targets = ends.map(([name, [, connection]]) => ({ ...connection, address: places.get(name)!.address }));
    const reached = new Map(await Promise.all(pods.map(async ({ name, place }) => [name, await reachedFrom(place, targets)] as const)));
    return table(({ name }, index) => reached.get(name)?.[index] === true);
  };
  const expected = table(({ end }, index) => leavesPod(all, end, ...ends[index]![1]));
  expect(expected).toEqual({
    "controller/blue": Object.keys(DESTINATIONS),
    "controller/shut": [],
    "controller/ways": ["a database", "a time server", "DNS"],
    "beside/blue": Object.keys(DESTINATIONS),
    "addresses/blue": ["a database", "its neighbour's port", "a time server", "the world", "DNS"],
    "unlimited/blue": Object.keys(DESTINATIONS),
  });
  await settles(look, expected);
});

test("what the gateway on the node sends is let in whatever a policy says, and answered by all of them", async () => {
  for (const [endpoint, { deployments }] of Object.entries(ENDPOINTS)) {
    const caller = await declared.caller(endpoint);
    for (const deployment of Object.keys(deployments)) expect(await answering(caller, { "azureml-model-deployment": deployment })).toBe(true);
  }
});
