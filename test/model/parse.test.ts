import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { parseEndpoint } from "../../lib/model/parse.ts";
import { InvalidArgs } from "../../lib/model/refusal.ts";
import { declaration, deployment, kubernetesTarget, naming, parsed, problemsOf } from "./declare.ts";

/** What Pulumi's Output looks like to code that has no Pulumi. */
const output = { __pulumiOutput: true };

describe("a declaration that is sound", () => {
  it("has every default of the YAML schema", () => {
    const { blue } = parsed({ deployments: { blue: {} } }).deployments;
    expect(blue).toMatchObject({
      instanceCount: 1,
      requestSettings: { requestTimeoutMs: 5000, maxConcurrentRequestsPerInstance: 1, maxQueueWaitMs: 500 },
      livenessProbe: { initialDelay: 10, period: 10, timeout: 2, successThreshold: 1, failureThreshold: 30 },
      readinessProbe: { initialDelay: 10, period: 10, timeout: 2, successThreshold: 1, failureThreshold: 30 },
      azure: { appInsightsEnabled: false },
    });
    expect(blue).not.toHaveProperty("startupProbe");
  });

  it("keeps its zeros", () => {
    const endpoint = parsed({
      traffic: { blue: 100, green: 0 },
      mirrorTraffic: { green: 0 },
      deployments: { blue: { ...deployment, requestSettings: { maxQueueWaitMs: 0 } }, green: deployment },
    });
    expect(endpoint.traffic).toEqual({ blue: 100, green: 0 });
    expect(endpoint.mirrorTraffic).toEqual({ green: 0 });
    expect(endpoint.deployments["blue"]?.requestSettings.maxQueueWaitMs).toBe(0);
  });

  it("takes a default where undefined is written", () => {
    expect(parsed({ authMode: undefined, deployments: { blue: { ...deployment, instanceCount: undefined } } })).toMatchObject({
      authMode: "key",
      deployments: { blue: { instanceCount: 1 } },
    });
  });

  it("carries late values through untouched", () => {
    const { endpoint, problems } = parseEndpoint("credit", declaration({ description: output, azure: { compute: output }, tags: { team: output }, deployments: { blue: { model: output, environmentVariables: { DB: output } } } }), naming);
    expect(problems).toEqual([]);
    expect(endpoint.description).toBe(output);
    expect(endpoint.azure.compute).toBe(output);
    expect(endpoint.tags["team"]).toBe(output);
    expect(endpoint.deployments["blue"]?.model).toEqual({ kind: "id", id: output });
    expect(endpoint.deployments["blue"]?.environmentVariables["DB"]).toBe(output);
  });
});

describe("refusals", () => {
  const cases: readonly (readonly [what: string, changes: object, path: string, message: string | RegExp])[] = [
    ["an unknown deployment in traffic", { traffic: { blu: 100 } }, "traffic.blu", 'no deployment has this name; did you mean "blue"?'],
    ["a share that is not whole", { traffic: { blue: 90.5, green: 10 } }, "traffic.blue", "expected a whole percent; got 90.5"],
    ["a share above 100", { traffic: { blue: 120 } }, "traffic.blue", "expected 0 to 100 percent; got 120"],
    ["a share below 0", { traffic: { blue: -1 } }, "traffic.blue", "expected 0 to 100 percent; got -1"],
    ["a sum of 95", { traffic: { blue: 90, green: 5 } }, "traffic", "expected percents that sum to 100, or all 0 for no traffic; got a sum of 95"],
    ["a misspelt key", { deployments: { blue: { instances: 2 } } }, "deployments.blue", 'unknown key "instances"; did you mean "instanceCount"?'],
    ["a misspelt key of the endpoint", { trafic: {} }, "", 'unknown key "trafic"; did you mean "traffic"?'],
    ["a key near nothing", { zzz: 1 }, "", /^unknown key "zzz"; known: kind, target, /],
    ["a late number", { deployments: { blue: { instanceCount: output } } }, "deployments.blue.instanceCount", /^expected a plain whole number of instances, got a pulumi\.Output; it decides the shape of the stack, .*config\.requireNumber\(\)$/],
    ["tags in a Map", { tags: new Map([["team", "a"]]) }, "tags", /^expected an object of strings/],
    ["late traffic", { traffic: output }, "traffic", /got a pulumi\.Output/],
    ["late deployments", { deployments: output }, "deployments", /got a pulumi\.Output/],
    ["a mirror of 60 %", { traffic: { blue: 100 }, mirrorTraffic: { green: 60 } }, "mirrorTraffic.green", "expected 0 to 50 percent; got 60"],
    ["a mirror on live traffic", { traffic: { blue: 100 }, mirrorTraffic: { blue: 10 } }, "mirrorTraffic.blue", "a deployment takes live or mirrored traffic, not both; it has 100 percent of the live traffic"],
    ["two mirrors", { mirrorTraffic: { blue: 10, green: 0 } }, "mirrorTraffic", 'expected one deployment; got "blue" and "green"'],
    ["a mirror to nobody", { mirrorTraffic: { grey: 10 } }, "mirrorTraffic.grey", 'no deployment has this name; did you mean "green"?'],
    ["a name of 2", { name: "ab" }, "name", 'expected 3-32 of a-z, 0-9 and "-", starting with a letter and not ending with "-"; got "ab"'],
    ["a name of 33", { name: "a".repeat(33) }, "name", /^expected 3-32 .*; got "a{33}"$/],
    ["a name with capitals", { name: "Credit" }, "name", /^expected 3-32 .*; got "Credit"$/],
    ["double dashes", { name: "a--b" }, "name", /^expected single dashes/],
    ["a deployment's name of 2", { deployments: { ab: deployment } }, "deployments.ab", /^expected 3-32/],
    ["a deployment's double dashes", { deployments: { "ab--c": deployment } }, "deployments.ab--c", /^expected single dashes/],
    ["no deployments", { deployments: {} }, "deployments", "expected one deployment or more; got {}"],
    ["21 deployments", { deployments: Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`dep${i}`, deployment])) }, "deployments", /^expected 20 deployments or fewer/],
    ["no instances", { deployments: { blue: { instanceCount: 0 } } }, "deployments.blue.instanceCount", "expected 1 or more instances; got 0"],
    ["liveness after several successes", { deployments: { blue: { livenessProbe: { successThreshold: 2 } } } }, "deployments.blue.livenessProbe.successThreshold", "expected 1 to 1 successes; got 2"],
    ["a period of 0", { deployments: { blue: { readinessProbe: { period: 0 } } } }, "deployments.blue.readinessProbe.period", "expected 1 or more seconds; got 0"],
    ["a time limit of 0", { deployments: { blue: { requestSettings: { requestTimeoutMs: 0 } } } }, "deployments.blue.requestSettings.requestTimeoutMs", "expected 1 to 300000 milliseconds; got 0"],
    ["compute by its bare name", { azure: { compute: "aks" } }, "azure.compute", 'expected "azureml:<cluster>" or an id that begins with /subscriptions/; got "aks"'],
    ["compute of a version", { azure: { compute: "azureml:aks:1" } }, "azure.compute", /^expected "azureml:<cluster>"/],
    ["compute of nothing", { azure: { compute: "" } }, "azure.compute", 'expected "azureml:<cluster>" or an id that begins with /subscriptions/; got ""'],
    ["a hostname of nothing", { kubernetes: { hostname: "" } }, "kubernetes.hostname", 'expected a hostname; got ""'],
    ["a place of nothing", { target: { ...kubernetesTarget, namespace: "" } }, "target.namespace", 'expected a namespace; got ""'],
    ["a moving version", { deployments: { blue: { model: "azureml:wine@latest" } } }, "deployments.blue.model", /^expected a fixed version; nothing would notice/],
    ["an id of what moves", { deployments: { blue: { model: "/subscriptions/s/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws/models/wine/labels/latest" } } }, "deployments.blue.model", /^expected a fixed version; nothing would notice/],
    ["a version of a registry that moves", { deployments: { blue: { model: "azureml://registries/r/models/wine@latest" } } }, "deployments.blue.model", /^expected a fixed version; nothing would notice/],
    ["an environment of a registry that moves", { deployments: { blue: { azure: { environment: "azureml://registries/azureml/environments/sklearn/labels/latest" } } } }, "deployments.blue.azure.environment", /^expected a fixed version; nothing would notice/],
    ["a reference without version", { deployments: { blue: { model: "azureml:wine" } } }, "deployments.blue.model", /^expected "azureml:<name>:<version>"/],
    ["a script that is no script", { deployments: { blue: { codeConfiguration: { code: "./code", scoringScript: "score.sh" } } } }, "deployments.blue.codeConfiguration.scoringScript", 'expected a script, *.py, *.js or *.ts; got "score.sh"'],
    ["an environment of nothing", { deployments: { blue: { environment: { image: "x" } } } }, "deployments.blue.environment", /^expected exactly one of inferenceConfig, condaFile and requirements/],
    ["a build of Azure's own", { deployments: { blue: { environment: { build: { path: "." } } } } }, "deployments.blue.environment", /^build is Azure's own build .* "image" with "inferenceConfig"; or give "image" with "condaFile" .* azure\.environment "azureml:<name>:<version>"$/],
    ["a container without image", { deployments: { blue: { environment: { inferenceConfig: { livenessRoute: { path: "/", port: 1 }, readinessRoute: { path: "/", port: 1 }, scoringRoute: { path: "/", port: 1 } } } } } }, "deployments.blue.environment.image", /^expected the image of the custom container/],
    ["a mount path that is relative", { deployments: { blue: { modelMountPath: "models" } } }, "deployments.blue.modelMountPath", /^expected an absolute path/],
    ["scale bounds the wrong way round", { deployments: { blue: { azure: { scaleSettings: { type: "target_utilization", minInstances: 3, maxInstances: 2 } } } } }, "deployments.blue.azure.scaleSettings.maxInstances", /^expected maxInstances of minInstances or more/],
    ["bounds of a scale that keeps none", { deployments: { blue: { azure: { scaleSettings: { type: "default", maxInstances: 9 } } } } }, "deployments.blue.azure.scaleSettings", 'unknown key "maxInstances"; known: type'],
    ["requests over limits", { deployments: { blue: { azure: { resources: { requests: { memory: "2Gi" }, limits: { memory: "1500Mi" } } } } } }, "deployments.blue.azure.resources.requests.memory", 'expected no more than the limit, "1500Mi"; got "2Gi"'],
    ["requests over limits on Kubernetes", { deployments: { blue: { kubernetes: { resources: { requests: { cpu: "2" }, limits: { cpu: "1500m" } } } } } }, "deployments.blue.kubernetes.resources.requests.cpu", 'expected no more than the limit, "1500m"; got "2"'],
    ["pods as root", { deployments: { blue: { kubernetes: { securityContext: { runAsUser: 0 } } } } }, "deployments.blue.kubernetes.securityContext.runAsUser", "expected 1 or more user ids; got 0"],
    ["an update that can replace no pod", { deployments: { blue: { kubernetes: { rollingUpdate: { maxSurge: 0 } } } } }, "deployments.blue.kubernetes.rollingUpdate", /^expected maxSurge or maxUnavailable above 0/],
    ["a share of pods that is none", { deployments: { blue: { kubernetes: { rollingUpdate: { maxSurge: "101%" } } } } }, "deployments.blue.kubernetes.rollingUpdate.maxSurge", 'expected a whole number of pods, or a percent such as "25%"; got "101%"'],
    ["a volume without a source", { deployments: { blue: { kubernetes: { volumes: [{ name: "data" }] } } } }, "deployments.blue.kubernetes.volumes.0", /^expected a name and one source, such as emptyDir: \{\}/],
    ["a volume's name that is none", { deployments: { blue: { kubernetes: { volumes: [{ name: "Data", emptyDir: {} }] } } } }, "deployments.blue.kubernetes.volumes.0.name", /^expected a name of 1 to 63 .*got "Data"$/],
    ["a mount at the root", { deployments: { blue: { kubernetes: { volumeMounts: [{ name: "data", mountPath: "/" }] } } } }, "deployments.blue.kubernetes.volumeMounts.0.mountPath", /^expected an absolute path without a colon, and not "\/" itself/],
    ["a copy of a whole image", { deployments: { blue: { model: { image: "m", mount: "copy" } } } }, "deployments.blue.model.path", "expected the path in the image that is copied; got nothing"],
    ["a path out of an image", { deployments: { blue: { model: { image: "m", path: "/a/../b" } } } }, "deployments.blue.model.path", /^expected a path such as "\/models\/credit"/],
    ["an absolute path on a volume", { deployments: { blue: { model: { claim: "m", path: "/a" } } } }, "deployments.blue.model.path", /^expected a path such as "models\/credit"/],
    ["a SHA-256 that is none", { deployments: { blue: { model: { path: "s3://m/a.onnx", sha256: "abc" } } } }, "deployments.blue.model.sha256", /^expected a SHA-256 of 64/],
    ["a SHA-256 of a local file", { deployments: { blue: { model: { path: "./a.onnx", sha256: "a".repeat(64) } } } }, "deployments.blue.model.sha256", /^a file or folder of this machine is hashed as it is read/],
    ["no instances at all", { deployments: { blue: { autoscale: { minInstances: 0, maxInstances: 2 } } } }, "deployments.blue.autoscale.minInstances", "expected 1 or more instances: with none, nobody would hold the first request; got 0"],
    ["an empty key", { auth: { keys: { primaryKey: "first", secondaryKey: "" } } }, "auth.keys.secondaryKey", /^expected a key; got/],
    ["a Secret's value without its key", { deployments: { blue: { environmentVariables: { DB: { secret: "db" } } } } }, "deployments.blue.environmentVariables.DB.key", /^expected a key; got/],
    ["a Secret's key that cannot be", { deployments: { blue: { environmentVariables: { DB: { secret: "db", key: "a/b" } } } } }, "deployments.blue.environmentVariables.DB.key", /^expected a key of letters/],
    ["an address for collected data that is none", { deployments: { blue: { kubernetes: { collectedData: { url: "s3://data" } } } } }, "deployments.blue.kubernetes.collectedData.url", /^expected an address of http or https/],
    ["an amount that is none", { deployments: { blue: { kubernetes: { resources: { limits: { cpu: "lots" } } } } } }, "deployments.blue.kubernetes.resources.limits.cpu", /^expected a quantity such as .*; got "lots"$/],
    ["an amount in a unit that is none", { deployments: { blue: { kubernetes: { resources: { limits: { memory: "1Zi" } } } } } }, "deployments.blue.kubernetes.resources.limits.memory", /^expected a quantity/],
    ["a variable's name that is none", { deployments: { blue: { environmentVariables: { "A=B": "c" } } } }, "deployments.blue.environmentVariables.A=B", /^expected a variable's name .*not "A=B"/],
    ["no workers", { deployments: { blue: { environmentVariables: { WORKER_COUNT: "0" } } } }, "deployments.blue.environmentVariables.WORKER_COUNT", /^expected a whole number of workers, 1 or more/],
    ["workers that are no number", { deployments: { blue: { environmentVariables: { WORKER_COUNT: "two" } } } }, "deployments.blue.environmentVariables.WORKER_COUNT", /^expected a whole number of workers/],
    ["a model's name with a slash", { deployments: { blue: { model: { path: "./x", name: "a/b" } } } }, "deployments.blue.model.name", /^expected a name of letters, digits, "-" and "_"/],
    ["a model's version that leads upward", { deployments: { blue: { model: { path: "./x", version: "../up" } } } }, "deployments.blue.model.version", /^expected a version of letters/],
    ["a path that leads upward", { kubernetes: { path: "/a/../b" } }, "kubernetes.path", /^expected a path such as/],
    ["a file where a reference stands", { deployments: { blue: { model: "./blue.onnx" } } }, "deployments.blue.model", /a file or folder of this machine is \{ path \}; got "\.\/blue\.onnx"$/],
    ["six collectors", { deployments: { blue: { dataCollector: { collections: Object.fromEntries(["one", "two", "three", "four", "five", "six"].map((n) => [n, {}])) } } } }, "deployments.blue.dataCollector.collections", /^expected at most five collections/],
    ["no user-assigned identity", { azure: { identity: { type: "user_assigned", userAssignedIdentities: [] } } }, "azure.identity.userAssignedIdentities", /^expected one identity or more/],
    ["a path with a slash at its end", { kubernetes: { path: "/models/" } }, "kubernetes.path", /without a slash at the end; got "\/models\/"$/],
    ["keys twice", { auth: { keys: { primaryKey: "a", secondaryKey: "b" }, existingSecret: "c" } }, "auth", /^expected keys or existingSecret, not both/],
    ["an unknown auth mode", { authMode: "keys" }, "authMode", 'expected "key", "aml_token" or "aad_token"; got "keys"'],
    ["another kind", { kind: "stream" }, "kind", 'expected "online" or "batch"; got "stream"'],
    ["no target", { target: undefined }, "target", "expected azureMl({…}) or kubernetes({…}); got nothing"],
    ["an unknown gateway", { target: { type: "kubernetes", namespace: "ml", gateway: { name: "a", namespace: "b", implementation: "envoy" } } }, "target.gateway.implementation", /^expected "envoy-gateway", .*; got "envoy"$/],
  ];

  it.each(cases)("%s", (_, changes, path, message) => {
    expect(problemsOf(changes)[path]).toEqual(typeof message === "string" ? message : expect.stringMatching(message));
  });

  it("are printed once, and without a stack, by Node and by Pulumi", () => {
    const refusal = new InvalidArgs('Endpoint "credit"', [{ path: "name", message: "no", value: "x" }]);
    expect(inspect(refusal, { colors: true })).toBe('InvalidArgs: Endpoint "credit" has 1 problem\n  - name: no');
  });

  it("come all together, ordered by path, one line a cause", () => {
    const { problems } = parseEndpoint("credit", declaration({ nam: "x", traffic: { blue: 90.5, grey: 120 }, deployments: { blue: { instances: 1 }, ab: { instanceCount: 0 } } }), naming);
    const lines = new InvalidArgs('Endpoint "credit"', problems).message.split("\n");
    expect(lines).toEqual([
      'Endpoint "credit" has 7 problems',
      '  - unknown key "nam"; did you mean "name"?',
      '  - deployments.ab: expected 3-32 of a-z, 0-9 and "-", starting with a letter and not ending with "-"; got "ab"',
      "  - deployments.ab.instanceCount: expected 1 or more instances; got 0",
      '  - deployments.blue: unknown key "instances"; did you mean "instanceCount"?',
      "  - traffic.blue: expected a whole percent; got 90.5",
      "  - traffic.grey: expected 0 to 100 percent; got 120",
      '  - traffic.grey: no deployment has this name; the endpoint has "blue", "ab"',
    ]);
  });

  it("leave everything else to be read, so that the target can be asked", () => {
    const { endpoint } = parseEndpoint("credit", declaration({ deployments: { blue: { instances: 1, tags: { team: "a" } }, green: deployment, grey: 1 } }), naming);
    expect(Object.keys(endpoint.deployments)).toEqual(["blue", "green", "grey"]);
    expect(endpoint.deployments["blue"]?.tags).toEqual({ team: "a" });
    expect(() => endpoint.deployments["blue"]?.instanceCount).toThrow("a refused value was read");
    expect(() => endpoint.deployments["grey"]).toThrow("a refused value was read");
  });

  it("never shows what may be a secret in the wrong form", () => {
    const message = problemsOf({ auth: { keys: { primaryKey: 987654321, secondaryKey: true }, existingSecret: { token: "s3cret" } }, deployments: { blue: { environmentVariables: { PIN: 1234567 } } } });
    expect(message["auth.keys.primaryKey"]).toBe("expected a key; got a number");
    expect(message["deployments.blue.environmentVariables.PIN"]).toBe("expected a string; got a number");
    expect(JSON.stringify(message)).not.toMatch(/s3cret|1234567|987654321/);
  });

  it.each([undefined, null, 3, "x", []])("arguments that are %j", (args) => {
    expect(parseEndpoint("credit", args, naming).problems.length).toBeGreaterThan(0);
  });
});

describe("names", () => {
  it("are the logical name on Kubernetes", () => {
    expect(parsed({}, "credit").name).toBe("credit");
  });

  it("are told apart per stack on Azure", () => {
    const on = (stack: string) => parseEndpoint("credit", declaration({ target: { type: "azureMl", resourceGroupName: "rg", workspaceName: "ws", location: "we" } }), { ...naming, stack }).endpoint.name;
    expect(on("acme/models/prod")).toMatch(/^credit-[0-9a-f]{6}$/);
    expect(on("acme/models/prod")).not.toBe(on("acme/models/dev"));
  });

  it("stay as written where they are written", () => {
    expect(parsed({ name: "risk" }, "Credit_Scorer").name).toBe("risk");
  });

  it.each(["Credit_Scoring_Endpoint_For_Western_Europe", "1credit-scoring-for-small-businesses-in-europe", "credit--scoring-for-small-businesses-in-europe"])(
    "refuse on Azure what would stay illegal when it is cut: %s",
    (logicalName) => {
      const target = { type: "azureMl", resourceGroupName: "rg", workspaceName: "ws", location: "we" };
      expect(problemsOf({ target }, logicalName)["name"]).toContain("the endpoint's logical name");
      expect(problemsOf({ target }, "credit-scoring-for-small-businesses-in-europe")).toEqual({});
    },
  );

  it("refuse a logical name that is no name, where nothing else is written", () => {
    expect(problemsOf({}, "Credit")["name"]).toMatch(/; got "Credit", the endpoint's logical name$/);
  });
});
