import { describe, expect, it } from "vitest";
import { bundle } from "../../../lib/assets/bundle.ts";
import { azureTarget, deployment } from "../../model/declare.ts";
import { onnx, refusals, warnings } from "./compile.ts";

const { storage: _storage, ...noStorage } = azureTarget;
const { scoringImage: _image, ...noImage } = azureTarget;
const cluster = { azure: { compute: "azureml:aks" }, target: { ...azureTarget, subscriptionId: "sub" } };
const blue = (changes: object) => ({ deployments: { blue: { ...deployment, ...changes } } });
const local = { path: "examples/quickstart/models/blue.onnx" };
const code = { code: "examples/blue-green/scoring", scoringScript: "score.py" };
const files = { blue: { model: onnx } };

describe("Azure refuses", () => {
  const cases: readonly (readonly [what: string, changes: object, path: string, message: RegExp])[] = [
    ["local files without storage, naming both ways out", { target: noStorage, ...blue({ model: local }) }, "deployments.blue.model.path", /azureMl\(\{ storage: .*registered one, "azureml:<name>:<version>"/],
    ["local code without storage", { target: noStorage, ...blue({ codeConfiguration: code, azure: { instanceType: "x", environment: "azureml:e:1" } }) }, "deployments.blue.codeConfiguration.code", /code of this machine must be uploaded/],
    ["ONNX without the bundled container", { target: noImage, ...blue({ model: local }) }, "deployments.blue", /do not serve ONNX files: give azureMl\(\{ scoringImage \}\)/],
    ["a script without environment", blue({ codeConfiguration: code }), "deployments.blue.environment", /a scoring script needs an environment/],
    ["requirements without base image", blue({ codeConfiguration: code, environment: { requirements: "r.txt" } }), "deployments.blue.environment.image", /Azure builds on a base image/],
    ["MLflow with an environment but no script", blue({ model: { path: "azureml://m", type: "mlflow_model" }, environment: { image: "base", condaFile: "conda.yaml" } }), "deployments.blue.environment", /brings its own environment/],
    ["ONNX with an environment that Azure builds", blue({ model: local, environment: { image: "base", condaFile: "conda.yaml" } }), "deployments.blue.environment", /starts Python scripts alone: leave it out, for the bundled container/],
    ["JavaScript with an environment that Azure builds", blue({ codeConfiguration: { ...code, scoringScript: "score.ts" }, environment: { image: "base", requirements: "r.txt" } }), "deployments.blue.environment", /starts Python scripts alone: leave it out, for the bundled container/],
    ["JavaScript without the bundled container", { target: noImage, ...blue({ codeConfiguration: { code: "azureml:c:1", scoringScript: "score.ts" } }) }, "deployments.blue.codeConfiguration.scoringScript", /Python scripts alone: give azureMl\(\{ scoringImage \}\)/],
    ["MLflow without a way out", blue({ model: { path: "azureml://m", type: "mlflow_model" }, egressPublicNetworkAccess: "disabled" }), "deployments.blue.egressPublicNetworkAccess", /needs a way out/],
    ["a mount path without custom container", blue({ modelMountPath: "/models" }), "deployments.blue.modelMountPath", /custom containers alone .*or a registered azure\.environment/],
    ["managed compute without a VM size", blue({ azure: {} }), "deployments.blue.azure.instanceType", /needs a VM size/],
    ["51 instances", blue({ instanceCount: 51 }), "deployments.blue.instanceCount", /50 instances at most; got 51/],
    ["a time limit over 180 s", blue({ requestSettings: { requestTimeoutMs: 180_001 } }), "deployments.blue.requestSettings.requestTimeoutMs", /180000 milliseconds at most; got 180001/],
    ["instances beside an autoscaler", { ...cluster, ...blue({ instanceCount: 3, azure: { instanceType: "x", scaleSettings: { type: "target_utilization" } } }) }, "deployments.blue.instanceCount", /between minInstances and maxInstances/],
    ["target utilisation on managed compute", blue({ azure: { instanceType: "x", scaleSettings: { type: "target_utilization" } } }), "deployments.blue.azure.scaleSettings.type", /managed compute takes "default" alone/],
    ["resources on managed compute", blue({ azure: { instanceType: "x", resources: {} } }), "deployments.blue.azure.resources", /whole instance/],
    ["keys of one's own", { auth: { existingSecret: "s" } }, "auth.existingSecret", /Azure makes an endpoint's keys itself/],
    ["secret stores with a user-assigned identity", { azure: { identity: { type: "user_assigned", userAssignedIdentities: [{ resourceId: "/i" }] }, properties: { enforce_access_to_default_secret_stores: "enabled" } } }, "azure.properties.enforce_access_to_default_secret_stores", /system-assigned identity alone/],
    ["a secret reference it does not know", blue({ environmentVariables: { DB: "${{keyvault:https://v.vault.azure.net/secrets/db}}" } }), "deployments.blue.environmentVariables.DB", /^expected \$\{\{azureml:/],
    ["a short cluster name without subscription", { azure: { compute: "azureml:aks" } }, "azure.compute", /subscriptionId/],
    ["aad_token on Kubernetes compute", { ...cluster, authMode: "aad_token" }, "authMode", /take "key" or "aml_token"/],
    ["a mirror on Kubernetes compute", { ...cluster, traffic: { blue: 100 }, mirrorTraffic: { green: 1 } }, "mirrorTraffic", /managed compute alone/],
    ["network access on Kubernetes compute", { ...cluster, azure: { compute: "azureml:aks", publicNetworkAccess: "enabled" } }, "azure.publicNetworkAccess", /cluster's own/],
    ["egress on Kubernetes compute", { ...cluster, ...blue({ egressPublicNetworkAccess: "enabled" }) }, "deployments.blue.egressPublicNetworkAccess", /cluster's own/],
    ["models of a registry on Kubernetes compute", { ...cluster, ...blue({ model: "azureml://registries/r/models/m/versions/1" }) }, "deployments.blue.model", /served on managed compute alone/],
    ["environments of a registry on Kubernetes compute", { ...cluster, ...blue({ azure: { environment: "azureml://registries/r/environments/e/versions/1" } }) }, "deployments.blue.azure.environment", /served on managed compute alone/],
    ["code of a registry on Kubernetes compute", { ...cluster, ...blue({ codeConfiguration: { code: "azureml://registries/r/codes/c/versions/1", scoringScript: "score.py" }, azure: { environment: "azureml:e:1" } }) }, "deployments.blue.codeConfiguration.code", /served on managed compute alone/],
    ["a request without memory", { ...cluster, ...blue({ azure: { resources: { requests: { cpu: "1" } } } }) }, "deployments.blue.azure.resources.requests.memory", /both cpu and memory, or none/],
    ["a GPU without the other limits", { ...cluster, ...blue({ azure: { resources: { limits: { cpu: "1", "nvidia.com/gpu": "1" } } } }) }, "deployments.blue.azure.resources.limits.memory", /limits of cpu and memory too/],
    ["a GPU in requests", { ...cluster, ...blue({ azure: { resources: { requests: { "nvidia.com/gpu": "1" } } } }) }, "deployments.blue.azure.resources.requests.nvidia.com/gpu", /limits alone/],
    ["less than 1 MB", { ...cluster, ...blue({ azure: { resources: { requests: { memory: "900k" } } } }) }, "deployments.blue.azure.resources.requests.memory", /1 MB or more/],
    ["a resource it does not know", { ...cluster, ...blue({ azure: { resources: { limits: { disk: "1" } } } }) }, "deployments.blue.azure.resources", /expected cpu, memory or nvidia\.com\/gpu; got "disk"/],
  ];

  it.each(cases)("%s", (_, changes, path, message) => {
    expect(refusals(changes, files)[path]).toMatch(message);
  });

  it("a model that nothing serves", () => {
    const path = "examples/quickstart/train.py";
    expect(refusals(blue({ model: { path } }), { blue: { model: bundle(path, "content") } })["deployments.blue"]).toMatch(/^expected a scoring script/);
  });

  it("requirements that name other files, because Azure gets the text alone", () => {
    const requirements = (text: string) => ({ kind: "file" as const, name: "r.txt", root: "r.txt", bytes: text.length, hash: "0", files: [{ path: "r.txt", source: "r.txt", size: text.length, sha256: "0", bytes: Buffer.from(text) }] });
    const changes = blue({ codeConfiguration: code, environment: { image: "base", requirements: "r.txt" } });
    const said = (text: string) => refusals(changes, { blue: { model: onnx, environment: requirements(text) } })["deployments.blue.environment.requirements"];
    for (const line of ["-r base.txt", "--requirement=base.txt", "-c limits.txt", "-e .", "./wheel.whl"]) expect(said(`numpy\n${line}\n`)).toContain(line);
    expect(said("numpy>=2\nscikit-learn==1.7.2 # why\n--extra-index-url https://x\n")).toBeUndefined();
  });

  it("more than 1500 files of a model", () => {
    const files = (count: number) => ({ blue: { model: { ...onnx, kind: "folder" as const, files: Array.from({ length: count }, (_, i) => ({ path: i === 0 ? "m.onnx" : `f${i}`, source: "f", size: 1, sha256: "0" })) } } });
    expect(refusals(blue({ model: local }), files(1501))["deployments.blue.model.path"]).toMatch(/1500 files in a model at most; got 1501: .*a tar/);
    expect(refusals(blue({ model: local }), files(1500))).toEqual({});
  });

  it("names of more than 62 characters together, on Kubernetes compute", () => {
    const long = "a".repeat(32);
    expect(refusals({ ...cluster, name: long, deployments: { [`${"b".repeat(31)}`]: deployment } })[`deployments.${"b".repeat(31)}`]).toMatch(/62 characters together; got 63/);
    expect(refusals({ ...cluster, name: long, deployments: { [`${"b".repeat(30)}`]: deployment } })).toEqual({});
  });

  it("two contents under one registered version", () => {
    const same = { path: local.path, name: "wine", version: "1" };
    const other = { ...onnx, hash: "000000000000" };
    const both = { deployments: { blue: { ...deployment, model: same }, green: { ...deployment, model: same } } };
    expect(refusals(both, { blue: { model: onnx }, green: { model: other } })["deployments.green.model.version"]).toMatch(/already registers other files as "wine" version "1"/);
    expect(refusals(both, { blue: { model: onnx }, green: { model: onnx } })).toEqual({});
  });

  describe("nothing of a registered environment, which may be a custom container:", () => {
    const folder = bundle("examples/quickstart/train.py", "content");
    const registered = (more: object) => ({ deployments: { blue: { azure: { instanceType: "Standard_DS3_v2", environment: "azureml:tfserving:1" }, ...more } } });
    const cases: readonly (readonly [what: string, more: object])[] = [
      ["with a mount path", { model: "azureml:half:1", modelMountPath: "/var/tf" }],
      ["with a mount path and a script", { model: "azureml:half:1", modelMountPath: "/var/tf", codeConfiguration: { code: "azureml:c:1", scoringScript: "score.py" } }],
      ["over files that nothing here serves", { model: { path: "examples/quickstart/train.py" } }],
      ["without a model", {}],
      ["over an MLflow model, closed in", { model: { path: "azureml://m", type: "mlflow_model" }, egressPublicNetworkAccess: "disabled" }],
      ["over a Triton model", { model: { path: "azureml://m", type: "triton_model" } }],
    ];

    it.each(cases)("%s", (_, more) => {
      expect(refusals(registered(more), { blue: { model: folder } })).toEqual({});
    });
  });

  it("nothing of secret stores that are not enforced", () => {
    const identity = { type: "user_assigned", userAssignedIdentities: [{ resourceId: "/i" }] };
    expect(refusals({ azure: { identity, properties: { enforce_access_to_default_secret_stores: "disabled" } } })).toEqual({});
  });

  it("nothing of a plain endpoint, nor of a mirror at 0 on Kubernetes compute", () => {
    expect(refusals({})).toEqual({});
    expect(refusals({ ...cluster, traffic: { blue: 100 }, mirrorTraffic: { green: 0 } })).toEqual({});
  });
});

describe("Azure warns of", () => {
  const cases: readonly (readonly [what: string, changes: object, path: string, message: RegExp])[] = [
    ["fewer than three instances", blue({ instanceCount: 2 }), "deployments.blue.instanceCount", /three instances or more in production; got 2/],
    ["a small VM", blue({ azure: { instanceType: "standard_ds1_v2" } }), "deployments.blue.azure.instanceType", /too small/],
    ["a VM that is not listed", blue({ azure: { instanceType: "Standard_X1" } }), "deployments.blue.azure.instanceType", /not on Microsoft's list/],
    ["concurrency without workers", blue({ requestSettings: { maxConcurrentRequestsPerInstance: 4 } }), "deployments.blue.requestSettings.maxConcurrentRequestsPerInstance", /WORKER_COUNT/],
    ["concurrency of an ONNX file, which the bundled container serves", blue({ model: local, requestSettings: { maxConcurrentRequestsPerInstance: 4 } }), "deployments.blue.requestSettings.maxConcurrentRequestsPerInstance", /WORKER_COUNT/],
    ["a time limit over 180 s of a container, which may be a prompt flow", blue({ azure: { instanceType: "x", environment: "azureml:flow:1" }, requestSettings: { requestTimeoutMs: 300_000 } }), "deployments.blue.requestSettings.requestTimeoutMs", /180000 milliseconds at most, and more of a prompt flow alone; got 300000/],
    ["Kubernetes compute without instance type", { ...cluster, ...blue({ azure: {} }) }, "deployments.blue.azure.instanceType", /defaultinstancetype/],
    ["egress, which a managed network refuses", blue({ egressPublicNetworkAccess: "disabled" }), "deployments.blue.egressPublicNetworkAccess", /leave it out where the workspace has a managed network/],
    ["an MLflow model with too little of a cluster", { ...cluster, ...blue({ model: { path: "azureml://m", type: "mlflow_model" }, azure: { resources: { requests: { cpu: "500m", memory: "8Gi" } } } }) }, "deployments.blue.azure.resources.requests.cpu", /2 cores and 4 GB .*; got "500m"/],
    ["an MLflow model with too little memory", { ...cluster, ...blue({ model: { path: "azureml://m", type: "mlflow_model" }, azure: { resources: { requests: { cpu: "2", memory: "2Gi" } } } }) }, "deployments.blue.azure.resources.requests.memory", /2 cores and 4 GB .*; got "2Gi"/],
    ["a user-assigned identity without roles", { azure: { identity: { type: "user_assigned", userAssignedIdentities: [{ resourceId: "/i" }] } } }, "azure.identity", /AcrPull and Storage Blob Data Reader/],
  ];

  it.each(cases)("%s", (_, changes, path, message) => {
    expect(warnings(changes, files)[path]).toMatch(message);
  });

  it("no workers of a server that does not know WORKER_COUNT, nor on Kubernetes compute", () => {
    const requestSettings = { maxConcurrentRequestsPerInstance: 10 };
    const routes = { livenessRoute: { path: "/live", port: 1 }, readinessRoute: { path: "/ready", port: 1 }, scoringRoute: { path: "/score", port: 1 } };
    const path = "deployments.blue.requestSettings.maxConcurrentRequestsPerInstance";
    for (const more of [
      { environment: { image: "server:1", inferenceConfig: routes } },
      { azure: { instanceType: "Standard_DS3_v2", environment: "azureml:tfserving:1" } },
      { model: { path: "azureml://m", type: "triton_model" } },
    ])
      expect(warnings(blue({ ...more, requestSettings }))[path]).toBeUndefined();
    expect(warnings({ ...cluster, ...blue({ requestSettings }) })[path]).toBeUndefined();
  });

  it("no time limit of 180 s", () => {
    const azure = { instanceType: "Standard_DS3_v2", environment: "azureml:flow:1" };
    expect(warnings(blue({ instanceCount: 3, azure, requestSettings: { requestTimeoutMs: 180_000 } }))).toEqual({});
  });

  it("nothing where there is nothing to warn of", () => {
    expect(warnings(blue({ instanceCount: 3, environmentVariables: { WORKER_COUNT: "4" }, requestSettings: { maxConcurrentRequestsPerInstance: 4 } }))).toEqual({});
  });
});
