import { describe, expect, it } from "vitest";
import { milliseconds } from "../../../lib/compile/kubernetes/durations.ts";
import { GATEWAYS } from "../../../lib/compile/kubernetes/gateways.ts";
import { IMPLEMENTATIONS, type GatewayFeature } from "../../../lib/model/gateway.ts";
import { args, find, GATEWAY, inputs, MODEL, plan, rulesOf, TARGET } from "./support.ts";

const two = { blue: MODEL, green: MODEL };
const many = (count: number): Record<string, object> => Object.fromEntries(Array.from({ length: count }, (_, i) => [`day-${i}`, MODEL]));
const rules = (over: object): any[] => rulesOf(plan(args(over)));
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
    expect(inputs(made, "namedRoute:blue").spec).toMatchObject({ hostnames: ["credit.example.com"], rules: [{ matches: [{ path: { value: "/" } }] }] });
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
  const routes = (over: object): any[] => plan(args(over)).resources.filter(({ role }) => role === "route" || role === "namedRoute");

  it("are one for each name, whoever makes its deployment, and one for the weights; all are the endpoint's", () => {
    const deployments = { ...many(16), other: "external" };
    const made = routes({ deployments, traffic: { "day-15": 100 } });
    expect(made.map(({ deployment, id, inputs, logicalName, role }) => [role, id, deployment, logicalName, inputs.metadata.name])).toEqual([
      ...Object.keys(deployments).map((name) => ["namedRoute", `namedRoute:${name}`, undefined, `credit--${name}-route`, `credit--${name}`]),
      ["route", "route", undefined, "credit-route", "credit"],
    ]);
    expect(made.map(({ inputs }) => inputs.spec.rules.length)).toEqual(made.map(() => 1));
  });

  it("stay as they are when another deployment comes or goes, or another program takes it over", () => {
    const before = routes({ deployments: two, traffic: { blue: 100 } });
    const more = routes({ deployments: { aqua: MODEL, ...two }, traffic: { blue: 100 } });
    const taken = routes({ deployments: { blue: MODEL, green: "external" }, traffic: { blue: 100 } });
    const same = (wanted: string, made: any[]): any => made.find(({ id }) => id === wanted);
    for (const { id, inputs } of before) expect(same(id, more).inputs).toEqual(inputs);
    expect(more).toHaveLength(before.length + 1);
    const who = (made: any[]): unknown[] => made.map(({ deployment, id, inputs, logicalName }) => [deployment, id, logicalName, inputs.metadata.name]);
    expect(who(taken)).toEqual(who(before));
  });

  it("come after what they lead to, and the one of the weights after those of the names", () => {
    const made = plan(args({ deployments: { ...two, red: "external" }, traffic: { green: 100 } }));
    expect(find(made, "namedRoute:green").options.dependsOn).toEqual(["deployment:green", "service:green"]);
    expect(find(made, "namedRoute:red").options.dependsOn).toEqual([]);
    const services = ["deployment:blue", "service:blue", "deployment:green", "service:green"];
    expect(find(made, "route").options.dependsOn).toEqual([...services, "namedRoute:blue", "namedRoute:green", "namedRoute:red"]);
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
    const taken = [
      `jsonpath={$[?@.parents[?@.conditions[?(@.type=="Accepted") && @.status=="False"]], 'kind']}=HTTPRoute`,
      'jsonpath={.status.parents[?@.conditions[?@.type=="Accepted" && @.status=="True" && @.observedGeneration==$.metadata.generation]]}',
    ];
    const deployments = { blue: MODEL, green: "external" };
    expect(waits("namedRoute:green", { deployments })).toEqual(taken);
    expect(waits("route", { deployments, traffic: { blue: 90, green: 10 } })).toEqual(taken);
    expect(waits("route", { deployments, traffic: { blue: 100 }, mirrorTraffic: { green: 10 } })).toEqual(taken);
    // What names none of another program's waits as ever.
    expect(waits("route", { deployments, traffic: { blue: 100, green: 0 } })).toHaveLength(3);
    expect(waits("namedRoute:blue", { deployments })).toHaveLength(3);
    expect(waits("route", { deployments, traffic: { blue: 100 } })).toHaveLength(3);
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
