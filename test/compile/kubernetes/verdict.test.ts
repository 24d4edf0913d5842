import { describe, expect, it } from "vitest";
import type { Assets } from "../../../lib/model/bundle.ts";
import { args, bundle, container, GATEWAY, judge, MODEL, plan, TARGET } from "./support.ts";

const CODE = { code: "./scoring", scoringScript: "score.py" };
const SCRIPT = bundle("scoring", { "score.py": "" });
const blue = (over: object, assets?: Assets): string[] => judge(args({ deployments: { blue: { ...MODEL, instanceCount: 2, ...over } } }), assets).problems;
const endpoint = (over: object): string[] => judge(args(over)).problems;
const target = (over: object): object => ({ target: { ...TARGET, ...over } });
const noUrl = { name: "public", namespace: "gateways", implementation: "envoy-gateway" };

describe("an endpoint that is sound", () => {
  it("has no problems", () => expect(judge(args({ tags: { "example.com/team": "risk", tier: "" }, mirrorTraffic: {} })).problems).toEqual([]));
  it("has a script, which needs no environment file", () =>
    expect(blue({ codeConfiguration: CODE }, { blue: { model: SCRIPT, code: SCRIPT } })).toEqual([]));
});

describe("auth", () => {
  const TENANT = "11111111-2222-3333-4444-555555555555";
  const callers = [{ namespace: "shop", serviceAccount: "checkout" }];
  const aad = { tenantId: TENANT, audience: "api://credit", allowedClientIds: ["app"] };
  const gateway = (implementation: unknown): object => target({ gateway: { ...GATEWAY, implementation } });

  it("is whole: a key, callers, or a tenant with an audience and who may", () => {
    expect(endpoint({ auth: { existingSecret: "vault.keys" } })).toEqual([]);
    expect(endpoint({ authMode: "aml_token", auth: { callers, audience: "mine" } })).toEqual([]);
    expect(endpoint({ authMode: "aad_token", auth: aad })).toEqual([]);
    expect(endpoint({ authMode: "aad_token", auth: { tenantId: TENANT, audience: "api://credit", roles: ["Score"] } })).toEqual([]);
  });
  it("is refused without callers", () =>
    expect(endpoint({ authMode: "aml_token" })).toEqual([
      'auth.callers: authMode "aml_token" needs the service accounts that may call: any pod may ask for a token of any audience; write [{ namespace, serviceAccount }]; got nothing',
    ]));
  it("is refused without tenant, audience, or anybody who may", () =>
    expect(endpoint({ authMode: "aad_token" })).toEqual([
      'auth.tenantId: authMode "aad_token" needs the id of the tenant whose tokens are taken; got nothing',
      'auth.audience: authMode "aad_token" needs what tokens must be for, such as "api://credit"; got nothing',
      'auth.allowedClientIds: authMode "aad_token" needs the applications that may call: every application of the tenant could get a token; write allowedClientIds or roles; got nothing',
    ]));
  it.each([
    ["key", { callers }, "callers", '"aml_token"'],
    ["key", { tenantId: TENANT }, "tenantId", '"aad_token"'],
    ["key", { audience: "a" }, "audience", '"aml_token" or "aad_token"'],
    ["key", { allowedClientIds: ["a"] }, "allowedClientIds", '"aad_token"'],
    ["key", { roles: ["a"] }, "roles", '"aad_token"'],
    ["aml_token", { callers, existingSecret: "vault" }, "existingSecret", '"key"'],
    ["aad_token", { ...aad, keys: { primaryKey: "a", secondaryKey: "b" } }, "keys", '"key"'],
  ])("is refused in parts of another mode: %s with %j", (authMode, auth, part, modes) =>
    expect(endpoint({ authMode, auth })).toEqual([`auth.${part}: it is for authMode ${modes}; with "${authMode}" leave it out`]));
  it("is refused with names that nobody has", () => {
    expect(endpoint({ auth: { existingSecret: "Vault" } })[0]).toMatch(/^auth\.existingSecret: expected a name of Kubernetes/);
    expect(endpoint({ authMode: "aml_token", auth: { callers: [{ namespace: "a.b", serviceAccount: "A" }] } }).map((line) => line.split(":")[0])).toEqual(["auth.callers.0.namespace", "auth.callers.0.serviceAccount"]);
    expect(endpoint({ authMode: "aad_token", auth: { ...aad, tenantId: "contoso.com" } })).toEqual(["auth.tenantId: expected the tenant's id, a UUID"]);
  });
  it.each(["key", "aad_token"] as const)("%s is enforced by Envoy Gateway", (authMode) =>
    expect(endpoint({ authMode, auth: { ...(authMode === "key" ? {} : aad), enforce: "gateway" } })).toEqual([]));
  it.each([["istio", '"istio"'], [{ supports: [] }, "the gateway, by target.gateway.implementation.supports,"]])("is not enforced by %j", (implementation, name) =>
    expect(endpoint({ ...gateway(implementation), auth: { enforce: "gateway" } })).toEqual([
      `auth.enforce: ${name} has no policy for it here; "envoy-gateway" has one: use it, or leave out auth.enforce: the container checks`,
    ]));
  it("is not enforced of one key twice, which no message says; the container takes it", () => {
    const keys = { primaryKey: "swordfish", secondaryKey: "swordfish" };
    expect(endpoint({ auth: { enforce: "gateway", keys } })).toEqual([
      "auth.keys.secondaryKey: it is the primary key again, and Envoy Gateway takes no key twice: write another, or leave out auth.enforce: the container checks",
    ]);
    expect(endpoint({ auth: { enforce: "gateway", keys: { ...keys, secondaryKey: "marlin" } } })).toEqual([]);
    expect(endpoint({ auth: { keys } })).toEqual([]);
  });
  it("is not enforced of tokens of the cluster", () =>
    expect(endpoint({ authMode: "aml_token", auth: { callers, enforce: "gateway" } })[0]).toMatch(/^auth\.enforce: a gateway cannot read the keys/));
  it("needs a way out for tokens", () => {
    const closed = (over: object): string[] => endpoint({ ...over, deployments: { blue: { ...MODEL, egressPublicNetworkAccess: "disabled" } } });
    expect(closed({ authMode: "aml_token", auth: { callers } })[0]).toMatch(/^deployments\.blue\.egressPublicNetworkAccess: the look-up of the cluster's keys at its API server, which "authMode" asks for/);
    expect(closed({ authMode: "aad_token", auth: aad })[0]).toMatch(/Microsoft Entra/);
    expect(closed({})).toEqual([]);
  });
});

describe("address", () => {
  const created = (hostname: string): object => target({ gateway: { create: { className: "eg", hostname, tls: { secretName: "cert" } }, implementation: "istio" } });

  it("is refused without hostname and URL", () =>
    expect(endpoint(target({ gateway: noUrl }))).toEqual([
      'target.gateway.url: expected the address of callers: write kubernetes: { hostname: "models.example.com" } on the endpoint, or kubernetes({ gateway: { …, url: "https://models.example.com" } })',
    ]));
  it("is the hostname", () => expect(endpoint({ ...target({ gateway: noUrl }), kubernetes: { hostname: "h.example.com" } })).toEqual([]));
  it("is the new Gateway's hostname", () => expect(endpoint(created("models.example.com"))).toEqual([]));
  it("is no wildcard", () => expect(endpoint(created("*.example.com"))[0]).toMatch(/^target\.gateway\.create\.hostname: "\*\.example\.com" is no address/));
  it("is one below a wildcard", () => expect(endpoint({ ...created("*.example.com"), kubernetes: { hostname: "a.example.com" } })).toEqual([]));
  it.each(["models.example.com", "https://models.example.com/", "https://m?x=1", "ftp://m"])("is no %s", (url) =>
    expect(endpoint(target({ gateway: { ...GATEWAY, url } }))).toEqual([
      `target.gateway.url: expected an address such as "https://models.example.com", without a slash at the end; got "${url}"`,
    ]));
  it.each(["http://127.0.0.1:8080", "https://edge.example.com/models"])("may be %s", (url) => expect(endpoint(target({ gateway: { ...GATEWAY, url } }))).toEqual([]));
});

describe("names", () => {
  const bad = (path: string, message: RegExp): string[] => [expect.stringMatching(new RegExp(`^${path.replaceAll(".", String.raw`\.`)}: ${message.source}`))];
  const gateway = (over: object): object => target({ gateway: { ...GATEWAY, ...over } });
  const made = (over: object): object => target({ gateway: { create: { className: "eg", hostname: "*.example.com", tls: { secretName: "cert" }, ...over }, implementation: "istio", url: "https://x" } });

  it.each(["ML", "a_b", "-a", "a.b", "a".repeat(64)])("are no namespace %j", (namespace) => expect(endpoint(target({ namespace }))).toEqual(bad("target.namespace", /expected a namespace/)));
  it("are no namespace of a Gateway, of a data plane or of a reader of metrics", () => {
    expect(endpoint(gateway({ namespace: "a.b" }))).toEqual(bad("target.gateway.namespace", /expected a namespace/));
    expect(endpoint(gateway({ dataPlane: { namespace: "A" } }))).toEqual(bad("target.gateway.dataPlane.namespace", /expected a namespace/));
    expect(endpoint(target({ metricsFrom: { namespace: "A" } }))).toEqual(bad("target.metricsFrom.namespace", /expected a namespace/));
  });
  it("are no Gateway, listener, class or Secret", () => {
    expect(endpoint(gateway({ name: "Public" }))).toEqual(bad("target.gateway.name", /expected a name/));
    expect(endpoint(gateway({ listener: "a_b" }))).toEqual(bad("target.gateway.listener", /expected a name/));
    expect(endpoint(made({ className: "E G" }))).toEqual(bad("target.gateway.create.className", /expected a name/));
    expect(endpoint(made({ tls: { secretName: "-" } }))).toEqual(bad("target.gateway.create.tls.secretName", /expected a name/));
  });
  it.each(["Models.example.com", "a_b.example.com", "https://a.example.com", "a.example.com:443", "*.example.com", "10.1.2.3", "a..b"])("are no hostname %j", (hostname) =>
    expect(endpoint({ kubernetes: { hostname } })).toEqual(bad("kubernetes.hostname", /expected a hostname/)));
  it.each(["a.example.com", "localhost", "1.example.com"])("are a hostname %s", (hostname) => expect(endpoint({ kubernetes: { hostname } })).toEqual([]));
  it.each(["*.*.example.com", "*", "Models.example.com"])("are no hostname of a listener: %s", (hostname) => expect(endpoint(made({ hostname }))).toEqual(bad("target.gateway.create.hostname", /expected a hostname/)));
  it("are a hostname that the listener of the new Gateway answers to", () => {
    expect(endpoint({ ...made({}), kubernetes: { hostname: "a.b.example.com" } })).toEqual([]);
    expect(endpoint({ ...made({ hostname: "a.example.com" }), kubernetes: { hostname: "a.example.com" } })).toEqual([]);
    expect(endpoint({ ...made({}), kubernetes: { hostname: "example.com" } })).toEqual(bad("kubernetes.hostname", /the listener of the Gateway that is made answers to "\*\.example\.com" alone; got "example\.com"/));
    expect(endpoint({ ...made({ hostname: "a.example.com" }), kubernetes: { hostname: "b.example.com" } })).toEqual(bad("kubernetes.hostname", /the listener/));
  });
});

describe("a gateway that is not in the list", () => {
  const other = (supports: readonly string[]): string[] =>
    endpoint({ ...target({ gateway: { ...GATEWAY, implementation: { supports } } }), deployments: { blue: MODEL, green: MODEL }, mirrorTraffic: { green: 10 } });

  it("mirrors if it says so", () => expect(other(["HTTPRouteRequestPercentageMirror"])).toEqual([]));
  it("does not mirror otherwise", () => {
    expect(other([])[0]).toMatch(/^mirrorTraffic: the gateway, by target\.gateway\.implementation\.supports, cannot mirror a percentage of the requests \(HTTPRouteRequestPercentageMirror\); "envoy-gateway", /);
    expect(other(["HTTPRouteRequestMirror"])[0]).toContain(", only every request;");
  });
});

describe("traffic", () => {
  const shadow = (implementation: string, percent: number): string[] =>
    endpoint({ ...target({ gateway: { ...GATEWAY, implementation } }), deployments: { blue: MODEL, green: MODEL }, mirrorTraffic: { green: percent } });
  const many = (live: number): string[] => {
    const names = Array.from({ length: 20 }, (_, i) => `day-${i}`);
    const shares = names.map((name, i) => [name, i === 0 ? 100 - (live - 1) : i < live ? 1 : 0] as const);
    return endpoint({ deployments: Object.fromEntries(names.map((name) => [name, MODEL])), traffic: Object.fromEntries(shares) });
  };

  it.each(["contour", "traefik", "aws-load-balancer-controller", "kong", "airlock", "haproxy-ingress", "gloo", "application-gateway-for-containers"])("is not mirrored by %s", (name) =>
    expect(shadow(name, 10)).toEqual([
      `mirrorTraffic: "${name}" cannot mirror a percentage of the requests (HTTPRouteRequestPercentageMirror)${["contour", "gloo"].includes(name) ? ", only every request" : ""}; "envoy-gateway", "istio", "agentgateway", "kgateway", "cilium", "nginx-gateway-fabric" or "gke" can: use one of them, or leave out mirrorTraffic`,
    ]));
  it.each(["envoy-gateway", "nginx-gateway-fabric", "gke"])("is mirrored by %s", (name) => expect(shadow(name, 10)).toEqual([]));
  it("may name a mirror of 0 anywhere", () => expect(shadow("traefik", 0)).toEqual([]));
  it("is shared by 16", () => expect(many(16)).toEqual([]));
  it("is not shared by 17", () => expect(many(17)[0]).toMatch(/^traffic: .* among 16 deployments at most; got 17: give the others 0/));
});

describe("what is served", () => {
  const other = bundle("model", { "model.pkl": "" });

  it("is no model without a script", () => expect(blue({}, { blue: { model: other } })).toEqual([expect.stringMatching(/^deployments\.blue: expected a scoring script/)]));
  it("is not judged by files that are missing: that is reported where they are read", () => expect(blue({}, {})).toEqual([]));
  it("is judged by what is written, whatever files are missing", () =>
    expect(blue({ model: { path: "./model", type: "triton_model" } }, {})).toEqual(["deployments.blue.model.type: Triton serves this on Azure alone"]));
  it("is no Triton model", () =>
    expect(blue({ model: { path: "./model", type: "triton_model" } }, { blue: { model: other } })).toEqual(["deployments.blue.model.type: Triton serves this on Azure alone"]));
  it("is an MLflow model without a script", () => expect(blue({ model: { path: "./model", type: "mlflow_model" } }, { blue: { model: other } })).toEqual([]));
  it("is a script in TypeScript", () =>
    expect(blue({ codeConfiguration: { ...CODE, scoringScript: "score.ts" } }, { blue: { model: other, code: SCRIPT } })).toEqual([]));
  it("is an MLflow model with a script", () =>
    expect(blue({ model: { path: "./model", type: "mlflow_model" }, codeConfiguration: CODE }, { blue: { model: other, code: SCRIPT } })).toEqual([]));
  it.each(["azureml:credit:1", "azureml://registries/r/models/credit/versions/1"])("is no model %s", (model) =>
    expect(blue({ model })).toEqual([expect.stringMatching(/^deployments\.blue\.model: a model registered in Azure cannot be read here: write a file or folder/)]));
  it("is no code of Azure", () =>
    expect(blue({ codeConfiguration: { ...CODE, code: "azureml:code:1" } })).toEqual([
      "deployments.blue.codeConfiguration.code: code registered in Azure cannot be read here: write a folder of this machine",
    ]));
});

describe("image", () => {
  const { scoringImage: _, ...bare } = TARGET;
  const requirements = { codeConfiguration: CODE, environment: { requirements: "./requirements.txt" } };
  const files = { blue: { model: SCRIPT, code: SCRIPT } };

  it("is asked for", () =>
    expect(judge(args({ target: bare })).problems).toEqual([
      "deployments.blue.kubernetes.scoringImage: expected the image of the scoring container: give it here, or for all deployments in kubernetes({ scoringImage })",
    ]));
  it("may be the deployment's", () => expect(judge(args({ target: bare, deployments: { blue: { ...MODEL, kubernetes: { scoringImage: "own:1" } } } })).problems).toEqual([]));
  it.each(["requirements", "condaFile"])("must be the deployment's own for a file of %s", (file) =>
    expect(blue({ codeConfiguration: CODE, environment: { [file]: "./file" } }, files)).toEqual([
      `deployments.blue.environment.${file}: nothing is installed in a cluster: bake an image with these packages by "inference-endpoints build --push", and name it in kubernetes.scoringImage of this deployment`,
    ]));
  it("is complained of once", () => expect(judge(args({ target: bare, deployments: { blue: { ...MODEL, ...requirements } } }), files).problems).toHaveLength(1));
  it("with the packages is taken", () => expect(blue({ ...requirements, kubernetes: { scoringImage: "own:1" } }, files)).toEqual([]));
});

describe("files", () => {
  const sized = (name: string, bytes: number) => ({ ...bundle(name, { "a.onnx": "" }), bytes });
  const KIB = 1024;

  it("are 900 KiB in all", () =>
    expect(blue({ codeConfiguration: CODE }, { blue: { model: sized("m", 800 * KIB), code: sized("c", 100 * KIB) } })).toEqual([]));
  it("are not one byte more", () =>
    expect(blue({ codeConfiguration: CODE }, { blue: { model: sized("m", 800 * KIB), code: sized("c", 100 * KIB + 1) } })).toEqual([
      "deployments.blue.model.path: model and code of a deployment travel in ConfigMaps, 900 KiB in all; got 901 KiB (model 800 KiB, code 101 KiB): put the model into an image, model: { image }, onto a volume, model: { claim }, or behind a URI, model: { path: \"s3://…\" }; or bake it in by \"inference-endpoints build --push\"",
    ]));
  it("are complained of where most of them are", () =>
    expect(blue({ codeConfiguration: CODE }, { blue: { model: sized("m", 1), code: sized("c", 900 * KIB) } })[0]).toMatch(/^deployments\.blue\.codeConfiguration\.code: .*bake them into an image of this deployment/));
  it("are taken to be in the deployment's own image, where they are more", () => {
    const files = { blue: { model: sized("m", 901 * KIB), code: sized("c", 1) } };
    const own = { codeConfiguration: CODE, instanceCount: 2, kubernetes: { scoringImage: "own:1" } };
    expect(blue(own, files)).toEqual([]);
    const { warnings } = judge(args({ deployments: { blue: { ...MODEL, ...own } } }), files);
    expect(warnings).toEqual(['deployments.blue.kubernetes.scoringImage: model and code, 902 KiB, are taken to be in this image, where "inference-endpoints build --push" puts them']);
    const made = plan(args({ deployments: { blue: { ...MODEL, ...own } } }), files);
    expect(made.resources.map(({ role }) => role)).not.toContain("files");
    expect(container(made).env).toBeUndefined();
  });
  it("have no colon in the name of their folder", () => {
    expect(blue({}, { blue: { model: bundle("a:b", { "a.onnx": "" }) } })).toEqual(['deployments.blue.model.path: Kubernetes mounts nothing at a path with a colon; rename "a:b"']);
    expect(blue({ codeConfiguration: CODE }, { blue: { code: bundle("c:d", { "score.py": "" }) } })[0]).toMatch(/^deployments\.blue\.codeConfiguration\.code: .*rename "c:d"/);
  });
  it("are not mounted over the models", () =>
    expect(blue({ codeConfiguration: CODE }, { blue: { code: bundle("azureml-models", { "score.py": "" }) } })).toEqual([
      'deployments.blue.codeConfiguration.code: the container has a folder "azureml-models" of its own beside the code; rename yours',
    ]));
});

describe("what is not enforced", () => {
  it("is refused: data collection without a place", () => {
    expect(blue({ dataCollector: { collections: {} } })).toEqual([expect.stringMatching(/^deployments\.blue\.dataCollector: Kubernetes has no place of its own for it: say where it goes/)]);
    expect(blue({ kubernetes: { collectedData: { claim: "data" } } })).toEqual([expect.stringMatching(/^deployments\.blue\.kubernetes\.collectedData: nothing is kept without dataCollector/)]);
    expect(blue({ dataCollector: { collections: {} }, kubernetes: { collectedData: { claim: "A_b" } } })).toEqual([expect.stringMatching(/^deployments\.blue\.kubernetes\.collectedData\.claim: expected a name/)]);
  });
  it("is refused: a mount path", () => expect(blue({ modelMountPath: "/m" })[0]).toMatch(/^deployments\.blue\.modelMountPath: .*AZUREML_MODEL_DIR/));
  it("is refused: a wait that no timer can hold", () => {
    expect(blue({ requestSettings: { maxQueueWaitMs: 2 ** 31 } })[0]).toMatch(/^deployments\.blue\.requestSettings\.maxQueueWaitMs: .*2147483647/);
    expect(blue({ requestSettings: { maxQueueWaitMs: 2 ** 31 - 1 } })).toEqual([]);
  });
  it("is refused: secrets of Azure", () =>
    expect(blue({ environmentVariables: { KEY: "${{keyvault:https://v.vault.azure.net/secrets/s/1}}", PLAIN: "$x" } })).toEqual([
      "deployments.blue.environmentVariables.KEY: a secret of Azure cannot be read here: write { secret, key } of a Secret in the namespace, which azureMl({ keyVault }) understands too",
    ]));
});

describe("names and keys", () => {
  const pair = (endpointName: string, deployment: string): string[] =>
    judge(args({ name: endpointName, deployments: { [deployment]: { ...MODEL, instanceCount: 2 } }, traffic: {} })).problems;

  it("fit in 61 characters together", () => {
    expect(pair("e".repeat(32), "d".repeat(29))).toEqual([]);
    expect(pair("e".repeat(32), "d".repeat(30))).toEqual([`deployments.${"d".repeat(30)}: expected endpoint and deployment names of 61 characters together; got 62`]);
  });
  it("are legal as annotations", () =>
    expect(endpoint({ tags: { "cost center": "1" } })).toEqual([
      'tags.cost center: on Kubernetes it is the key of an annotation: 1 to 63 letters, digits, "-", "_" and ".", with a letter or digit first and last, and a domain before a "/" if any; got "cost center"; write "cost-center"',
    ]));
  it.each(["", "a/b/c", "/a", "a/", "Upper.case/a", "-a", "a".repeat(64), `${"a".repeat(254)}/b`, "ä"])("are refused: %j", (key) => expect(endpoint({ tags: { [key]: "1" } })).toHaveLength(1));
  it.each(["a", "A_b.c-d", "example.com/Team", "a".repeat(63)])("are taken: %s", (key) => expect(endpoint({ tags: { [key]: "1" } })).toEqual([]));
  it("are legal wherever a deployment has some", () => {
    const bad = { "a b": "1" };
    const problems = blue({ tags: bad, kubernetes: { podLabels: bad, podAnnotations: bad, nodeSelector: bad, serviceAccount: { annotations: bad } } });
    expect(problems.map((line) => line.split(":")[0])).toEqual(
      ["tags", "kubernetes.podLabels", "kubernetes.podAnnotations", "kubernetes.nodeSelector", "kubernetes.serviceAccount.annotations"].map((path) => `deployments.blue.${path}.a b`),
    );
  });
  it.each(["name", "instance", "component", "part-of", "managed-by"])("are not the library's own label %s", (label) =>
    expect(blue({ kubernetes: { podLabels: { [`app.kubernetes.io/${label}`]: "x", team: "y" } } })).toEqual([
      expect.stringMatching(new RegExp(`^deployments\\.blue\\.kubernetes\\.podLabels\\.app\\.kubernetes\\.io/${label}: the pods carry this label already`)),
    ]));
  it("are not written on an account that is not ours", () =>
    expect(blue({ kubernetes: { serviceAccount: { name: "mine", annotations: { a: "1" } } } })[0]).toMatch(/^deployments\.blue\.kubernetes\.serviceAccount\.annotations: /));
});

describe("pods", () => {
  const of = (kubernetes: object): string[] => blue({ kubernetes });
  const data = { name: "data", emptyDir: {} };
  const mounted = (...mounts: object[]): string[] => of({ volumes: [data], volumeMounts: mounts });

  it("live in a namespace that is one", () => {
    expect(endpoint(target({ namespace: "Ml_1" }))).toEqual(['target.namespace: expected a namespace: 1 to 63 of a-z, 0-9 and "-", with a letter or digit first and last; got "Ml_1"']);
    expect(endpoint(target({ namespace: "a".repeat(64) }))).toHaveLength(1);
    expect(endpoint(target({ namespace: "a".repeat(63) }))).toEqual([]);
    expect(endpoint(target({ namespace: "<target.namespace>" }))).toEqual([]);
  });
  it("name objects that can be", () =>
    expect(of({ priorityClassName: "High", serviceAccount: { name: "a_b" }, imagePullSecrets: ["ok", "-x"] })).toEqual(
      [["priorityClassName", "High"], ["serviceAccount.name", "a_b"], ["imagePullSecrets.1", "-x"]].map(
        ([path, name]) => `deployments.blue.kubernetes.${path}: expected a name of Kubernetes: 253 of a-z, 0-9, "-" and "." at most, with a letter or digit first and last; got "${name}"`,
      ),
    ));
  it("have labels with values that are legal", () => {
    const message = 'expected the value of a label: 63 letters, digits, "-", "_" and "." at most, with a letter or digit first and last; got "a b"';
    expect(of({ podLabels: { team: "a b", ok: "", fine: "x.y" }, nodeSelector: { pool: "a b" } })).toEqual([`deployments.blue.kubernetes.podLabels.team: ${message}`, `deployments.blue.kubernetes.nodeSelector.pool: ${message}`]);
  });
  it("have volumes under names of their own", () => {
    expect(of({ volumes: [data, data] })).toEqual(['deployments.blue.kubernetes.volumes.1.name: expected each name once; got "data" again']);
    expect(of({ volumes: [{ name: "keys", emptyDir: {} }] })[0]).toMatch(/^deployments\.blue\.kubernetes\.volumes\.0\.name: the pods have a volume of this name already/);
  });
  it("mount volumes that are there", () =>
    expect(mounted({ name: "dada", mountPath: "/data" })).toEqual(['deployments.blue.kubernetes.volumeMounts.0.name: expected one of kubernetes.volumes ("data"); got "dada"']));
  it.each(["/tmp", "/tmp/", "/var/azureml-app", "/var/azureml-app/azureml-models/x", "/var/run/inference-endpoints/keys", "/opt/python/lib"])("mount nothing at %s", (mountPath) =>
    expect(mounted({ name: "data", mountPath })[0]).toMatch(/^deployments\.blue\.kubernetes\.volumeMounts\.0\.mountPath: the container keeps its own files at/));
  it("mount one volume at a path", () => expect(mounted({ name: "data", mountPath: "/data" }, { name: "data", mountPath: "/data/" })[0]).toMatch(/volumeMounts\.1\.mountPath: expected each path once/));
  it("may mount below /tmp", () => expect(mounted({ name: "data", mountPath: "/tmp/cache" })).toEqual([]));
  it("ask for whole devices, in limits", () => {
    expect(of({ resources: { limits: { "nvidia.com/gpu": "500m" } } })).toEqual(['deployments.blue.kubernetes.resources.limits.nvidia.com/gpu: expected a whole number of devices; got "500m"']);
    expect(of({ resources: { requests: { "nvidia.com/gpu": "1" } } })).toEqual([
      'deployments.blue.kubernetes.resources.requests.nvidia.com/gpu: a device is what its limit says: write it in limits alone; got a request of "1" and a limit of nothing',
    ]);
    expect(of({ resources: { requests: { "nvidia.com/gpu": "1" }, limits: { "nvidia.com/gpu": "1" } } })).toEqual([]);
  });
});

describe("warnings", () => {
  const warnings = (deployment: object, over: object = {}): string[] => judge(args({ deployments: { blue: { ...MODEL, instanceCount: 2, ...deployment } }, ...over })).warnings;
  const gke = target({ gateway: { ...GATEWAY, implementation: "gke" } });

  it("are none for two instances", () => expect(warnings({})).toEqual([]));
  it("name one instance with traffic", () => expect(warnings({ instanceCount: 1 })[0]).toMatch(/^deployments\.blue\.instanceCount: one instance/));
  it("name no instance without traffic", () => expect(warnings({ instanceCount: 1 }, { traffic: { blue: 0 } })).toEqual([]));
  it("name workers that are too few", () => {
    const requestSettings = { maxConcurrentRequestsPerInstance: 2 };
    expect(warnings({ requestSettings })[0]).toMatch(/^deployments\.blue\.requestSettings\.maxConcurrentRequestsPerInstance: without WORKER_COUNT/);
    expect(warnings({ requestSettings, environmentVariables: { WORKER_COUNT: "2" } })).toEqual([]);
  });
  it("name an image that must have mlflow", () => {
    const model = { path: "./model", type: "mlflow_model" };
    expect(warnings({ model })[0]).toMatch(/^deployments\.blue\.kubernetes\.scoringImage: an mlflow_model is served by an image with mlflow/);
    expect(warnings({ model, kubernetes: { scoringImage: "own:1" } })).toEqual([]);
  });
  it("name a gateway that may give up before the deployment", () => {
    expect(warnings({ requestSettings: { requestTimeoutMs: 60_000 } }, gke)[0]).toMatch(/^deployments\.blue\.requestSettings\.requestTimeoutMs: "gke" takes no timeout/);
    expect(warnings({ requestSettings: { requestTimeoutMs: 60_000 } })).toEqual([]);
    expect(warnings({}, gke)).toEqual([]);
  });
});

it("reports everything at once", () => {
  const bad = { authMode: "aad_token", tags: { "a b": "" }, ...target({ gateway: noUrl }), deployments: { blue: { ...MODEL, modelMountPath: "/m", environmentVariables: { A: "${{x}}" } } } };
  expect(endpoint(bad).map((line) => line.split(":")[0])).toEqual(["auth.tenantId", "auth.audience", "auth.allowedClientIds", "target.gateway.url", "tags.a b", "deployments.blue.environmentVariables.A", "deployments.blue.modelMountPath"]);
});
