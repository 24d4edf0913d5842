/** The examples as they are and the conformance suite's own program, by `pulumi up`, through the Gateway. */
import { expect, test } from "vitest";
import { FURNITURE, upped } from "./arena.ts";
import { callerOf, client } from "./cluster.ts";
import { onEachProgram } from "./programs.ts";

onEachProgram("cluster", upped, (program, arena) => {
  test("is at the same path without TLS", async () => {
    for (const endpoint of program.endpoints) {
      const plain = callerOf((await arena().url(endpoint)).href.replace("https:", "http:"), "nobody's");
      expect((await plain.post("")).status).toBe(401);
      plain.close();
    }
  });

  test("changes nothing when it is up already, and leaves nothing when it is destroyed", async () => {
    const { stack } = arena();
    await stack.run("preview", "--expect-no-changes");
    await stack.run("refresh", "--yes", "--skip-preview", "--expect-no-changes");
    await stack.run("destroy", "--yes", "--skip-preview");
    const left = await Promise.all(KINDS.map(async ([apiVersion, kind]) => (await client.ask("GET", await client.collection(apiVersion, kind, program.namespace)))["items"] as { kind: string; metadata: { name: string } }[]));
    expect(left.flat().map(({ metadata }) => metadata.name).filter((name) => !FURNITURE.includes(name))).toEqual(["kube-root-ca.crt", "default"]);
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
