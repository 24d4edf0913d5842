import { describe, expect, it } from "vitest";
import { bundle } from "../../../lib/assets/bundle.ts";
import { compileEndpoint } from "../../../lib/compile/local/endpoint.ts";
import { verdict } from "../../../lib/compile/local/verdict.ts";
import type { Assets } from "../../../lib/model/bundle.ts";
import { parseDeployment } from "../../../lib/model/existing.ts";
import { byPath, kubernetesTarget, naming, parsed } from "../../model/declare.ts";

const onnx = bundle("examples/quickstart/models/blue.onnx", "place");
const model = { path: "examples/quickstart/models/blue.onnx" };
const files: Assets = { blue: { model: onnx } };
const code = { code: "examples/blue-green/scoring", scoringScript: "score.py" };

const plan = (changes: object, assets: Assets = files) => compileEndpoint(parsed({ deployments: { blue: { model, ...changes } } }), assets);

describe("a deployment on localhost", () => {
  it("is a front in managed statuses, with the workers and the limit of all its instances", () => {
    const [blue] = plan({ instanceCount: 3, environmentVariables: { WORKER_COUNT: "2" }, requestSettings: { maxConcurrentRequestsPerInstance: 2, maxQueueWaitMs: 0 } }).deployments;
    expect(blue?.serve).toEqual({
      deployment: "blue",
      entryScript: undefined,
      maxInFlight: 12,
      maxQueueWaitMs: 0,
      pathPrefix: "/endpoints/credit",
      requestTimeoutMs: 5000,
      statuses: "managed",
      workerCount: 6,
    });
  });

  it("has its model where Azure has it: below name and version, under its own name", () => {
    expect(plan({}).deployments[0]?.model).toEqual({ name: "credit", version: onnx.hash, linkName: "blue.onnx", source: onnx.root });
    expect(plan({ model: { ...model, name: "wine", version: "7" } }).deployments[0]?.model).toMatchObject({ name: "wine", version: "7" });
  });

  it("says which Python packages it needs", () => {
    const environment = bundle("examples/blue-green/scoring/requirements.txt", "place");
    const [blue] = plan({ codeConfiguration: code, environment: { requirements: "r" } }, { blue: { model: onnx, environment } }).deployments;
    expect(blue?.python).toEqual({ requirements: environment.root });
    expect(blue?.serve.entryScript).toBe("score.py");
  });
});

const route = { path: "/", port: 80 };
const container = { image: "x", inferenceConfig: { livenessRoute: route, readinessRoute: route, scoringRoute: { path: "/predict", port: 80 } } };

describe("kinds of model on localhost", () => {
  it("is a script in JavaScript, which needs no Python", () => {
    const [blue] = plan({ codeConfiguration: { ...code, scoringScript: "score.ts" } }).deployments;
    expect(blue).toMatchObject({ needsPython: false, python: undefined, serve: { entryScript: "score.ts" } });
  });

  it.each([
    ["the requirements that MLflow writes beside a model", ["MLmodel", "conda.yaml", "requirements.txt"], { requirements: "/models/m/requirements.txt", pythonFile: "/models/m/conda.yaml" }],
    ["the version of Python that it notes beside them", ["MLmodel", "conda.yaml", "python_env.yaml", "requirements.txt"], { requirements: "/models/m/requirements.txt", pythonFile: "/models/m/python_env.yaml" }],
    ["its conda file where there is nothing else", ["MLmodel", "conda.yaml"], { condaFile: "/models/m/conda.yaml" }],
    ["those beside MLmodel, in whatever folder that is", ["a/b/MLmodel", "a/b/requirements.txt", "a/b/c/MLmodel", "requirements.txt"], { requirements: "/models/m/a/b/requirements.txt" }],
    ["those of the folder that is named", ["a/MLmodel", "a/requirements.txt", "b/MLmodel", "b/requirements.txt"], { requirements: "/models/m/b/requirements.txt" }, "./m/b/"],
    ["the machine's own Python where there is neither", ["MLmodel"], undefined],
    ["the machine's own Python where nobody knows which model is meant", ["a/MLmodel", "a/requirements.txt", "b/MLmodel", "b/requirements.txt"], undefined],
  ])("is an MLflow model: %s", (_, names, python, named = "") => {
    const folder = { ...onnx, root: "/models/m", name: "m", files: names.map((path) => ({ path, source: `/models/m/${path}`, size: 1, sha256: path })) };
    const variables = named === "" ? {} : { environmentVariables: { MLFLOW_MODEL_FOLDER: named } };
    const [blue] = plan({ model: { ...model, type: "mlflow_model" }, ...variables }, { blue: { model: folder } }).deployments;
    expect(blue).toMatchObject({ needsPython: true, serve: { entryScript: undefined } });
    expect(blue?.python).toEqual(python === undefined ? undefined : { ...python, also: ["inference-schema~=1.8"] });
  });

  it("is an MLflow model with packages of its author's choice", () => {
    const environment = bundle("examples/blue-green/scoring/requirements.txt", "place");
    const [blue] = plan({ model: { ...model, type: "mlflow_model" }, environment: { requirements: "r" } }, { blue: { model: onnx, environment } }).deployments;
    expect(blue?.python).toEqual({ requirements: environment.root, also: ["inference-schema~=1.8"] });
  });

  it("is a custom container: its command behind the front, which passes every path on, as Azure does", () => {
    const [blue] = plan({ environment: container, local: { command: ["python3", "app.py"] } }).deployments;
    expect(blue?.serve).toMatchObject({
      upstreamScoring: "http://127.0.0.1:80/predict",
      upstreamReadiness: "http://127.0.0.1:80/",
      upstreamLiveness: "http://127.0.0.1:80/",
      upstreamPaths: "/",
      upstreamCommand: '["python3","app.py"]',
    });
    expect(blue).toMatchObject({ needsPython: false });
  });

  it("are not two containers that listen on one port of this machine", () => {
    const both = (command: readonly string[]) =>
      byPath(verdict(parsed({ deployments: { blue: { environment: container, local: { command } }, green: { environment: container, local: { command } } } }), {}).problems);
    expect(both(["serve"])).toEqual({ "deployments.green.local.command": expect.stringMatching(/^port 80 of this machine is blue's too: write \{port\}/) });
    expect(both(["serve", "--port={port}"])).toEqual({});
    const health = { ...container, inferenceConfig: { ...container.inferenceConfig, scoringRoute: { path: "/", port: 81 } } };
    const probed = parsed({ deployments: { blue: { environment: container, local: { command: ["a"] } }, green: { environment: health, local: { command: ["b"] } } } });
    expect(byPath(verdict(probed, {}).problems), "a port of its probes alone").toEqual({ "deployments.green.local.command": expect.stringMatching(/^port 80 of this machine is blue's too/) });
  });
});

describe("routing on localhost", () => {
  const endpoint = (changes: object) => compileEndpoint(parsed({ deployments: { blue: { model }, green: { model } }, ...changes }), {});

  it("has the positive shares alone", () => {
    expect(endpoint({ traffic: { blue: 100, green: 0 } }).traffic).toEqual([{ deployment: "blue", percent: 100 }]);
    expect(endpoint({ traffic: { blue: 0, green: 0 } }).traffic).toEqual([]);
  });

  it("has a mirror, and none at 0", () => {
    expect(endpoint({ mirrorTraffic: { green: 20 } }).mirror).toEqual({ deployment: "green", percent: 20 });
    expect(endpoint({ mirrorTraffic: { green: 0 } }).mirror).toBeUndefined();
  });
});

describe("localhost refuses", () => {
  const refusals = (changes: object, endpoint: object = {}, assets: Assets = files) =>
    byPath(verdict(parsed({ deployments: { blue: { model, ...changes } }, ...endpoint }), assets).problems);

  it.each([
    ["models registered in Azure", { model: "azureml:wine:1" }, "deployments.blue.model", /cannot be read here/],
    ["Triton", { model: { ...model, type: "triton_model" } }, "deployments.blue.model.type", /Azure alone/],
    ["a custom container without its command", { environment: container }, "deployments.blue.local.command", /^localhost runs no images: give the command/],
    ["a URI", { model: { path: "azureml://x" }, codeConfiguration: code }, "deployments.blue.model.path", /files of this machine/],
    ["a registered model with a script", { model: "azureml:wine:1", codeConfiguration: code }, "deployments.blue.model", /cannot be read here/],
    ["a model's id with a script", { model: "/subscriptions/s/models/wine", codeConfiguration: code }, "deployments.blue.model", /cannot be read here/],
    ["registered code", { codeConfiguration: { ...code, code: "azureml:code:1" } }, "deployments.blue.codeConfiguration.code", /code registered in Azure cannot be read here/],
    ["a code id", { codeConfiguration: { ...code, code: "/subscriptions/s/codes/c" } }, "deployments.blue.codeConfiguration.code", /code registered in Azure cannot be read here/],
    ["modelMountPath", { modelMountPath: "/models" }, "deployments.blue.modelMountPath", /leave it out/],
    ["Azure's secrets", { environmentVariables: { DB: "${{azureml://connections/db}}" } }, "deployments.blue.environmentVariables.DB", /by configuration/],
  ])("%s", (_, changes, path, message) => {
    expect(refusals(changes)[path]).toMatch(message);
  });

  it.each([
    ["of a script", { codeConfiguration: code }],
    ["of ONNX", {}],
    ["of nobody knows what", { model: { path: "azureml://x" } }],
    ["of MLflow", { model: { path: "azureml://x", type: "mlflow_model" } }],
    ["of Triton", { model: { path: "azureml://x", type: "triton_model" } }],
    ["of a custom container", { environment: container, local: { command: ["serve"] } }],
  ])("the URI %s, with no guess at what is behind it", (_, changes) => {
    const problems = refusals({ model: { path: "https://example.com/m.onnx" }, ...changes }, {}, {});
    expect(problems["deployments.blue.model.path"]).toMatch(/write a path/);
    expect(problems).not.toHaveProperty("deployments.blue");
  });

  /** As an Output, or `--set`, gives it: past the parser. */
  const counted = (count: string) => {
    const endpoint = parsed({ deployments: { blue: { model } } });
    const late = { ...endpoint, deployments: { blue: { ...endpoint.deployments["blue"]!, environmentVariables: { WORKER_COUNT: count } } } };
    return byPath(verdict(late, files).problems);
  };

  it.each(["0", "1.5", "two", ""])("a number of workers that was late and is wrong: %j", (count) => {
    const problem = counted(count)["deployments.blue.environmentVariables.WORKER_COUNT"];
    expect(problem).toMatch(/1 or more$/);
  });

  it("no number of workers that is right, or that nobody knows yet", () => {
    for (const count of ["1", "<deployments.blue.environmentVariables.WORKER_COUNT>"]) expect(counted(count)).toEqual({});
  });

  it("everything else of a deployment whose model is missing", () => {
    const changes = { model: { path: "none", type: "triton_model" }, modelMountPath: "/m", environmentVariables: { DB: "${{azureml://connections/db}}" } };
    expect(Object.keys(refusals(changes, {}, {})).toSorted()).toEqual([
      "deployments.blue.environmentVariables.DB",
      "deployments.blue.model.type",
      "deployments.blue.modelMountPath",
    ]);
  });

  it("tokens", () => {
    expect(refusals({}, { authMode: "aml_token" })["authMode"]).toMatch(/keys alone so far; got "aml_token"/);
  });

  it("a model that nothing serves, but not one that is missing, which its reader reports", () => {
    expect(refusals({}, {}, { blue: { model: bundle("examples/quickstart/train.py", "place") } })["deployments.blue"]).toMatch(/^expected a scoring script/);
    expect(refusals({}, {}, {})).toEqual({});
  });

  it("nothing of what only other targets use", () => {
    expect(refusals({ azure: { instanceType: "x", appInsightsEnabled: true }, kubernetes: { nodeSelector: { gpu: "yes" } } })).toEqual({});
  });

  it("and warns of what it leaves undone", () => {
    const { warnings } = verdict(parsed({ deployments: { blue: { model, egressPublicNetworkAccess: "disabled" } } }), files);
    expect(Object.keys(byPath(warnings)).toSorted()).toEqual(["deployments.blue.egressPublicNetworkAccess"]);
  });

  it("and warns of what it sets or takes otherwise", () => {
    const warned = (changes: object, endpoint: object = {}) => byPath(verdict(parsed({ deployments: { blue: { model, ...changes } }, ...endpoint }), files).warnings);
    expect(warned({}, { auth: { existingSecret: "mine" } })).toEqual({ "auth.existingSecret": expect.stringContaining("dev's own") });
    expect(warned({}, { auth: { keys: { primaryKey: "a", secondaryKey: "b" } } })).toEqual({});
    expect(warned({ codeConfiguration: code, environment: { image: "x", requirements: "r" } })).toEqual({ "deployments.blue.environment.image": expect.stringContaining("not used here") });
    expect(warned({ codeConfiguration: code, environment: { requirements: "r" } })).toEqual({});
    const names = ["AML_APP_ROOT", "AZUREML_ENTRY_SCRIPT", "AZUREML_MODEL_DIR"];
    const set = warned({ environmentVariables: Object.fromEntries([...names, "MINE"].map((name) => [name, "x"])) });
    expect(set).toEqual(Object.fromEntries(names.map((name) => [`deployments.blue.environmentVariables.${name}`, expect.stringContaining("dev sets it itself")])));
  });
});

describe("an endpoint that two programs share", () => {
  const said = (changes: object) => verdict(parsed({ deployments: { blue: { model }, green: "external" }, ...changes }), files);

  it("runs without the other's deployment, and says so", () => {
    const { problems, warnings } = said({ traffic: { blue: 100, green: 0 } });
    expect(problems).toEqual([]);
    expect(byPath(warnings)).toEqual({ "deployments.green": "another program's deployment does not run here" });
    const { deployments, traffic } = compileEndpoint(parsed({ deployments: { blue: { model }, green: "external" }, traffic: { blue: 100, green: 0 } }), files);
    expect([deployments.map(({ name }) => name), traffic]).toEqual([["blue"], [{ deployment: "blue", percent: 100 }]]);
  });

  it("is refused with a share for it: its callers would wait for nobody", () => {
    expect(byPath(said({ traffic: { blue: 90, green: 10 } }).problems)["traffic.green"]).toMatch(/does not run here: give it 0 on localhost, by configuration; got 10/);
    expect(byPath(said({ traffic: { blue: 100 }, mirrorTraffic: { green: 10 } }).problems)["mirrorTraffic.green"]).toMatch(/does not run here/);
  });

  it("runs a deployment of the other's endpoint by name", () => {
    const { endpoint } = parseDeployment<string>("blue", { model, endpoint: { name: "credit", target: kubernetesTarget } }, naming);
    expect(byPath(verdict(endpoint, files).warnings)["traffic"]).toMatch(/answers to its name in the header/);
    expect(compileEndpoint(endpoint, files)).toMatchObject({ name: "credit", path: "/endpoints/credit", traffic: [], deployments: [{ name: "blue" }] });
  });
});
