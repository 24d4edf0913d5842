/** What the README says of `autoscale` that is added to manifests: who says the number of replicas, when nobody of ours does any more. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { apply } from "../rig/kubernetes/apply.ts";
import type { Fields } from "../rig/kubernetes/client.ts";
import { client, newNamespace } from "./cluster.ts";

const NAMESPACE = "handover";
const MANAGER = "kubectl";

let namespace: AsyncDisposable;
beforeAll(async () => void (namespace = await newNamespace(NAMESPACE)));
afterAll(() => namespace?.[Symbol.asyncDispose]());

/** No node takes its pods. */
const template = { metadata: { labels: { app: "wine" } }, spec: { nodeSelector: { nobody: "has-it" }, containers: [{ name: "scoring", image: "nobody/has-it:1" }] } };
const deployment = (name: string, spec: object): Fields => ({ apiVersion: "apps/v1", kind: "Deployment", metadata: { name, namespace: NAMESPACE }, spec });
const whole = (name: string, more: object = {}): Fields => deployment(name, { selector: { matchLabels: { app: "wine" } }, template, ...more });
const replicas = ({ spec }: Fields): number => spec.replicas as number;

test("left out, replicas fall to 1; said by somebody else, they stay", async () => {
  for (const name of ["dropped", "handed"]) await apply(client, whole(name, { replicas: 3 }), MANAGER);
  await apply(client, deployment("handed", { replicas: 3 }), "autoscaler");
  expect([replicas(await apply(client, whole("dropped"), MANAGER)), replicas(await apply(client, whole("handed"), MANAGER))]).toEqual([1, 3]);
});

test("an autoscaler changes what was said for it", async () => {
  const path = await client.path(deployment("handed", {}) as Parameters<typeof client.path>[0]);
  await client.ask("PUT", `${path}/scale?fieldManager=kube-controller-manager`, { apiVersion: "autoscaling/v1", kind: "Scale", metadata: { name: "handed", namespace: NAMESPACE }, spec: { replicas: 2 } });
  expect(replicas(await apply(client, whole("handed"), MANAGER))).toBe(2);
});
