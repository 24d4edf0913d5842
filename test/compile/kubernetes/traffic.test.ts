import { describe, expect, it } from "vitest";
import { milliseconds } from "../../../lib/compile/kubernetes/durations.ts";
import { GATEWAYS } from "../../../lib/compile/kubernetes/gateways.ts";
import { IMPLEMENTATIONS, type GatewayFeature } from "../../../lib/model/gateway.ts";
import { args, GATEWAY, inputs, MODEL, plan, TARGET } from "./support.ts";

const two = { blue: MODEL, green: MODEL };
const many = (count: number): Record<string, object> => Object.fromEntries(Array.from({ length: count }, (_, i) => [`day-${i}`, MODEL]));
const rules = (over: object, id = "route"): any[] => inputs(plan(args(over)), id).spec.rules;
const weighted = (over: object): any => rules(over).find((rule) => rule.matches[0].headers === undefined);

describe("rules", () => {
  it("are one for each deployment's header, then the weighted one", () => {
    expect(rules({ deployments: two, traffic: { blue: 90, green: 10 } })).toEqual([
      {
        matches: [{ path: { type: "PathPrefix", value: "/endpoints/ml/credit" }, headers: [{ type: "Exact", name: "azureml-model-deployment", value: "blue" }] }],
        backendRefs: [{ name: "credit--blue", port: 80 }],
        timeouts: { request: "10500ms" },
      },
      {
        matches: [{ path: { type: "PathPrefix", value: "/endpoints/ml/credit" }, headers: [{ type: "Exact", name: "azureml-model-deployment", value: "green" }] }],
        backendRefs: [{ name: "credit--green", port: 80 }],
        timeouts: { request: "10500ms" },
      },
      {
        matches: [{ path: { type: "PathPrefix", value: "/endpoints/ml/credit" } }],
        backendRefs: [
          { name: "credit--blue", port: 80, weight: 90 },
          { name: "credit--green", port: 80, weight: 10 },
        ],
        timeouts: { request: "10500ms" },
      },
    ]);
  });

  it("leave a deployment at 0 out of the weights, and keep its header", () => {
    const over = { deployments: two, traffic: { blue: 100, green: 0 } };
    expect(weighted(over).backendRefs).toEqual([{ name: "credit--blue", port: 80, weight: 100 }]);
    expect(rules(over)).toHaveLength(3);
  });

  it.each([{}, { blue: 0 }, { blue: 0, green: 0 }])("are headers alone without traffic: %j", (traffic) => {
    expect(rules({ deployments: two, traffic })).toHaveLength(2);
    expect(weighted({ deployments: two, traffic })).toBeUndefined();
  });

  it("stand under the hostname", () => {
    const made = plan(args({ kubernetes: { hostname: "credit.example.com" } }));
    expect(inputs(made, "route").spec.hostnames).toEqual(["credit.example.com"]);
    expect(inputs(made, "route").spec.rules[0].matches[0].path).toEqual({ type: "PathPrefix", value: "/" });
    expect(inputs(plan(), "route").spec).not.toHaveProperty("hostnames");
  });
});

describe("mirror", () => {
  it("copies a percent of the weighted rule's requests, and none of named calls", () => {
    const made = rules({ deployments: two, mirrorTraffic: { green: 10 } });
    expect(made[2].filters).toEqual([{ type: "RequestMirror", requestMirror: { backendRef: { name: "credit--green", port: 80 }, percent: 10 } }]);
    expect(made[0]).not.toHaveProperty("filters");
    expect(made[1]).not.toHaveProperty("filters");
  });

  it("is off at 0", () => expect(weighted({ deployments: two, mirrorTraffic: { green: 0 } })).not.toHaveProperty("filters"));
});

describe("routes", () => {
  it("are one for 15 deployments", () => {
    const made = plan(args({ deployments: many(15), traffic: { "day-0": 100 } }));
    expect(made.resources.filter(({ role }) => role === "route")).toHaveLength(1);
    expect(inputs(made, "route").spec.rules).toHaveLength(16);
  });

  it("are two for 17, the weighted rule in the first, every name in one", () => {
    const over = { deployments: many(17), traffic: { "day-16": 100 } };
    const made = plan(args(over));
    const routes = made.resources.filter(({ role }) => role === "route");
    expect(routes.map(({ id, logicalName }) => [id, logicalName])).toEqual([
      ["route", "credit-route"],
      ["route:2", "credit-route-2"],
    ]);
    expect(routes.map(({ id }) => inputs(made, id).metadata.name)).toEqual(["credit", "credit--2"]);
    expect(routes.map(({ id }) => inputs(made, id).spec.rules.length)).toEqual([16, 2]);
    const named = routes.flatMap(({ id }) => inputs(made, id).spec.rules.flatMap((rule: any) => rule.matches[0].headers?.[0].value ?? []));
    expect(named).toEqual(Object.keys(over.deployments));
    expect(weighted(over).backendRefs).toEqual([{ name: "credit--day-16", port: 80, weight: 100 }]);
    expect(routes[1]?.options.dependsOn).toEqual(routes[0]?.options.dependsOn);
  });

  it("hold at most 16 rules for 20 deployments without traffic", () => {
    const made = plan(args({ deployments: many(20), traffic: {} }));
    expect(made.resources.filter(({ role }) => role === "route").map(({ id }) => inputs(made, id).spec.rules.length)).toEqual([15, 5]);
  });
});

describe("timeouts", () => {
  const slow = { ...MODEL, requestSettings: { requestTimeoutMs: 60_000, maxQueueWaitMs: 0 } };

  it("are a deployment's own in its rule, and the longest of the live ones in the weighted rule", () => {
    const over = { deployments: { ...two, slow }, traffic: { blue: 50, slow: 50 } };
    expect(rules(over).map((rule) => rule.timeouts.request)).toEqual(["10500ms", "10500ms", "65000ms", "65000ms"]);
    expect(weighted({ deployments: { ...two, slow }, traffic: { blue: 100, slow: 0 } }).timeouts).toEqual({ request: "10500ms" });
  });

  it("are left out where the gateway takes none", () => {
    const gateway = { ...GATEWAY, implementation: "gke" };
    for (const rule of rules({ target: { ...TARGET, gateway } })) expect(rule).not.toHaveProperty("timeouts");
  });

  it.each([
    [0, "0ms"],
    [10_500, "10500ms"],
    [99_999, "99999ms"],
    [100_000, "1m40s"],
    [305_500, "5m5s500ms"],
    [3_600_000, "1h"],
    [2 ** 31, "596h31m23s648ms"],
  ])("are written as the Gateway API takes them: %i", (value, written) => {
    expect(milliseconds(value)).toBe(written);
    expect(written).toMatch(/^([0-9]{1,5}(h|m|s|ms)){1,4}$/);
  });
});

describe("the table of gateways", () => {
  it("knows every implementation, with a source", () => {
    expect(Object.keys(GATEWAYS).toSorted()).toEqual([...IMPLEMENTATIONS].toSorted());
    for (const { source } of Object.values(GATEWAYS)) expect(source).not.toBe("");
  });

  it("is that of the conformance reports", () => {
    const can = (feature: GatewayFeature): string[] => IMPLEMENTATIONS.filter((name) => GATEWAYS[name].features.includes(feature));
    expect(can("HTTPRouteRequestPercentageMirror")).toEqual(["envoy-gateway", "istio", "agentgateway", "kgateway", "cilium", "nginx-gateway-fabric", "gke"]);
    expect(can("HTTPRouteRequestMirror")).toEqual(["envoy-gateway", "istio", "agentgateway", "kgateway", "cilium", "nginx-gateway-fabric", "gke", "contour", "gloo"]);
    expect(can("HTTPRouteRequestTimeout")).toEqual(["envoy-gateway", "istio", "agentgateway", "kgateway", "cilium", "contour", "airlock"]);
  });
});

describe("an implementation that is not in the table", () => {
  const other = (supports: readonly string[]): object => ({ target: { ...TARGET, gateway: { ...GATEWAY, implementation: { supports } } } });

  it("has the features that the program says", () => {
    expect(rules(other(["HTTPRouteRequestTimeout"]))[0].timeouts).toEqual({ request: "10500ms" });
    expect(rules(other([]))[0]).not.toHaveProperty("timeouts");
  });
});

describe("what the provider waits for", () => {
  const waits = (id: string, over: object = {}): string[] => JSON.parse(inputs(plan(args(over)), id).metadata.annotations["pulumi.com/waitFor"]);

  it("is that a Gateway has accepted this generation of the route and found what it refers to", () => {
    expect(waits("route")).toEqual([
      `jsonpath={$[?@.parents[?@.conditions[?(@.type=="Accepted" || @.type=="ResolvedRefs") && @.status=="False"]], 'kind']}=HTTPRoute`,
      'jsonpath={.status.parents[?@.conditions[?@.type=="Accepted" && @.status=="True" && @.observedGeneration==$.metadata.generation]]}',
      'jsonpath={.status.parents[?@.conditions[?@.type=="ResolvedRefs" && @.status=="True" && @.observedGeneration==$.metadata.generation]]}',
    ]);
  });

  it("is not that a Service of another program is there, which may come later", () => {
    expect(waits("route", { deployments: { blue: MODEL, green: "external" } })).toEqual([
      `jsonpath={$[?@.parents[?@.conditions[?(@.type=="Accepted") && @.status=="False"]], 'kind']}=HTTPRoute`,
      'jsonpath={.status.parents[?@.conditions[?@.type=="Accepted" && @.status=="True" && @.observedGeneration==$.metadata.generation]]}',
    ]);
  });

  it("is that a class has accepted the Gateway that is made", () => {
    const gateway = { create: { className: "eg", hostname: "models.example.com", tls: { secretName: "cert" } }, implementation: "envoy-gateway" };
    expect(waits("gateway", { target: { ...TARGET, gateway } })).toEqual([
      `jsonpath={$[?@.conditions[?@.type=="Accepted" && @.status=="False"], 'kind']}=Gateway`,
      'jsonpath={.status.conditions[?@.type=="Accepted" && @.status=="True" && @.observedGeneration==$.metadata.generation]}',
    ]);
  });

  it("ends in two minutes", () => expect(inputs(plan(), "route").metadata.annotations["pulumi.com/timeoutSeconds"]).toBe("120"));
});
