import { describe, expect, it } from "vitest";
import { args, container, find, inputs, judge, plan, pod, sha256, TARGET } from "./support.ts";

const of = (model: object, over: object = {}) => plan(args({ deployments: { blue: { model, ...over } } }), {});
const refused = (model: unknown, over: object = {}): string[] => judge(args({ deployments: { blue: { model, instanceCount: 2, ...over } } }), {}).problems.map((line) => line.replace("deployments.blue", ""));
const mount = (made: ReturnType<typeof of>): object => container(made).volumeMounts.find(({ name }: { name: string }) => name === "model");
const volume = (made: ReturnType<typeof of>): object => pod(made).spec.volumes.find(({ name }: { name: string }) => name === "model");
const dir = (made: ReturnType<typeof of>): string => container(made).env.find(({ name }: { name: string }) => name === "AZUREML_MODEL_DIR").value;
const version = (...parts: string[]): string => sha256(parts.join("\n")).slice(0, 12);
const ROOT = "/var/azureml-app/azureml-models";

describe("a model behind a URI", () => {
  const SUM = "a".repeat(64);
  const made = of({ path: "s3://models/credit/model.onnx", sha256: SUM }, { environmentVariables: { AWS_REGION: "eu-1" } });

  it("is fetched by the scoring container's image before the server starts, with the deployment's variables", () => {
    const [fetching] = pod(made).spec.initContainers;
    expect(pod(made).spec.initContainers).toHaveLength(1);
    expect(fetching).toEqual({
      name: "model",
      image: "registry/scoring:1",
      command: ["/opt/fetch/bin/python", "/opt/inference-endpoints/dist/scoring/fetch/main.py"],
      args: ["s3://models/credit/model.onnx", "/model", "--name", "model.onnx", "--sha256", SUM],
      env: [{ name: "AWS_REGION", value: "eu-1" }],
      resources: { requests: { cpu: "100m", memory: "256Mi" } },
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] }, readOnlyRootFilesystem: true, runAsUser: 10001, runAsGroup: 10001 },
      terminationMessagePolicy: "FallbackToLogsOnError",
      volumeMounts: [{ name: "tmp", mountPath: "/tmp" }, { name: "model", mountPath: "/model" }],
    });
  });

  it("lies as on Azure, read-only, and is whole or not there", () => {
    const hash = version("s3://models/credit/model.onnx", SUM);
    expect(dir(made)).toBe(`${ROOT}/credit/${hash}`);
    expect(mount(made)).toEqual({ name: "model", mountPath: `${ROOT}/credit/${hash}/model.onnx`, subPath: "model.onnx", readOnly: true });
    expect(volume(made)).toEqual({ name: "model", emptyDir: {} });
  });

  it.each([
    ["https://x.example.com/a%20b/model.onnx?sig=secret", "model.onnx"],
    ["gs://models/credit/", "credit"],
    ["s3://models/", "models"],
    ["abfss://models@account.dfs.core.windows.net/", "models"],
    ["az://models/a%20b/", "a%20b"],
    ["https://x/a%20b.onnx", "a b.onnx"],
    ["https://x/100%.onnx", "100%.onnx"],
    ["https://x/a%2Fb.onnx", "a%2Fb.onnx"],
  ])("at %s is called %s", (path, name) => expect(mount(of({ path, type: "mlflow_model" }))).toMatchObject({ subPath: name }));

  it("rolls the pods when it is another, or must be", () => {
    const hash = (model: object): string => pod(of(model)).metadata.annotations["inference-endpoints/config"];
    const path = "s3://models/a.onnx";
    expect(new Set([hash({ path }), hash({ path: "s3://models/b.onnx" }), hash({ path, sha256: SUM })]).size).toBe(3);
  });

  it("is given half an hour, by the cluster and by the update", () => {
    const { metadata, spec } = inputs(made, "deployment:blue");
    expect([spec.progressDeadlineSeconds, metadata.annotations["pulumi.com/timeoutSeconds"]]).toEqual([2400, "2400"]);
  });

  it.each([
    ["http://x/model.onnx", /^\.model\.path: whoever is on the way could change what http brings/],
    ["ftp://x/model.onnx", /^\.model\.path: the scoring container fetches https, s3, gs, az, abfs, abfss; got "ftp"/],
    ["azureml://datastores/x/model.onnx", /; got "azureml"/],
    ["s3://x/model:3.onnx", /^\.model\.path: Kubernetes mounts nothing at a path with a colon; rename "model:3.onnx"/],
    ["s3://x/model.pkl", /^\.model\.path: without a script its kind must be known: name one \.onnx file/],
  ])("is refused at %s", (path, message) => expect(refused({ path })).toEqual([expect.stringMatching(message)]));
  it("is no folder of https", () => expect(refused({ path: "https://x/models/", type: "mlflow_model" })[0]).toMatch(/^\.model\.path: https has no folders/));
  it("may come by http where its content is known", () => expect(refused({ path: "http://x/model.onnx", sha256: SUM })).toEqual([]));
  it("needs the image that fetches it", () => {
    const { scoringImage: _, ...bare } = TARGET;
    expect(judge(args({ target: bare, deployments: { blue: { model: { path: "s3://x/m.onnx" } } } }), {}).problems).toHaveLength(1);
  });
});

describe("a model in an image", () => {
  it("is mounted by the cluster as its folder", () => {
    const made = of({ image: "registry/model:1", type: "mlflow_model" });
    expect(volume(made)).toEqual({ name: "model", image: { reference: "registry/model:1" } });
    expect(mount(made)).toEqual({ name: "model", mountPath: dir(made), readOnly: true });
    expect(dir(made)).toBe(`${ROOT}/credit/${version("registry/model:1", "")}`);
    expect(pod(made).spec.initContainers).toBeUndefined();
  });
  it("is a folder of it", () => {
    const made = of({ image: "registry/model:1", path: "/models/credit", name: "scores", version: "7" });
    expect(mount(made)).toEqual({ name: "model", mountPath: `${ROOT}/scores/7/credit`, subPath: "models/credit", readOnly: true });
  });
  it("is copied out of it on any cluster", () => {
    const made = of({ image: "registry/model:1", path: "/models/credit.onnx", mount: "copy" });
    expect(pod(made).spec.initContainers).toMatchObject([{ name: "model", image: "registry/model:1", command: ["cp", "-Rf", "/models/credit.onnx", "/model/"], volumeMounts: [{ name: "model", mountPath: "/model" }] }]);
    expect(volume(made)).toEqual({ name: "model", emptyDir: {} });
    expect(mount(made)).toMatchObject({ subPath: "credit.onnx", mountPath: `${dir(made)}/credit.onnx`, readOnly: true });
  });
  it("has no file of this machine", () => expect(of({ image: "m" }).resources.map(({ role }) => role)).not.toContain("files"));
  it("may have a script, or be ONNX, which the server finds", () => expect(refused({ image: "m" })).toEqual([]));
});

describe("a model on a volume", () => {
  it("is mounted read-only", () => {
    const made = of({ claim: "models", path: "credit/3" });
    expect(volume(made)).toEqual({ name: "model", persistentVolumeClaim: { claimName: "models", readOnly: true } });
    expect(mount(made)).toEqual({ name: "model", mountPath: `${ROOT}/credit/${version("models", "credit/3")}/3`, subPath: "credit/3", readOnly: true });
    expect(mount(of({ claim: "models" }))).toEqual({ name: "model", mountPath: `${ROOT}/credit/${version("models", "")}`, readOnly: true });
  });
  it("is not waited for longer than any other", () => expect(inputs(of({ claim: "models" }), "deployment:blue").spec.progressDeadlineSeconds).toBe(600));
});

it("a registered model is refused with every way there is", () =>
  expect(refused("azureml:credit:1")).toEqual([
    ".model: a model registered in Azure cannot be read here: write a file or folder of this machine or a URI, model: { path }; an image, model: { image }; or a volume, model: { claim }",
  ]));

it("nothing of a model elsewhere is made before the pods", () => expect(find(of({ claim: "models" }), "deployment:blue").options.dependsOn).toEqual(["serviceAccount:blue", "networkPolicy:blue", "keys"]));
