/** `doctor`: the Role of a program, and a cluster's gateway beside the program's. The cluster is a kubectl of ours. */
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { compareGateway, gatewayClass } from "../../lib/cli/compare-gateway.ts";
import { rulesOf } from "../../lib/cli/permissions.ts";
import { IMPLEMENTATIONS, type Gateway, type GatewayFeature } from "../../lib/model/gateway.ts";
import { args, MODEL, plan, TARGET } from "../compile/kubernetes/support.ts";
import { cli, files, folder, program, project, write } from "./support.ts";

const ALL = ["create", "delete", "get", "list", "patch", "watch"];
const READ = ["get", "list", "watch"];

describe("the Role", () => {
  test("allows what the provider does with each object, and what it watches until pods are ready", () => {
    expect(rulesOf([plan()])).toEqual([
      { apiGroups: [""], resources: ["configmaps", "secrets", "serviceaccounts", "services"], verbs: ALL },
      { apiGroups: [""], resources: ["endpoints", "persistentvolumeclaims", "pods"], verbs: READ },
      { apiGroups: ["apps"], resources: ["deployments"], verbs: ALL },
      { apiGroups: ["apps"], resources: ["replicasets"], verbs: READ },
      { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: READ },
      { apiGroups: ["gateway.networking.k8s.io"], resources: ["httproutes"], verbs: ALL },
      { apiGroups: ["networking.k8s.io"], resources: ["networkpolicies"], verbs: ALL },
      { apiGroups: ["policy"], resources: ["poddisruptionbudgets"], verbs: ALL },
    ]);
  });

  test("has nothing of Secrets where one exists, and a policy of the gateway where one is made", () => {
    const rules = rulesOf([plan(args({ auth: { existingSecret: "vault", enforce: "gateway" }, deployments: { blue: { ...MODEL, kubernetes: { serviceAccount: { name: "mine" } } } } }))]);
    const resources = rules.flatMap((rule) => rule.resources);
    expect(resources).not.toContain("secrets");
    expect(resources).not.toContain("serviceaccounts");
    expect(resources).toContain("securitypolicies");
  });

  test("names every kind as the API server does", () => {
    const create = { className: "eg", hostname: "models.example.com", tls: { secretName: "cert" } };
    const autoscale = (metric: string): object => ({ maxInstances: 3, rules: [{ metric, target: 50 }] });
    const resources = { requests: { cpu: "1" } };
    const monitoring = { prometheusUrl: "http://prometheus:9090", podMonitor: true, dashboard: true };
    const target = { ...TARGET, gateway: { create, implementation: "envoy-gateway" }, monitoring };
    const deployments = { blue: { ...MODEL, autoscale: autoscale("cpu"), kubernetes: { resources } }, green: { ...MODEL, autoscale: autoscale("requestsQueued") } };
    const rules = rulesOf([plan(args({ target, alerts: { latency: { above: 1 } }, deployments, traffic: {} }))]);
    const own = rules.filter(({ verbs }) => verbs.includes("create")).flatMap((rule) => rule.resources.map((resource) => `${resource}.${rule.apiGroups[0]}`));
    expect(own).toEqual([
      "configmaps.", "secrets.", "serviceaccounts.", "services.", "deployments.apps", "horizontalpodautoscalers.autoscaling", "gateways.gateway.networking.k8s.io", "httproutes.gateway.networking.k8s.io",
      "scaledobjects.keda.sh", "podmonitors.monitoring.coreos.com", "prometheusrules.monitoring.coreos.com", "networkpolicies.networking.k8s.io", "poddisruptionbudgets.policy",
    ]);
  });

  test("is printed for each namespace, without a cluster", async () => {
    const root = project({ ...files, "index.ts": program("{}") });
    const { code, out } = await cli(root, ["doctor", "--permissions"]);
    expect(code).toBe(0);
    const [role] = parseAllDocuments(out).map((document) => document.toJS() as { kind: string; metadata: object; rules: unknown[] });
    expect(role).toMatchObject({ kind: "Role", metadata: { name: "shop-pulumi", namespace: expect.any(String) } });
    expect(role?.rules.length).toBeGreaterThan(5);
  });
});

describe("a comparison", () => {
  const gateway = (implementation: Gateway<string>["implementation"]): Gateway<string> => ({ kind: "existing", name: "public", namespace: "gateways", implementation });
  const found = (features: readonly unknown[] | undefined) =>
    gatewayClass.parse({ metadata: { name: "eg" }, spec: { controllerName: "example.com/controller" }, status: features === undefined ? undefined : { supportedFeatures: features } });
  const compared = (implementation: Gateway<string>["implementation"], features: readonly unknown[] | undefined, asked: readonly GatewayFeature[] = []) => compareGateway(gateway(implementation), found(features), asked);
  const every = ["HTTPRouteRequestMirror", "HTTPRouteRequestPercentageMirror", "HTTPRouteRequestTimeout"];

  test("agrees", () => {
    expect(compared("envoy-gateway", every.map((name) => ({ name }))).isWrong).toBe(false);
    expect(compared("envoy-gateway", every).lines).toEqual(["class eg, controller example.com/controller", ...every.map((name) => `  ${name}: the cluster says yes, "envoy-gateway" yes`)]);
  });
  test("is wrong where the route asks for what is not there", () => {
    const { isWrong, lines } = compared("envoy-gateway", every.slice(0, 1), ["HTTPRouteRequestTimeout"]);
    expect(isWrong).toBe(true);
    expect(lines).toContain('  HTTPRouteRequestTimeout: the cluster says no, "envoy-gateway" yes - a route asks for it, and will not get it');
    expect(lines).toContain('  HTTPRouteRequestPercentageMirror: the cluster says no, "envoy-gateway" yes - nothing asks for it');
    expect(lines.at(-1)).toBe('  write implementation: { supports: ["HTTPRouteRequestMirror"] }, or the implementation that really runs it');
  });
  test("names what is there and not used", () => {
    const { isWrong, lines } = compared("traefik", every);
    expect(isWrong).toBe(false);
    expect(lines[1]).toBe('  HTTPRouteRequestMirror: the cluster says yes, "traefik" no - not used, because the program does not say that it is there');
  });
  test.each([undefined, []])("knows nothing of a class that reports %j", (features) =>
    expect(compared("gke", features)).toEqual({
      lines: ['class eg, controller example.com/controller: it does not say what it supports; the program says "gke" HTTPRouteRequestMirror, HTTPRouteRequestPercentageMirror'],
      isWrong: false,
    }));
  test("is made of every implementation", () => expect(IMPLEMENTATIONS.map((name) => compared(name, every).lines.length >= 4)).not.toContain(false));
});

describe("a cluster", () => {
  /** A kubectl that answers with these objects, and notes how it was called. */
  const kubectl = (answers: Readonly<Record<string, object>>): string => {
    const place = folder();
    write(place, "kubectl", `#!${process.execPath}\nconst { appendFileSync } = require("node:fs");\nconst args = process.argv.slice(2);\nappendFileSync(${JSON.stringify(join(place, "calls"))}, args.join(" ") + "\\n");\nconst answer = ${JSON.stringify(answers)}[args[args.indexOf("get") + 1]];\nif (answer === undefined) { console.error("Error from server (NotFound): not found"); process.exit(1); }\nconsole.log(JSON.stringify(answer));\n`);
    chmodSync(join(place, "kubectl"), 0o755);
    return place;
  };
  const root = (): string => project({ ...files, "index.ts": program("{}") });
  const className = { "gateways.gateway.networking.k8s.io": { spec: { gatewayClassName: "eg" } } };
  const withClass = (supportedFeatures: readonly string[]): Readonly<Record<string, object>> => ({
    ...className,
    "gatewayclasses.gateway.networking.k8s.io": { metadata: { name: "eg" }, spec: { controllerName: "c" }, status: { supportedFeatures } },
  });
  const path = (first: string): Record<string, string> => ({ PATH: `${first}:${process.env["PATH"]}` });

  test("is asked for the class of the program's Gateway", async () => {
    const place = kubectl(withClass(["HTTPRouteRequestTimeout"]));
    const { code, out } = await cli(root(), ["doctor", "--context", "prod"], path(place));
    expect(out).toContain("class eg, controller c");
    expect(code).toBe(0);
  });
  test("that lacks what the route asks for ends with 1", async () => {
    const { code, out } = await cli(root(), ["doctor"], path(kubectl(withClass(["HTTPRouteRequestMirror"]))));
    expect({ code, out }).toEqual({ code: 1, out: expect.stringContaining("a route asks for it, and will not get it") });
  });
  test("without the Gateway, and a machine without kubectl, are said", async () => {
    expect(await cli(root(), ["doctor"], path(kubectl({})))).toMatchObject({ code: 1, err: expect.stringContaining("kubectl cannot read gateways.gateway.networking.k8s.io") });
    expect(await cli(root(), ["doctor"], { PATH: "/nowhere" })).toMatchObject({ code: 1, err: expect.stringContaining("kubectl, which is not installed") });
  });
});

