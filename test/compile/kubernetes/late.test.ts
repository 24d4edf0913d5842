import { describe, expect, it } from "vitest";
import { compileEndpoint } from "../../../lib/compile/kubernetes/endpoint.ts";
import { CONFIG } from "../../../lib/compile/kubernetes/pod.ts";
import { verdict } from "../../../lib/compile/kubernetes/verdict.ts";
import { Concat, Hash } from "../../../lib/model/late.ts";
import type { Plan } from "../../../lib/model/plan.ts";
import { args, bundle, find, MODEL, onnxFor, parse, plan, pod, TARGET } from "./support.ts";

/** A value that nobody may look into. `isLate` knows it by its mark, as it knows an Output. */
class Late {
  readonly __pulumiOutput = true;
  readonly #name: string;
  constructor(name: string) {
    this.#name = name;
  }
  toString(): never {
    throw new Error(`somebody looked into ${this.#name}`);
  }
  toJSON(): never {
    throw new Error(`somebody looked into ${this.#name}`);
  }
  valueOf(): never {
    throw new Error(`somebody looked into ${this.#name}`);
  }
}

const made = new Map<string, Late>();
const late = (name: string): Late => {
  const value = made.get(name) ?? new Late(name);
  made.set(name, value);
  return value;
};

const block = {
  scoringImage: late("image"),
  resources: { requests: { cpu: late("cpu") } },
  nodeSelector: { pool: late("pool") },
  affinity: { nodeAffinity: { term: late("affinity") } },
  priorityClassName: late("priority"),
  podLabels: { team: late("podLabel") },
  podAnnotations: { note: late("podAnnotation") },
  serviceAccount: { annotations: { client: late("client") } },
  imagePullSecrets: [late("pullSecret")],
};
const everything = args({
  target: { type: "kubernetes", namespace: late("namespace"), scoringImage: late("unused"), gateway: { name: late("gateway"), namespace: late("gateways"), implementation: "istio", listener: late("listener"), url: late("url") } },
  description: late("description"),
  tags: { team: late("tag") },
  auth: { keys: { primaryKey: late("primary"), secondaryKey: late("secondary") } },
  deployments: { blue: { ...MODEL, description: late("about"), tags: { tier: late("tier") }, environmentVariables: { TOKEN: late("token") }, kubernetes: block } },
});

const compile = (given: object): Plan => {
  const endpoint = parse<Late>(given);
  expect(verdict(endpoint, onnxFor(endpoint)).problems).toEqual([]);
  return compileEndpoint(endpoint, onnxFor(endpoint));
};

/** Every late value in a plan, nodes included. */
const found = (value: unknown): Late[] => {
  if (value instanceof Late) return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(found) : [];
};

describe("late values", () => {
  it("all arrive, and nothing looks inside", () => {
    const arrived = new Set(found(compile(everything)));
    const missing = [...made].filter(([, value]) => !arrived.has(value)).map(([name]) => name);
    expect(missing).toEqual(["unused"]);
  });

  it("arrive in the Gateway, the hostname and the Secret that exist", () => {
    const create = { className: late("class"), hostname: late("listenerHost"), tls: { secretName: late("certificate") } };
    const target = { ...TARGET, namespace: late("namespace"), gateway: { create, implementation: "istio" } };
    const given = args({ target, kubernetes: { hostname: late("hostname") }, auth: { existingSecret: late("secret") }, deployments: { blue: { ...MODEL, kubernetes: { serviceAccount: { name: late("account") } } } } });
    const arrived = new Set(found(compile(given)));
    const missing = ["class", "listenerHost", "certificate", "hostname", "secret", "account"].filter((name) => !arrived.has(late(name)));
    expect(missing).toEqual([]);
  });

  it("arrive in models, secrets, collected data and what watches", () => {
    const monitoring = { prometheusUrl: late("prometheus"), podMonitor: true, dashboard: true, labels: { release: late("release") }, runbookUrl: late("runbook") };
    const route = { path: "/", port: 80 };
    const deployments = {
      image: { model: { image: late("modelImage") }, environmentVariables: { DB: { secret: late("variableSecret"), key: "k" } }, dataCollector: { collections: {} }, kubernetes: { collectedData: { url: late("collectorUrl") } } },
      claim: { model: { claim: late("modelClaim"), path: "wine" }, autoscale: { maxInstances: 2, rules: [{ metric: "requestsQueued", target: 1 }] }, kubernetes: { volumes: [{ name: "data", emptyDir: {} }], volumeMounts: [{ name: "data", mountPath: "/data", subPath: late("subPath") }] } },
      custom: { environment: { image: late("customImage"), inferenceConfig: { livenessRoute: route, readinessRoute: route, scoringRoute: route } }, dataCollector: { collections: {} }, kubernetes: { collectedData: { claim: late("collectedClaim") } } },
    };
    const endpoint = parse<Late>(args({ target: { ...TARGET, namespace: late("namespace"), monitoring }, alerts: { latency: { above: 1 } }, deployments, traffic: {} }));
    expect(verdict(endpoint, {}).problems).toEqual([]);
    const arrived = new Set(found(compileEndpoint(endpoint, {})));
    const names = ["prometheus", "release", "runbook", "modelImage", "variableSecret", "collectorUrl", "modelClaim", "subPath", "customImage", "collectedClaim", "namespace"];
    expect(names.filter((name) => !arrived.has(late(name)))).toEqual([]);
  });

  it("arrive in who may call, and in the policies of network and gateway", () => {
    const gateway = { name: "public", namespace: "gateways", implementation: "envoy-gateway", url: "https://x", dataPlane: { namespace: late("proxies"), podLabels: { app: late("proxy") } } };
    const target = { ...TARGET, gateway, metricsFrom: { namespace: late("monitoring") } };
    const aad = { tenantId: late("tenant"), audience: late("audience"), allowedClientIds: [late("clientId")], roles: [late("role")], enforce: "gateway" };
    const aml = { callers: [{ namespace: late("shop"), serviceAccount: late("checkout") }] };
    const arrived = new Set([...found(compile(args({ target, authMode: "aad_token", auth: aad }))), ...found(compile(args({ authMode: "aml_token", auth: aml })))]);
    const names = ["proxies", "proxy", "monitoring", "tenant", "audience", "clientId", "role", "shop", "checkout"];
    expect(names.filter((name) => !arrived.has(late(name)))).toEqual([]);
  });

  it("are joined in the path, for the route and for the front alike", () => {
    const compiled = compile(everything);
    const path = new Concat(["/endpoints/", late("namespace"), "/", "credit"]);
    const spec = find(compiled, "route").inputs["spec"] as any;
    expect(spec.rules[0].matches[0].path.value).toEqual(path);
    const { args: flags } = (find(compiled, "deployment:blue").inputs["spec"] as any).template.spec.containers[0];
    expect(flags.slice(-2)).toEqual(["--path-prefix", path]);
  });

  it("are hashed with the configuration", () => {
    const { annotations } = (find(compile(everything), "deployment:blue").inputs["spec"] as any).template.metadata;
    const hash = annotations[CONFIG] as Hash<Late>;
    expect(hash).toBeInstanceOf(Hash);
    expect(hash.parts.filter((part) => part instanceof Late)).toEqual([late("image"), late("token")]);
  });
});

describe("the hash of the configuration", () => {
  const of = (over: object = {}, assets?: Parameters<typeof plan>[1]): string => pod(plan(args({ deployments: { blue: { ...MODEL, ...over } } }), assets)).metadata.annotations["inference-endpoints/config"];
  const before = of();

  it("is twelve characters, and the same for the same", () => {
    expect(before).toMatch(/^[0-9a-f]{12}$/);
    expect(of()).toBe(before);
  });
  it("changes with a value", () => expect(of({ environmentVariables: { A: "1" } })).not.toBe(of({ environmentVariables: { A: "2" } })));
  it("changes with a name", () => expect(of({ environmentVariables: { A: "1" } })).not.toBe(of({ environmentVariables: { B: "1" } })));
  it("changes with the image", () => expect(of({ kubernetes: { scoringImage: "other" } })).not.toBe(before));
  it("changes with a file", () => expect(of({}, { blue: { model: bundle("model.onnx", { "model.onnx": "other" }, "file") } })).not.toBe(before));
  it("changes with the settings", () => expect(of({ requestSettings: { requestTimeoutMs: 1 } })).not.toBe(before));
  it("does not change with the count, nor with keys", () => {
    expect(of({ instanceCount: 5 })).toBe(before);
    const other = plan(args({ auth: { keys: { primaryKey: "p", secondaryKey: "s" } } }));
    expect(pod(other).metadata.annotations["inference-endpoints/config"]).toBe(before);
  });
});
