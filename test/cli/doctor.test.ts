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
    expect(rulesOf(plan().resources)).toEqual([
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
    const rules = rulesOf(plan(args({ auth: { existingSecret: "vault", enforce: "gateway" }, deployments: { blue: { ...MODEL, kubernetes: { serviceAccount: { name: "mine" } } } } })).resources);
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
    const rules = rulesOf(plan(args({ target, alerts: { latency: { above: 1 } }, deployments, traffic: {} })).resources);
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
    expect(out).toContain("\n# Of the program as it is: to take the last object of a kind out of it, keep the Role from before until that is done.\n");
  });
});

/** A batch endpoint of a model and of a pipeline. */
const BATCH = `
import { Endpoint, kubernetes } from "inference-endpoints";
const blue = { model: { path: "./model" }, codeConfiguration: { code: "./code", scoringScript: "score.py" } };
const steps = { score: { type: "parallel", ...blue, inputs: { data: "\${{parent.inputs.raw}}" }, outputs: { scores: "\${{parent.outputs.scores}}" } } };
export const night = new Endpoint("night", {
  kind: "batch",
  target: kubernetes({ namespace: "ml", jobsNamespace: "ml-jobs", scoringImage: "scoring:1", gateway: { name: "g", namespace: "gw", implementation: "envoy-gateway", url: "https://models.example.com" } }),
  deployments: { blue, steps: { type: "pipeline", job: { inputs: { raw: { type: "uri_folder" } }, outputs: { scores: { type: "uri_folder" } }, jobs: steps } } },
  kubernetes: { jobsClaim: "outputs" },
});
`;

test("the Role of a batch endpoint is for the namespace of its jobs, and has what its service and its steps are given", async () => {
  const { code, err, out } = await cli(project({ ...files, "index.ts": BATCH }), ["doctor", "--permissions"]);
  expect([code, err]).toEqual([0, ""]);
  const roles = parseAllDocuments(out).map((document) => document.toJS() as { metadata: { namespace: string }; rules: { apiGroups: string[]; resources: string[]; verbs: string[] }[] });
  expect(roles.map(({ metadata }) => metadata.namespace)).toEqual(["ml-jobs"]);
  const may = (group: string, resource: string): readonly string[] => roles[0]?.rules.filter(({ apiGroups, resources }) => apiGroups.includes(group) && resources.includes(resource)).flatMap(({ verbs }) => verbs) ?? [];
  expect([may("argoproj.io", "workflows"), may("argoproj.io", "workflowtaskresults"), may("batch", "jobs"), may("", "pods/log")]).toEqual([["create", "delete", "list"], ["create", "patch"], ["create", "delete", "list"], ["get"]]);
  expect(may("rbac.authorization.k8s.io", "roles")).toEqual(ALL);
  expect(may("", "configmaps")).toEqual(["create", "delete", "get", "list", "patch", "update", "watch"]);
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
  test("is asked for Argo Workflows where jobs are Workflows, and nowhere else", async () => {
    const batch = project({ ...files, "index.ts": BATCH });
    const argo = (served: boolean): object => ({ "customresourcedefinitions.apiextensions.k8s.io": { spec: { versions: [{ name: "v1alpha1", served }] } } });
    const features = withClass(["HTTPRouteRequestTimeout"]);
    const there = await cli(batch, ["doctor"], path(kubectl({ ...features, ...argo(true) })));
    expect(there).toMatchObject({ code: 0, out: expect.stringContaining("Endpoint night: Argo Workflows is there, for jobs of steps; its controller must look after the namespace of the jobs") });
    const gone = await cli(batch, ["doctor"], path(kubectl(features)));
    expect(gone).toMatchObject({ code: 1, out: expect.stringContaining("Endpoint night: the cluster does not know workflows.argoproj.io, and jobs of steps are Workflows: install Argo Workflows 3.7, https://") });
    const old = await cli(batch, ["doctor"], path(kubectl({ ...features, ...argo(false) })));
    expect(old).toMatchObject({ code: 1, out: expect.stringContaining("the cluster does not serve workflows.argoproj.io/v1alpha1") });
    expect((await cli(root(), ["doctor"], path(kubectl(features)))).out).not.toContain("Argo");
  });
  test("without the Gateway, and a machine without kubectl, are said", async () => {
    expect(await cli(root(), ["doctor"], path(kubectl({})))).toMatchObject({ code: 1, err: expect.stringContaining("kubectl cannot read gateways.gateway.networking.k8s.io") });
    expect(await cli(root(), ["doctor"], { PATH: "/nowhere" })).toMatchObject({ code: 1, err: expect.stringContaining("kubectl, which is not installed") });
  });
});

