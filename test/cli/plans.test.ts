/** The pure parts: another target, placeholders, what is written. */
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { LATE } from "../../lib/cli/collected.ts";
import { fill } from "../../lib/cli/fill.ts";
import { shorten } from "../../lib/cli/plain-plan.ts";
import { printParts } from "../../lib/cli/print-plan.ts";
import { retarget } from "../../lib/cli/retarget.ts";
import { curlLine } from "../../lib/cli/screen.ts";
import { parseSettings, Settings } from "../../lib/cli/sets.ts";
import { together } from "../../lib/cli/together.ts";
import { pathsIn } from "../../lib/cli/unknowns.ts";
import { batchVerdict } from "../../lib/compile/kubernetes/verdict-batch.ts";
import type { BatchOn } from "../../lib/model/batch-endpoint.ts";
import type { KubernetesTarget } from "../../lib/model/target.ts";
import { Concat, Guid, Hash, Json, Keyed } from "../../lib/model/late.ts";
import type { OnlineEndpoint } from "../../lib/model/endpoint.ts";
import { parseDeployment } from "../../lib/model/existing.ts";
import { parseEndpoint } from "../../lib/model/parse.ts";
import { batchDeployment, parsedBatch } from "../model/declare.ts";

const naming = { stack: "organization/p/dev", sha256: (text: string) => createHash("sha256").update(text).digest("hex") };

const parsed = (target: object, deployment: object = {}, name?: string): OnlineEndpoint<string> => {
  const { endpoint, problems } = parseEndpoint<string>("wine", { kind: "online", name, target, deployments: { blue: { model: { path: "m.onnx" }, ...deployment } } }, naming);
  expect(problems).toEqual([]);
  return endpoint;
};

const azure = { type: "azureMl", resourceGroupName: "g", workspaceName: "w", location: "l" };
const onKubernetes = { type: "kubernetes", namespace: "ml", gateway: { name: "g", namespace: "gw", implementation: "istio" } };

describe("another target", () => {
  test("its own one is left alone", () => {
    const endpoint = parsed(onKubernetes);
    expect(retarget(endpoint, "kubernetes", [], naming.stack)).toEqual({ endpoint, unknown: new Map(), assumed: [] });
  });

  test("Kubernetes for Azure: placeholders, an assumed implementation, and the plain name again", () => {
    const { assumed, endpoint, unknown } = retarget(parsed(azure), "kubernetes", parseSettings(["target.namespace=ml"]), naming.stack);
    expect(endpoint.name).toBe("wine");
    expect(endpoint.target).toMatchObject({ namespace: "ml", gateway: { kind: "existing", name: "<target.gateway.name>", implementation: "envoy-gateway" } });
    expect([...unknown.values()]).toEqual(["target.gateway.name", "target.gateway.namespace", "target.gateway.url", "target.scoringImage"]);
    expect(assumed).toEqual([{ path: "target.gateway.implementation", value: "envoy-gateway" }]);
  });

  test("Kubernetes for a batch endpoint: a namespace for its jobs too, and no complaint about what is not known yet", () => {
    const mine = parsedBatch({ deployments: { blue: { model: { path: "m.onnx" } } }, defaults: undefined });
    const { endpoint, unknown } = retarget(mine, "kubernetes", [], naming.stack);
    expect([...unknown.values()]).toContain("target.jobsNamespace");
    expect(batchVerdict(endpoint as BatchOn<string, KubernetesTarget<string>>, { blue: { model: { kind: "file", name: "m.onnx", root: "", files: [{ path: "m.onnx", source: "", size: 1, sha256: "", bytes: new Uint8Array(1) }], bytes: 1, hash: "0" } } }).problems).toEqual([]);
  });

  test("an implementation is one of a closed set, and a Gateway can be made", () => {
    expect(() => retarget(parsed(azure), "kubernetes", parseSettings(["target.gateway.implementation=envoy"]), naming.stack)).toThrow("envoy-gateway");
    const made = retarget(parsed(azure), "kubernetes", parseSettings(["target.gateway.create.className=eg", "target.gateway.implementation=istio"]), naming.stack);
    expect(made.endpoint.target).toMatchObject({ gateway: { kind: "new", create: { className: "eg", hostname: "<target.gateway.create.hostname>" } } });
    expect(made.assumed).toEqual([]);
  });

  test("a name that is written is kept, even where it is the logical name; a default follows the target", () => {
    const at = (to: "azure" | "local", target: object, name?: string) => retarget(parsed(target, {}, name), to, [], naming.stack).endpoint.name;
    expect(at("azure", onKubernetes, "wine")).toBe("wine");
    expect(at("azure", onKubernetes)).toMatch(/^wine-[0-9a-f]{6}$/);
    expect(at("local", azure)).toBe("wine");
    expect(at("local", azure, "risk")).toBe("risk");
  });
});

describe("late values", () => {
  const model = { ...parsed(onKubernetes, { azure: { environment: "azureml:e:1" } }), tags: { "a.b/c": { [LATE]: { unknown: true } }, key: { [LATE]: { secret: "s" } }, known: { [LATE]: { value: "v" } } } };
  const filled = (texts: readonly string[], secrets: "use" | "hide" = "hide") => fill({ model, transformed: [] }, new Settings(parseSettings(texts)), secrets, "/program", new Set());

  test("become text: what is known, what is not by its path, a secret only where it is used", () => {
    expect(filled([]).endpoint.tags).toEqual({ "a.b/c": "<tags.a.b/c>", key: "<secret tags.key>", known: "v" });
    expect(filled([], "use").endpoint.tags["key"]).toBe("s");
    expect(filled(["tags.a.b/c=1", "tags.key=2", "wine:tags.known=3", "other:tags.known=4"]).endpoint.tags).toEqual({ "a.b/c": "1", key: "2", known: "3" });
  });

  test("a setting adds a variable, and changes no name and no word of a closed set", () => {
    const { endpoint } = filled(["deployments.blue.environmentVariables.NEW=n", "name=other", "authMode=aad_token"]);
    expect(endpoint.deployments["blue"]).toHaveProperty("environmentVariables", { NEW: "n" });
    expect(endpoint).toMatchObject({ name: "wine", authMode: "key" });
  });

  test("a key of the user's is settable whatever it is called; words of a closed set are not, wherever they stand", () => {
    const deployment = { environmentVariables: { type: "a" }, tags: { effect: "a" }, kubernetes: { podLabels: { operator: "a" }, tolerations: [{ key: "k", operator: "Exists", effect: "NoSchedule" }] }, azure: { environment: "azureml:e:1" }, autoscale: { maxInstances: 2, schedules: { a: { recurrence: { days: ["monday"], start: "08:00", end: "09:00" }, rules: [{ metric: "cpu", target: 9 }] } } } };
    const declared = { model: { ...parsed(onKubernetes, deployment), tags: { kind: "a" } }, transformed: [] };
    const at = "deployments.blue";
    const set = (...paths: string[]) => fill(declared, new Settings(parseSettings(paths.map((path) => `${path}=b`))), "hide", "/program", new Set()).endpoint;
    const free = set("tags.kind", `${at}.environmentVariables.type`, `${at}.tags.effect`, `${at}.kubernetes.podLabels.operator`);
    expect(free.tags).toEqual({ kind: "b" });
    expect(free.deployments["blue"]).toMatchObject({ environmentVariables: { type: "b" }, tags: { effect: "b" }, kubernetes: { podLabels: { operator: "b" } } });
    const closed = ["kind", "target.type", "target.gateway.kind", "target.gateway.implementation", "azure.identity.type", `${at}.model.kind`, `${at}.model.type`, `${at}.azure.environment.kind`, `${at}.kubernetes.tolerations.0.operator`, `${at}.kubernetes.tolerations.0.effect`, `${at}.autoscale.schedules.a.rules.0.metric`, `${at}.autoscale.schedules.a.timeZone`];
    expect(set(...closed)).toEqual(set());
  });

  test("local paths are the program's, not this process's", () => {
    expect(filled([]).endpoint.deployments["blue"]).toMatchObject({ model: { path: "/program/m.onnx" } });
  });

  test("of a batch endpoint: variables and late values are settable, words and bindings are not, and files of steps are the program's", () => {
    const step = { type: "command", command: ["cp", "${{inputs.raw}}"], code: "steps", environmentVariables: { A: "a" }, inputs: { raw: "${{parent.inputs.raw}}" } };
    const job = { inputs: { raw: { type: "uri_folder" } }, jobs: { copy: step } };
    const create = { name: "cpu", size: "Standard_DS3_v2", subnet: "/old" };
    const declared = { model: parsedBatch({ deployments: { blue: { ...batchDeployment, azure: { compute: { create } } }, steps: { type: "pipeline", job } } }), transformed: [] };
    const set = (...paths: string[]) => fill(declared, new Settings(parseSettings(paths.map((path) => `${path}=b`))), "hide", "/program", new Set()).endpoint;
    const [blue, copy] = ["deployments.blue", "deployments.steps.job.jobs.copy"];
    expect(set(`${blue}.settings.environmentVariables.NEW`, `${copy}.environmentVariables.A`, `${blue}.azure.compute.create.subnet`).deployments).toMatchObject({
      blue: { settings: { environmentVariables: { NEW: "b" } }, azure: { compute: { create: { subnet: "b" } } } },
      steps: { job: { jobs: { copy: { code: { path: "/program/steps" }, environmentVariables: { A: "b" } } } } },
    });
    const closed = ["defaults.deploymentName", `${blue}.type`, `${blue}.settings.outputAction`, `${blue}.azure.compute.kind`, `${copy}.type`, `${copy}.command.0`, `${copy}.inputs.raw.input`, "deployments.steps.job.inputs.raw.type"];
    expect(set(...closed)).toEqual(set());
  });

  test("are found wherever a plan hides them", () => {
    const placeholders = new Map([["<a>", "a"], ["<b>", "b"], ["<c>", "c"], ["<d>", "d"], ["<f>", "f"], ["<g>", "g"]]);
    const plan = { list: [new Concat(["x", "<a>"])], hash: new Hash(["<b>"], 4), keyed: new Keyed([["<c>", 1]]), guid: new Guid(["<f>"]), json: new Json({ inner: [new Concat(["<g>"])] }), other: "<e>" };
    expect(pathsIn(plan, placeholders)).toEqual(["a", "b", "c", "f", "g"]);
  });
});

test("a body with quotes survives a shell's single quotes", () => {
  expect(curlLine({ url: "http://h/e", keysPath: "", primaryKey: "k", given: false, collectedIn: "" }, `{"a":"it's"}`)).toContain(String.raw`-d '{"a":"it'\''s"}'`);
});

test("paths are shown from the program's folder", () => {
  expect([shorten("/p/a/b", "/p"), shorten("/p", "/p"), shorten("a", "/p"), shorten("/q/a", "/p")]).toEqual(["a/b", ".", "a", "../q/a"]);
});

describe("deployments of an endpoint that another program owns", () => {
  const filled = (deployment: string, existing = true) => {
    const endpoint = { ...parsed(onKubernetes), existing, deployments: { [deployment]: {} } } as unknown as OnlineEndpoint<string>;
    return { endpoint, transformed: [], unknown: new Map([[`<${deployment}>`, deployment]]), secret: new Map<string, string>() };
  };

  test("are one endpoint on localhost", () => {
    const [only, ...rest] = together([filled("blue"), filled("green")]);
    expect(rest).toEqual([]);
    expect(Object.keys(only?.endpoint.deployments ?? {})).toEqual(["blue", "green"]);
    expect([...(only?.unknown.values() ?? [])]).toEqual(["blue", "green"]);
  });

  test("are a file each where they are rendered", () => {
    const { endpoint } = parseDeployment<string>("green", { model: "azureml:wine:1", azure: { instanceType: "x" }, endpoint: { name: "credit", target: { ...azure, subscriptionId: "s" } } }, naming);
    expect(printParts(endpoint, "azure", {}, { folder: "/" }).documents.map(({ name }) => name)).toEqual(["credit--green.azure"]);
  });

  test("endpoints of one name that the program owns stay two, and are refused later", () => {
    expect(together([filled("blue", false), filled("green", false)])).toHaveLength(2);
  });
});
