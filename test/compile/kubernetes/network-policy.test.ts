/** Who reaches the pods behind each gateway, and whom they reach, computed from the compiled objects by the specification. */
import type { INetworkPolicy } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicy";
import { describe, expect, it } from "vitest";
import { IMPLEMENTATIONS } from "../../../lib/model/gateway.ts";
import { DESTINATIONS, SOURCES } from "./network-ends.ts";
import { entersPod, leavesPod, type Connection, type End } from "./network-evaluator.ts";
import { args, find, GATEWAY, inputs, judge, MODEL, plan, pod, TARGET, text } from "./support.ts";

const policiesOf = (over: object): { readonly policies: INetworkPolicy[]; readonly blue: End } => {
  const made = plan(args(over));
  const policies = made.resources.filter(({ role }) => role === "networkPolicy").map((resource) => text(resource.inputs) as INetworkPolicy);
  return { policies, blue: { namespace: "ml", labels: pod(made).metadata.labels } };
};

const target = (gateway: object, over: object = {}): object => ({ target: { ...TARGET, gateway: { ...GATEWAY, ...gateway }, ...over } });

/** Those who reach the container's port, and how many reach another. */
const allowed = (over: object): string[] => {
  const { blue, policies } = policiesOf(over);
  const enters = (port: number): string[] => Object.keys(SOURCES).filter((name) => entersPod(policies, blue, SOURCES[name] as End, { port }));
  const names = enters(5001);
  const isLimited = policies.some(({ spec }) => spec?.policyTypes?.includes("Ingress"));
  expect(enters(9000)).toEqual(isLimited ? [] : names);
  return names.length === Object.keys(SOURCES).length ? ["everybody"] : names;
};

const metricsFrom = { namespace: "monitoring", podLabels: { "app.kubernetes.io/name": "prometheus" } };

describe("who reaches the pods", () => {
  it("is the data plane of each implementation, where it is known", () => {
    const table = IMPLEMENTATIONS.map((implementation) => `${implementation}: ${allowed(target({ implementation })).join(", ")}`);
    expect(table).toMatchInlineSnapshot(`
      [
        "envoy-gateway: Envoy Gateway's proxy",
        "istio: this Gateway's proxy",
        "agentgateway: this Gateway's proxy",
        "kgateway: this Gateway's proxy",
        "cilium: everybody",
        "nginx-gateway-fabric: this Gateway's proxy",
        "gke: everybody",
        "contour: everybody",
        "traefik: everybody",
        "aws-load-balancer-controller: everybody",
        "kong: everybody",
        "airlock: everybody",
        "haproxy-ingress: everybody",
        "gloo: everybody",
        "application-gateway-for-containers: everybody",
      ]
    `);
  });

  it("is who the program says, whatever the implementation", () => {
    expect(allowed(target({ implementation: "gke", dataPlane: { cidrs: ["10.0.0.0/8", "fd00::/8"] } }))).toEqual(["a load balancer"]);
    expect(allowed(target({ dataPlane: { namespace: "gateways" } }))).toEqual(["this Gateway's proxy", "another Gateway's proxy"]);
    expect(allowed(target({ implementation: { supports: [] }, dataPlane: { namespace: "other", podLabels: { a: "b" } } }))).toEqual([]);
  });

  it("is everybody behind an implementation that nobody knows", () => expect(allowed(target({ implementation: { supports: [] } }))).toEqual(["everybody"]));

  it("is the reader of metrics too", () => expect(allowed(target({}, { metricsFrom }))).toEqual(["Envoy Gateway's proxy", "Prometheus"]));

  it("is the proxy of the Gateway that is made, in the endpoint's namespace", () => {
    const gateway = { create: { className: "istio", hostname: "models.example.com", tls: { secretName: "cert" } }, implementation: "istio" };
    const { blue, policies } = policiesOf({ target: { ...TARGET, gateway } });
    const proxy = (name: string): End => ({ namespace: "ml", labels: { "gateway.networking.k8s.io/gateway-name": name } });
    expect([proxy("credit"), proxy("other")].map((from) => entersPod(policies, blue, from, { port: 5001 }))).toEqual([true, false]);
  });

  it.each([
    [8080, 5001],
    [5001, 5002],
  ])("is nobody at a custom container's own port %d, only at its front's, %d", (own, front) => {
    const route = { path: "/", port: own };
    const environment = { image: "mine:1", inferenceConfig: { livenessRoute: route, readinessRoute: route, scoringRoute: route } };
    const over = { ...target({}, { metricsFrom }), deployments: { blue: { environment } } };
    const { blue, policies } = policiesOf(over);
    const enters = (port: number): string[] => Object.keys(SOURCES).filter((name) => entersPod(policies, blue, SOURCES[name] as End, { port }));
    expect([front, own].map(enters)).toEqual([["Envoy Gateway's proxy", "Prometheus"], []]);
    const made = plan(args(over));
    expect(inputs(made, "service:blue").spec.ports[0].targetPort).toBe(front);
    expect(pod(made).spec.initContainers.at(-1).ports).toEqual([{ containerPort: front, name: "http", protocol: "TCP" }]);
  });

  it("is judged for each deployment alone", () => {
    const made = plan(args({ deployments: { blue: MODEL, green: MODEL } }));
    expect(["blue", "green"].map((name) => inputs(made, `networkPolicy:${name}`).spec.podSelector.matchLabels["app.kubernetes.io/instance"])).toEqual(["credit--blue", "credit--green"]);
    expect(find(made, "deployment:blue").options.dependsOn).toContain("networkPolicy:blue");
  });
});

describe("a preview", () => {
  const notes = (gateway: object, over: object = {}): readonly string[] => plan(args(target(gateway, over))).notes;

  it("says where everybody reaches the pods", () => {
    expect(notes({ implementation: "gke" })).toEqual([
      'no NetworkPolicy limits who reaches the pods: of "gke" its requests come from no pods, but from addresses of the network; say where in target.gateway.dataPlane, { namespace, podLabels } or { cidrs }',
    ]);
    expect(notes({ implementation: "cilium" }, { metricsFrom })[0]).toMatch(/an identity of its own.*; target\.metricsFrom is let in as everybody is$/);
  });
  it("says nothing where a policy is made", () => {
    expect(notes({})).toEqual([]);
    expect(notes({ implementation: "gke", dataPlane: { cidrs: ["10.0.0.0/8"] } })).toEqual([]);
  });
});

describe("whom the pods reach", () => {
  const reached = (deployment: object, over: object = {}): string[] => {
    const { blue, policies } = policiesOf({ ...over, deployments: { blue: { ...MODEL, ...deployment } } });
    return Object.keys(DESTINATIONS).filter((name) => {
      const [end, connection] = DESTINATIONS[name] ?? [];
      return leavesPod(policies, blue, end as End, connection as Connection);
    });
  };
  const closed = (egressAllow: readonly object[]): object => ({ egressPublicNetworkAccess: "disabled", kubernetes: { egressAllow } });

  it.each([{}, { egressPublicNetworkAccess: "enabled" }])("is everybody by default: %j", (deployment) => expect(reached(deployment)).toEqual(Object.keys(DESTINATIONS)));
  it("is nobody where it is disabled, not even for a name", () => expect(reached(closed([]))).toEqual([]));
  it("is what is allowed, and then DNS", () => {
    expect(reached(closed([{ cidr: "10.1.2.3/32", ports: [5432] }]))).toEqual(["a database", "DNS"]);
    expect(reached(closed([{ cidr: "10.1.0.0/16", protocol: "UDP", ports: [123] }]))).toEqual(["a time server", "DNS"]);
    expect(reached(closed([{ cidr: "0.0.0.0/0" }]))).toEqual(["a database", "its neighbour's port", "a time server", "the world", "DNS"]);
  });
  it("is closed without an ingress policy too", () => {
    const over = target({ implementation: "gke" });
    expect(reached(closed([]), over)).toEqual([]);
    expect(allowed({ ...over, deployments: { blue: { ...MODEL, ...closed([]) } } })).toEqual(["everybody"]);
  });
});

describe("a reader of metrics that is not let in", () => {
  const warnings = (gateway: object, over: object): string[] => judge(args({ ...target(gateway, over), deployments: { blue: { ...MODEL, instanceCount: 2 } } })).warnings;
  const monitoring = { podMonitor: true };

  it("is warned of where a policy is made", () => {
    expect(warnings({}, { monitoring })).toEqual([
      "target.metricsFrom: target.monitoring has Prometheus read /metrics, and the NetworkPolicy lets in the gateway alone: say where it runs, { namespace, podLabels }, or have a NetworkPolicy of your own",
    ]);
    expect(warnings({ implementation: "gke", dataPlane: { cidrs: ["10.0.0.0/8"] } }, { monitoring })).toHaveLength(1);
  });
  it("is not where it is let in, where everybody is, and where nobody reads", () => {
    expect(warnings({}, { metricsFrom, monitoring })).toEqual([]);
    expect(warnings({ implementation: "cilium" }, { monitoring })).toEqual([]);
    expect(warnings({}, {})).toEqual([]);
  });
});

describe("what is refused", () => {
  const blue = (over: object): string[] => judge(args({ deployments: { blue: { ...MODEL, instanceCount: 2, ...over } } })).problems;
  const closed = (over: object): string[] => blue({ egressPublicNetworkAccess: "disabled", ...over });
  const line = (path: string, what: string): string =>
    `deployments.blue.egressPublicNetworkAccess: ${what}, which "${path}" asks for, needs a way out: allow it in kubernetes.egressAllow, [{ cidr, ports }]`;

  it.each([
    ["OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318", "the export of traces"],
    ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://c:4318", "the export of traces"],
    ["AML_APP_INSIGHTS_ENABLED", "true", "Application Insights"],
  ])("is a variable %s of pods without a way out", (variable, value, what) => {
    expect(closed({ environmentVariables: { [variable]: value } })).toEqual([line(`environmentVariables.${variable}`, what)]);
    expect(closed({ environmentVariables: { [variable]: value }, kubernetes: { egressAllow: [{ cidr: "10.0.0.0/8" }] } })).toEqual([]);
    expect(blue({ environmentVariables: { [variable]: value } })).toEqual([]);
  });
  it.each([["OTEL_EXPORTER_OTLP_ENDPOINT", ""], ["AML_APP_INSIGHTS_ENABLED", "false"]])("is not one that is off: %s=%j", (variable, value) =>
    expect(closed({ environmentVariables: { [variable]: value } })).toEqual([]));
  it("is a variable that stands in a Secret, whatever it is", () =>
    expect(closed({ environmentVariables: { OTEL_EXPORTER_OTLP_ENDPOINT: { secret: "otel", key: "endpoint" } } })).toEqual([line("environmentVariables.OTEL_EXPORTER_OTLP_ENDPOINT", "the export of traces")]));
  it.each(["https://x/m.onnx", "s3://models/wine/"])("is the address of a model, %s", (path) => {
    const model = { path, type: "mlflow_model" };
    expect(closed({ model })).toEqual([line("model.path", "the download of the model")]);
    expect(closed({ model, kubernetes: { egressAllow: [{ cidr: "10.0.0.0/8" }] } })).toEqual([]);
  });
  it.each([{ model: { claim: "models", path: "m.onnx" } }, { model: { image: "m:1", path: "/m.onnx", mount: "copy" } }])("is not a model that the cluster brings: %j", (over) => expect(closed(over)).toEqual([]));
  it("are the keys that tokens are checked with", () => {
    const closed = { egressPublicNetworkAccess: "disabled", instanceCount: 2 };
    const problems = (authMode: string, auth: object, kubernetes: object): string[] => judge(args({ authMode, auth, deployments: { blue: { ...MODEL, ...closed, kubernetes } } })).problems;
    const modes = [
      ["aml_token", { callers: [{ namespace: "shop", serviceAccount: "checkout" }] }, "the look-up of the cluster's keys at its API server"],
      ["aad_token", { tenantId: "11111111-2222-3333-4444-555555555555", audience: "api://credit", roles: ["Score"] }, "the look-up of the tenant's keys at Microsoft Entra"],
    ] as const;
    for (const [mode, auth, what] of modes) {
      expect(problems(mode, auth, {})).toEqual([line("authMode", what)]);
      expect(problems(mode, auth, { egressAllow: [{ cidr: "10.0.0.1/32", ports: [443] }] })).toEqual([]);
    }
    expect(problems("key", {}, {})).toEqual([]);
  });
  it("is an address that collected data goes to, and no volume", () => {
    const collected = (collectedData: object, also: object = {}): object => ({ dataCollector: { collections: { request: {} } }, kubernetes: { collectedData, ...also } });
    expect(closed(collected({ url: "https://sink.example.com" }))).toEqual([line("kubernetes.collectedData.url", "the sending of collected data")]);
    expect(closed(collected({ url: "https://sink.example.com" }, { egressAllow: [{ cidr: "10.0.0.0/8" }] }))).toEqual([]);
    expect(closed(collected({ claim: "data" }))).toEqual([]);
  });
  it("are ways out of pods that have all", () =>
    expect(blue({ kubernetes: { egressAllow: [{ cidr: "10.0.0.0/8" }] } })).toEqual([
      'deployments.blue.kubernetes.egressAllow: it opens ways out of pods that have none: write egressPublicNetworkAccess: "disabled", or leave it out',
    ]));
});
