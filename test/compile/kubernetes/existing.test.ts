/** Two programs with one endpoint between them, on Kubernetes. */
import { describe, expect, it } from "vitest";
import { compileEndpoint } from "../../../lib/compile/kubernetes/endpoint.ts";
import { verdict } from "../../../lib/compile/kubernetes/verdict.ts";
import type { On } from "../../../lib/model/endpoint.ts";
import { parseDeployment } from "../../../lib/model/existing.ts";
import type { KubernetesTarget } from "../../../lib/model/target.ts";
import { args, GATEWAY, inputs, MODEL, onnxFor, plan, pod, rulesOf, sha256, TARGET, container } from "./support.ts";

const part = (more: object = {}, target: object = TARGET): On<string, KubernetesTarget<string>> => {
  const { endpoint, problems } = parseDeployment<string>("green", { ...MODEL, endpoint: { name: "credit", target, ...more } }, { stack: "o/p/s", sha256 });
  expect(problems).toEqual([]);
  return endpoint as On<string, KubernetesTarget<string>>;
};
const made = (more: object = {}) => compileEndpoint(part(more), onnxFor(part(more)));
const both = { blue: MODEL, green: "external" };
const rules = (over: object): any[] => rulesOf(plan(args({ deployments: both, ...over })));

describe("the program that owns the deployment", () => {
  it("makes its objects, and no route, keys or Gateway", () => {
    expect(made().resources.map(({ role }) => role)).toEqual(["files", "serviceAccount", "networkPolicy", "deployment", "service", "podDisruptionBudget"]);
    expect(made().outputs).toEqual({});
    const logical = made().resources.map(({ logicalName }) => logicalName);
    expect(logical.every((name) => name.startsWith("credit--green-"))).toBe(true);
  });

  it("is found under the Service that the owner routes to, and answers under the owner's keys and path", () => {
    expect(inputs(made(), "service:green").metadata).toMatchObject({ name: "credit--green", namespace: "ml" });
    expect(pod(made(), "green").spec.volumes).toContainEqual({ name: "keys", secret: { defaultMode: 0o440, secretName: "credit-keys" } });
    const own = made({ auth: { existingSecret: "my-keys" }, kubernetes: { hostname: "h.example.com", path: "/v1" } });
    expect(pod(own, "green").spec.volumes).toContainEqual({ name: "keys", secret: { defaultMode: 0o440, secretName: "my-keys" } });
    expect(JSON.stringify(container(own, "green"))).toContain("/v1");
  });

  it("need not know where callers reach the gateway", () => {
    const { url: _url, ...gateway } = GATEWAY;
    expect(verdict(part({}, { ...TARGET, gateway }), onnxFor(part())).problems).toEqual([]);
  });
});

describe("the program that owns the endpoint", () => {
  it("routes to the other's Service by name and by weight, and makes nothing of it", () => {
    const route = rules({ traffic: { blue: 90, green: 10 } });
    expect(route).toHaveLength(3);
    expect(route[1]).toMatchObject({ matches: [{ headers: [{ value: "green" }] }], backendRefs: [{ name: "credit--green", port: 80 }] });
    expect(route[2].backendRefs).toEqual([
      { name: "credit--blue", port: 80, weight: 90 },
      { name: "credit--green", port: 80, weight: 10 },
    ]);
    const made = plan(args({ deployments: both, traffic: { blue: 90, green: 10 } }));
    expect(made.resources.some(({ deployment }) => deployment === "green")).toBe(false);
    expect(made.notes).toEqual(['deployment "green" is another program\'s: it must be there before this update gives it traffic']);
  });

  it("waits as long for it as any deployment may take: it does not know its settings", () => {
    const route = rules({ traffic: { blue: 100 } });
    expect(route.map(({ timeouts }) => timeouts.request)).toEqual(["10500ms", "5m5s500ms", "10500ms"]);
    expect(rules({ traffic: { blue: 90, green: 10 } })[2].timeouts.request).toBe("5m5s500ms");
  });
});
