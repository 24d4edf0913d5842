import { describe, expect, it } from "vitest";
import { Concat, First, Hash, Keyed, Ref } from "../../../lib/model/late.ts";
import { LocalFile } from "../../../lib/model/plan.ts";
import { azureTarget, deployment } from "../../model/declare.ts";
import { onnx, planOf, resource, script } from "./compile.ts";

const template = (plan: ReturnType<typeof planOf>) => (resource(plan, "routing").inputs["properties"] as { parameters: Record<string, { value: never }> }).parameters;

describe("the order of things", () => {
  it("is shell, deployments each after all before it, routing", () => {
    const plan = planOf({ deployments: { blue: deployment, green: deployment, red: deployment }, traffic: { blue: 90, green: 10 } });
    expect(plan.resources.map(({ id }) => id)).toEqual(["endpoint", "deployment:blue", "deployment:green", "deployment:red", "routing"]);
    expect(resource(plan, "deployment:blue").options.dependsOn).toEqual(["endpoint"]);
    expect(resource(plan, "deployment:green").options.dependsOn).toEqual(["endpoint", "deployment:blue"]);
    expect(resource(plan, "deployment:red").options.dependsOn).toEqual(["endpoint", "deployment:blue", "deployment:green"]);
    expect(resource(plan, "routing").options.dependsOn).toEqual(["endpoint", "deployment:blue", "deployment:green", "deployment:red"]);
  });

  it("never puts the shell again", () => {
    const { inputs, options } = resource(planOf({ traffic: { blue: 100 } }), "endpoint");
    expect(options).toEqual({ ignoreChanges: ["properties", "identity", "tags", "sku", "kind"] });
    expect(inputs["properties"]).not.toHaveProperty("traffic");
  });

  it("deletes deployments with the shell, and replaces what Azure cannot change, old one first", () => {
    expect(resource(planOf(), "deployment:blue").options).toMatchObject({
      deletedWith: "endpoint",
      replaceWith: ["endpoint"],
      deleteBeforeReplace: true,
      replaceOnChanges: ["properties.instanceType", "#initerror"],
    });
  });

  it("routes again when the shell is a new one", () => {
    expect(resource(planOf(), "routing").options).toMatchObject({ deletedWith: "endpoint", replaceWith: ["endpoint"] });
  });

  it("names every child by the Azure name, so that a rename is a second set", () => {
    const names = planOf({ name: "risk" }).resources.map(({ logicalName }) => logicalName);
    expect(names).toEqual(["risk-endpoint", "risk--blue-deployment", "risk--green-deployment", "risk-routing"]);
  });
});

describe("routing", () => {
  it("carries the whole endpoint as parameters, zeros too", () => {
    const plan = planOf({ traffic: { blue: 100, green: 0 }, description: "d", tags: { team: "risk" }, azure: { publicNetworkAccess: "disabled", properties: { a: "b" } } });
    const { identity, location, name, properties, tags } = template(plan);
    expect(name?.value).toEqual(new Concat(["ws", "/", expect.stringMatching(/^credit-[0-9a-f]{6}$/)]));
    expect(location?.value).toBe("westeurope");
    expect(identity?.value).toEqual({ type: "SystemAssigned" });
    expect(tags?.value).toEqual({ team: "risk" });
    expect(properties?.value).toEqual({
      authMode: "Key",
      description: "d",
      properties: { a: "b" },
      publicNetworkAccess: "Disabled",
      traffic: { blue: 100, green: 0 },
      mirrorTraffic: {},
    });
  });

  it("holds no value in its template: text that begins with a bracket would be an expression", () => {
    const plan = planOf({ description: "[concat('a')]", tags: { odd: "[x]" } });
    const { template: body } = resource(plan, "routing").inputs["properties"] as { template: object };
    expect(JSON.stringify(body)).not.toMatch(/concat|\[x\]/);
  });

  it("reads the endpoint when it is put, because its address settles with the first deployment", () => {
    const plan = planOf();
    const { template: body } = resource(plan, "routing").inputs["properties"] as { template: { outputs: unknown; parameters: object; resources: readonly object[] } };
    expect(body.outputs).toEqual({ endpoint: { type: "object", value: "[reference(parameters('id'), '2024-10-01')]" } });
    expect(template(plan)["id"]?.value).toEqual(new Ref("endpoint", "id"));
    expect(Object.keys(body.resources[0] ?? {})).toEqual(["type", "apiVersion", "name", "location", "identity", "tags", "properties"]);
    expect(plan.outputs["scoringUri"]).toEqual(new First([new Ref("routing", "properties.outputs.endpoint.value.scoringUri"), new Ref("endpoint", "properties.scoringUri")]));
  });

  it("is put again when a container's route is another, or its environment", () => {
    const route = (path: string) => ({ path, port: 80 });
    const own = (path: string) => ({ model: undefined, environment: { image: "own", inferenceConfig: { livenessRoute: route("/"), readinessRoute: route("/"), scoringRoute: route(path) } } });
    const routes = (changes: object) => template(planOf({ deployments: { blue: { ...deployment, ...changes } } }))["scoringRoutes"]?.value;
    expect(routes({})).toEqual({});
    expect(routes(own("/predict"))).toEqual({ blue: "/predict" });
    expect(routes({ azure: { ...deployment.azure, environment: "azureml:own:3" } })).toEqual({ blue: "own:3" });
    expect(routes({ azure: { ...deployment.azure, environment: "/subscriptions/s/own/3" } })).toEqual({ blue: "/subscriptions/s/own/3" });
  });

  it("drains with traffic: {}", () => {
    expect(template(planOf({ traffic: {} }))["properties"]?.value).toMatchObject({ traffic: {}, mirrorTraffic: {} });
  });

  it("mirrors", () => {
    expect(template(planOf({ traffic: { blue: 100 }, mirrorTraffic: { green: 20 } }))["properties"]?.value).toMatchObject({ mirrorTraffic: { green: 20 } });
  });

  it("switches a mirror of 0 off", () => {
    expect(template(planOf({ traffic: { blue: 100 }, mirrorTraffic: { green: 0 } }))["properties"]?.value).toMatchObject({ mirrorTraffic: {} });
  });

  it("writes user-assigned identities as ARM does, a map with late keys", () => {
    const plan = planOf({ azure: { identity: { type: "user_assigned", userAssignedIdentities: [{ resourceId: "/id" }] } } });
    expect(template(plan)["identity"]?.value).toEqual({ type: "UserAssigned", userAssignedIdentities: new Keyed([["/id", {}]]) });
    expect(resource(plan, "endpoint").inputs["identity"]).toEqual({ type: "UserAssigned", userAssignedIdentities: ["/id"] });
  });
});

describe("a deployment", () => {
  const properties = (changes: object, more: object = {}) =>
    resource(planOf({ deployments: { blue: { ...deployment, ...changes } }, ...more }), "deployment:blue").inputs["properties"] as Record<string, unknown>;

  it("has durations in ISO 8601", () => {
    expect(properties({ requestSettings: { requestTimeoutMs: 1500, maxQueueWaitMs: 0 }, startupProbe: { period: 5 } })).toMatchObject({
      requestSettings: { maxConcurrentRequestsPerInstance: 1, maxQueueWait: "PT0S", requestTimeout: "PT1.5S" },
      livenessProbe: { failureThreshold: 30, initialDelay: "PT10S", period: "PT10S", successThreshold: 1, timeout: "PT2S" },
      startupProbe: { period: "PT5S" },
    });
  });

  it("counts instances in its sku, and never names the VM there", () => {
    const { inputs } = resource(planOf({ deployments: { blue: { ...deployment, instanceCount: 4 } } }), "deployment:blue");
    expect(inputs["sku"]).toEqual({ capacity: 4, name: "Default" });
    expect(inputs["properties"]).toMatchObject({ instanceType: "Standard_DS3_v2", endpointComputeType: "Managed", scaleSettings: { scaleType: "Default" } });
  });

  it("has its own tags and the endpoint's", () => {
    const { inputs } = resource(planOf({ tags: { team: "risk", tier: "1" }, deployments: { blue: { ...deployment, tags: { tier: "2" } } } }), "deployment:blue");
    expect(inputs["tags"]).toEqual({ team: "risk", tier: "2" });
  });

  it("passes its own tags and the endpoint's on to what is made for it, and the endpoint's to the rest", () => {
    const written = { model: { path: "examples/quickstart/models/blue.onnx" }, azure: deployment.azure, tags: { tier: "2" }, autoscale: { maxInstances: 4, rules: [{ metric: "cpu", target: 60 }] } };
    const collected = { ...written, dataCollector: { collections: { request: {} } } };
    const changes = { tags: { team: "risk", tier: "1" }, deployments: { blue: collected }, azure: { diagnosticSettings: { workspaceId: "/log" } }, alerts: { errorShare: { above: 5 }, latency: { above: 9 }, capacity: { below: 1 } } };
    const { resources } = planOf(changes, { blue: { model: onnx } });
    const tagsOf = ({ inputs }: (typeof resources)[number]) => inputs["tags"] ?? (inputs["properties"] as { tags?: object } | undefined)?.tags;
    const [endpoints, deployments] = [{ team: "risk", tier: "1" }, { team: "risk", tier: "2" }];
    expect(Object.fromEntries(resources.map((one) => [one.role, tagsOf(one)]))).toEqual({
      endpoint: endpoints,
      files: undefined,
      model: endpoints,
      environment: deployments,
      data: deployments,
      deployment: deployments,
      routing: endpoints,
      autoscale: deployments,
      diagnosticSetting: undefined,
      errorShareAlert: endpoints,
      latencyAlert: endpoints,
      capacityAlert: deployments,
    });
  });

  it("leaves egress unset unless it is written", () => {
    expect(properties({})["egressPublicNetworkAccess"]).toBeUndefined();
    expect(properties({ egressPublicNetworkAccess: "disabled" })["egressPublicNetworkAccess"]).toBe("Disabled");
    expect(properties({ egressPublicNetworkAccess: "enabled" })["egressPublicNetworkAccess"]).toBe("Enabled");
  });

  it("refers to registered assets by full ids, cut from the endpoint's own", () => {
    const workspace = new Ref("endpoint", "id", "/onlineEndpoints/");
    const blue = properties({ azure: { ...deployment.azure, environment: "azureml:sklearn:3" } });
    expect(blue["model"]).toEqual(new Concat([workspace, "/", "models", "/", "wine", "/versions/", "1"]));
    expect(blue["environmentId"]).toEqual(new Concat([workspace, "/", "environments", "/", "sklearn", "/versions/", "3"]));
  });

  it("passes full ids through", () => {
    expect(properties({ model: "azureml://registries/r/models/m/versions/1" })["model"]).toBe("azureml://registries/r/models/m/versions/1");
  });

  it("scales by utilisation on Kubernetes compute, with the default instance type", () => {
    const cluster = { azure: { compute: "azureml:aks" }, target: { ...azureTarget, subscriptionId: "sub" } };
    const plan = planOf({ ...cluster, deployments: { blue: { model: "azureml:wine:1", instanceCount: 4, azure: { resources: { requests: { cpu: "0.1", memory: "1Gi" }, limits: { cpu: "1", memory: "2Gi", "nvidia.com/gpu": "1" } } } } } });
    expect(resource(plan, "deployment:blue").inputs["properties"]).toMatchObject({
      endpointComputeType: "Kubernetes",
      instanceType: "defaultinstancetype",
      scaleSettings: { scaleType: "TargetUtilization", minInstances: 4, maxInstances: 4 },
      containerResourceRequirements: { containerResourceLimits: { cpu: "1", gpu: "1", memory: "2Gi" }, containerResourceRequests: { cpu: "0.1", memory: "1Gi" } },
    });
    const shell = resource(plan, "endpoint").inputs["properties"] as Record<string, unknown>;
    expect(shell["compute"]).toEqual(
      new Concat([
        new Concat(["/subscriptions/", "sub", "/resourceGroups/", "rg", "/", "providers/Microsoft.MachineLearningServices/workspaces", "/", "ws"]),
        "/computes/",
        "aks",
      ]),
    );
    expect(shell).not.toHaveProperty("publicNetworkAccess");
  });

  it("collects data, each collection with a data asset", () => {
    const plan = planOf({ deployments: { blue: { ...deployment, dataCollector: { collections: { request: { samplingRate: 0 }, extra: { enabled: false, data: "/subscriptions/some/id" }, known: { data: "azureml:seen:2" } }, samplingRate: 0.5, rollingRate: "day" } } } });
    expect(resource(plan, "data:blue:request").inputs).toMatchObject({ name: expect.stringMatching(/^credit-[0-9a-f]{6}-blue-request$/), version: "1" });
    expect(resource(plan, "deployment:blue").inputs["properties"]).toMatchObject({
      dataCollector: {
        collections: {
          request: { dataCollectionMode: "Enabled", dataId: new Ref("data:blue:request", "id"), samplingRate: 0 },
          extra: { dataCollectionMode: "Disabled", dataId: "/subscriptions/some/id", samplingRate: 0.5 },
          known: { dataId: new Concat([new Ref("endpoint", "id", "/onlineEndpoints/"), "/", "data", "/", "seen", "/versions/", "2"]) },
        },
        rollingRate: "Day",
      },
    });
  });
});

describe("local files", () => {
  const local = { ...deployment, model: { path: "examples/quickstart/models/blue.onnx" } };

  it("are uploaded below a folder named by their content, and registered as a version of that name", () => {
    const plan = planOf({ name: "wine", deployments: { blue: local } }, { blue: { model: onnx } });
    const { hash } = onnx;
    const blob = resource(plan, `files:model:${hash}:blue.onnx`);
    expect(blob.inputs).toMatchObject({ accountName: "acct", containerName: "models", blobName: `wine/model/${hash}/blue.onnx`, source: new LocalFile(onnx.root) });
    const version = resource(plan, `model:${hash}`);
    expect(version.inputs).toMatchObject({ name: "wine", version: hash, properties: { modelType: "custom_model" } });
    expect(version.options.dependsOn).toEqual([blob.id]);
    expect(resource(plan, "deployment:blue").options.dependsOn).toEqual(["endpoint", version.id, "environment:blue"]);
    expect(resource(plan, "deployment:blue").inputs["properties"]).toMatchObject({ model: new Ref(version.id, "id") });
  });

  it("are uploaded to an account of another resource group, where the target says so", () => {
    const group = (storage: object): unknown => resource(planOf({ target: { ...azureTarget, storage: { ...azureTarget.storage, ...storage } }, deployments: { blue: local } }, { blue: { model: onnx } }), `files:model:${onnx.hash}:blue.onnx`).inputs["resourceGroupName"];
    expect(group({})).toBe("rg");
    expect(group({ resourceGroupName: "data" })).toBe("data");
  });

  it("of equal content are one version", () => {
    const plan = planOf({ deployments: { blue: local, green: local } }, { blue: { model: onnx }, green: { model: onnx } });
    expect(plan.resources.filter(({ role }) => role === "model")).toHaveLength(1);
    expect(plan.resources.filter(({ role }) => role === "files")).toHaveLength(1);
  });

  it("of one name and another version are two, however the two are joined", () => {
    const plan = planOf(
      { deployments: { blue: { ...deployment, model: { path: "https://x/a", name: "fraud", version: "eu-1" } }, green: { ...deployment, model: { path: "https://x/b", name: "fraud-eu", version: "1" } } } },
    );
    const versions = plan.resources.filter(({ role }) => role === "model");
    expect(versions.map(({ inputs }) => [inputs["name"], inputs["version"]])).toEqual([["fraud", "eu-1"], ["fraud-eu", "1"]]);
    expect(new Set(versions.map(({ id }) => id)).size).toBe(2);
    expect(new Set(versions.map(({ logicalName }) => logicalName)).size).toBe(2);
  });

  it("at one URI are one version for all deployments, and another URI is another", () => {
    const at = (path: string) => ({ ...deployment, model: { path } });
    const plan = planOf({ deployments: { blue: at("https://x/a"), green: at("https://x/a"), grey: at("https://x/b") } });
    expect(plan.resources.filter(({ role }) => role === "model").map(({ logicalName }) => logicalName)).toEqual([
      expect.stringMatching(/-model-https:\/\/x\/a$/),
      expect.stringMatching(/-model-https:\/\/x\/b$/),
    ]);
  });

  it("of one content under two types are two versions", () => {
    const typed = (type: string) => ({ ...deployment, model: { path: "m", type } });
    const plan = planOf({ deployments: { blue: typed("mlflow_model"), green: typed("triton_model") } }, { blue: { model: onnx }, green: { model: onnx } });
    expect(plan.resources.filter(({ role }) => role === "model").map(({ inputs }) => inputs["version"])).toEqual([`${onnx.hash}-mlflow`, `${onnx.hash}-triton`]);
  });

  it("that are an ONNX file run in the bundled container, asked at its routes", () => {
    const plan = planOf({ deployments: { blue: local } }, { blue: { model: onnx } });
    const { inputs, options } = resource(plan, "environment:blue");
    const route = (path: string) => ({ path, port: 5001 });
    expect(inputs["properties"]).toMatchObject({
      image: "registry.example.com/scoring:1",
      inferenceConfig: { livenessRoute: route("/"), readinessRoute: route("/"), scoringRoute: route("/score") },
    });
    expect(inputs["version"]).toBeInstanceOf(Hash);
    expect(options.deleteBeforeReplace).toBe(false);
  });

  it("of code and requirements become a code version and a conda environment with Azure's server", () => {
    const requirements = { ...script, kind: "file" as const, files: script.files.filter(({ path }) => path === "requirements.txt") };
    const plan = planOf(
      { deployments: { blue: { ...local, codeConfiguration: { code: "examples/blue-green/scoring", scoringScript: "score.py" }, environment: { image: "base", requirements: "r" } } } },
      { blue: { model: onnx, code: script, environment: requirements } },
    );
    expect(resource(plan, `code:${script.hash}`).inputs).toMatchObject({ version: script.hash });
    const { condaFile } = resource(plan, "environment:blue").inputs["properties"] as { condaFile: string };
    expect(condaFile).toContain('- "scikit-learn==1.7.2"');
    expect(condaFile).toContain('- "azureml-inference-server-http"');
    expect(resource(plan, "deployment:blue").inputs["properties"]).toMatchObject({
      codeConfiguration: { codeId: new Ref(`code:${script.hash}`, "id"), scoringScript: "score.py" },
    });
  });
});
