import { describe, expect, it } from "vitest";
import { args, bundle, container, find, inputs, MODEL, plan, pod } from "./support.ts";

const CODE = bundle("scoring", { "score.py": "def run(data): ...", "lib/a b.py": "" });
const FOLDER = bundle("model", { "MLmodel": "x", "data/model.pkl": "weights" });
const PYTHON = { model: { path: "./model" }, codeConfiguration: { code: "./scoring", scoringScript: "score.py" } };
const FILES = { blue: { model: FOLDER, code: CODE } };
const blue = (over: object) => plan(args({ deployments: { blue: { ...MODEL, ...over } } }));
const python = (over: object = {}) => plan(args({ deployments: { blue: { ...PYTHON, ...over } } }), FILES);

describe("deployment", () => {
  it("keeps every pod until another is ready", () => {
    expect(inputs(blue({ instanceCount: 3 }), "deployment:blue").spec).toMatchObject({
      replicas: 3,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: "25%" } },
      selector: { matchLabels: { "app.kubernetes.io/name": "scoring", "app.kubernetes.io/instance": "credit--blue" } },
    });
  });

  it("has pods at the restricted level", () => {
    expect(pod(plan()).spec).toMatchObject({
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: { runAsNonRoot: true, runAsUser: 10001, runAsGroup: 10001, fsGroup: 10001, seccompProfile: { type: "RuntimeDefault" } },
      topologySpreadConstraints: ["kubernetes.io/hostname", "topology.kubernetes.io/zone"].map((topologyKey) => ({
        maxSkew: 1,
        topologyKey,
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: { "app.kubernetes.io/name": "scoring", "app.kubernetes.io/instance": "credit--blue" } },
      })),
    });
    expect(container(plan()).securityContext).toEqual({ allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] }, readOnlyRootFilesystem: true });
    expect(pod(plan()).spec.volumes).toContainEqual({ name: "tmp", emptyDir: {} });
    expect(container(plan()).volumeMounts).toContainEqual({ name: "tmp", mountPath: "/tmp" });
  });

  it("serves with the front's flags, the path last", () => {
    expect(container(python()).args.join(" ")).toBe(
      "serve --host 0.0.0.0 --port 5001 --entry_script score.py --deployment blue --statuses managed --keys /var/run/inference-endpoints/keys --max-in-flight 2 --request-timeout-ms 5000 --max-queue-wait-ms 500 --path-prefix /endpoints/ml/credit",
    );
    expect(container(plan(args({ kubernetes: { hostname: "h.example.com" } }))).args).not.toContain("--path-prefix");
    expect(container(plan(args({ kubernetes: { path: "/credit" } }))).args.slice(-2)).toEqual(["--path-prefix", "/credit"]);
  });

  it("takes its limits from the request settings, zero included", () => {
    const settings = { requestTimeoutMs: 1, maxConcurrentRequestsPerInstance: 4, maxQueueWaitMs: 0 };
    const made = container(blue({ requestSettings: settings })).args.join(" ");
    expect(made).toContain("--max-in-flight 8 --request-timeout-ms 1 --max-queue-wait-ms 0");
  });

  it("asks the front, each probe at a path of its own, by the schema's times", () => {
    const asked = (path: string) => ({ httpGet: { path, port: "http" }, periodSeconds: 10, timeoutSeconds: 2, successThreshold: 1, failureThreshold: 30 });
    expect(container(plan())).toMatchObject({
      livenessProbe: { ...asked("/livez"), initialDelaySeconds: 10 },
      readinessProbe: { ...asked("/readyz"), initialDelaySeconds: 10 },
      startupProbe: asked("/startupz"),
      ports: [{ name: "http", containerPort: 5001, protocol: "TCP" }],
    });
    expect(container(plan()).startupProbe, "the API server keeps no 0").not.toHaveProperty("initialDelaySeconds");
    const own = { startupProbe: { period: 3, failureThreshold: 4 }, readinessProbe: { successThreshold: 2 } };
    expect(container(blue(own))).toMatchObject({
      startupProbe: { initialDelaySeconds: 10, periodSeconds: 3, failureThreshold: 4 },
      readinessProbe: { successThreshold: 2 },
    });
  });

  it("drains longer than a gateway needs and a request may last", () => {
    expect(container(plan()).lifecycle).toEqual({ preStop: { sleep: { seconds: 15 } } });
    expect(pod(plan()).spec.terminationGracePeriodSeconds).toBe(15 + 6 + 5);
    expect(pod(blue({ requestSettings: { requestTimeoutMs: 60_000, maxQueueWaitMs: 0 } })).spec.terminationGracePeriodSeconds).toBe(80);
  });

  it("asks for little unless told otherwise", () => {
    expect(container(plan()).resources).toEqual({ requests: { cpu: "100m", memory: "256Mi" } });
    const limits = { "nvidia.com/gpu": "1", memory: "8Gi" };
    expect(container(blue({ kubernetes: { resources: { limits } } })).resources).toEqual({ limits, requests: { cpu: "100m" } });
    const requests = { cpu: "0", memory: "1Gi" };
    expect(container(blue({ kubernetes: { resources: { requests } } })).resources).toEqual({ requests });
  });

  it("is given the time that its startup probe gives", () => {
    const deadline = (startupProbe: object | undefined): unknown[] => {
      const { metadata, spec } = inputs(blue(startupProbe === undefined ? {} : { startupProbe }), "deployment:blue");
      return [spec.progressDeadlineSeconds, metadata.annotations?.["pulumi.com/timeoutSeconds"]];
    };
    expect(deadline(undefined)).toEqual([600, undefined]);
    expect(deadline({ period: 1, failureThreshold: 1 })).toEqual([600, undefined]);
    expect(deadline({ initialDelay: 60, period: 30, failureThreshold: 100 })).toEqual([3360, "3360"]);
  });

  it("makes room before it makes pods, where told so", () => {
    const strategy = (rollingUpdate: object): object => inputs(blue({ kubernetes: { rollingUpdate } }), "deployment:blue").spec.strategy.rollingUpdate;
    expect(strategy({ maxSurge: 0, maxUnavailable: 1 })).toEqual({ maxSurge: 0, maxUnavailable: 1 });
    expect(strategy({ maxSurge: "50%" })).toEqual({ maxSurge: "50%", maxUnavailable: 0 });
  });

  it("has volumes of its own, read-only unless told otherwise", () => {
    const volumes = [{ name: "data", persistentVolumeClaim: { claimName: "data" } }, { name: "cache", emptyDir: {} }];
    const made = blue({ kubernetes: { volumes, volumeMounts: [{ name: "data", mountPath: "/data", subPath: "v1" }, { name: "cache", mountPath: "/cache", readOnly: false }] } });
    expect(pod(made).spec.volumes.slice(-2)).toEqual(volumes);
    expect(container(made).volumeMounts.slice(-2)).toEqual([
      { name: "data", mountPath: "/data", subPath: "v1", readOnly: true },
      { name: "cache", mountPath: "/cache", readOnly: false },
    ]);
  });

  it("runs as another user, still restricted", () =>
    expect(pod(blue({ kubernetes: { securityContext: { runAsUser: 5, runAsGroup: 0, supplementalGroups: [7] } } })).spec.securityContext).toEqual({
      runAsNonRoot: true, runAsUser: 5, runAsGroup: 0, fsGroup: 10001, supplementalGroups: [7], seccompProfile: { type: "RuntimeDefault" },
    }));

  it("is spread as it says itself", () => {
    const topologySpreadConstraints = [{ maxSkew: 2, topologyKey: "rack", whenUnsatisfiable: "DoNotSchedule" }];
    expect(pod(blue({ kubernetes: { topologySpreadConstraints } })).spec.topologySpreadConstraints).toEqual(topologySpreadConstraints);
    expect(pod(blue({ kubernetes: { topologySpreadConstraints: [] } })).spec.topologySpreadConstraints).toEqual([]);
  });

  it("passes on what Kubernetes understands of a pod", () => {
    const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } } };
    const tolerations = [{ key: "gpu", operator: "Exists", effect: "NoSchedule" }];
    const made = blue({
      kubernetes: { affinity, tolerations, nodeSelector: { pool: "gpu" }, priorityClassName: "high", imagePullSecrets: ["registry"], podLabels: { team: "risk" }, podAnnotations: { note: "x" }, scoringImage: "own:2" },
    });
    expect(pod(made).spec).toMatchObject({ affinity, tolerations, nodeSelector: { pool: "gpu" }, priorityClassName: "high", imagePullSecrets: [{ name: "registry" }] });
    expect(pod(made).metadata.labels).toMatchObject({ team: "risk", "app.kubernetes.io/instance": "credit--blue" });
    expect(pod(made).metadata.annotations).toMatchObject({ note: "x" });
    expect(container(made).image).toBe("own:2");
    expect(container(plan()).image).toBe("registry/scoring:1");
  });
});

describe("environment", () => {
  it("is ours, then the deployment's", () => {
    expect(container(python({ environmentVariables: { WORKER_COUNT: "2", EMPTY: "" } })).env).toEqual([
      { name: "AML_APP_ROOT", value: "/var/azureml-app/scoring" },
      { name: "AZUREML_MODEL_DIR", value: `/var/azureml-app/azureml-models/credit/${FOLDER.hash}` },
      { name: "WORKER_COUNT", value: "2" },
      { name: "EMPTY", value: "" },
    ]);
  });

  it("names nothing twice: the deployment's word counts", () => {
    const { env } = container(python({ environmentVariables: { AML_APP_ROOT: "/mine" } }));
    expect(env.filter(({ name }: { name: string }) => name === "AML_APP_ROOT")).toEqual([{ name: "AML_APP_ROOT", value: "/mine" }]);
  });
});

describe("files", () => {
  it("are immutable, named by their content, under keys that are legal", () => {
    const code = inputs(python(), "files:blue:code");
    expect(code).toMatchObject({ immutable: true, metadata: { name: `credit--blue-code-${CODE.hash}` } });
    expect(code.binaryData).toEqual({ "0-score.py": Buffer.from("def run(data): ...").toString("base64"), "1-a_b.py": "" });
    expect(inputs(python(), "files:blue:model").binaryData).toEqual({ "0-MLmodel": Buffer.from("x").toString("base64"), "1-model.pkl": Buffer.from("weights").toString("base64") });
    for (const key of Object.keys(code.binaryData)) expect(key).toMatch(/^[-._a-zA-Z0-9]{1,253}$/);
  });

  it("lie as on Azure: a folder with its name, a file by its name", () => {
    const made = python();
    expect(pod(made).spec.volumes).toContainEqual({
      name: "model",
      configMap: { name: `credit--blue-model-${FOLDER.hash}`, items: [{ key: "0-MLmodel", path: "model/MLmodel" }, { key: "1-model.pkl", path: "model/data/model.pkl" }] },
    });
    expect(container(made).volumeMounts).toEqual([
      { name: "tmp", mountPath: "/tmp" },
      { name: "keys", mountPath: "/var/run/inference-endpoints/keys", readOnly: true },
      { name: "model", mountPath: `/var/azureml-app/azureml-models/credit/${FOLDER.hash}/model`, subPath: "model", readOnly: true },
      { name: "code", mountPath: "/var/azureml-app/scoring", subPath: "scoring", readOnly: true },
    ]);
    const single = plan();
    expect(pod(single).spec.volumes.at(-1).configMap.items).toEqual([{ key: "0-model.onnx", path: "model.onnx" }]);
    expect(container(single).volumeMounts.at(-1)).toMatchObject({ subPath: "model.onnx", mountPath: expect.stringMatching(/\/credit\/[0-9a-f]{12}\/model\.onnx$/) });
  });

  it("take the model's own name and version", () => {
    const made = plan(args({ deployments: { blue: { model: { path: "./model.onnx", name: "scores", version: "7" } } } }));
    expect(container(made).env).toEqual([{ name: "AZUREML_MODEL_DIR", value: "/var/azureml-app/azureml-models/scores/7" }]);
  });

  it("are two objects for two contents, in the plan too", () => {
    const other = { blue: { ...FILES.blue, model: bundle("model", { "MLmodel": "y" }) } };
    const made = plan(args({ deployments: { blue: PYTHON } }), other);
    expect(find(made, "files:blue:model").logicalName).not.toBe(find(python(), "files:blue:model").logicalName);
    expect(find(made, "files:blue:code").logicalName).toBe(find(python(), "files:blue:code").logicalName);
  });
});

describe("service account", () => {
  it("is made without a token in the pod, with the block's annotations", () => {
    const made = blue({ tags: { team: "risk" }, kubernetes: { serviceAccount: { annotations: { "azure.workload.identity/client-id": "id" } } } });
    expect(inputs(made, "serviceAccount:blue")).toMatchObject({
      automountServiceAccountToken: false,
      metadata: { name: "credit--blue", annotations: { team: "risk", "azure.workload.identity/client-id": "id" } },
    });
    expect(pod(made).spec.serviceAccountName).toBe("credit--blue");
  });

  it("is not made where one is named", () => {
    const made = blue({ kubernetes: { serviceAccount: { name: "mine" } } });
    expect(made.resources.map(({ role }) => role)).not.toContain("serviceAccount");
    expect(pod(made).spec.serviceAccountName).toBe("mine");
    expect(find(made, "deployment:blue").options.dependsOn).toEqual(["files:blue:model", "networkPolicy:blue", "keys"]);
  });
});

describe("service and budget", () => {
  const selected = { "app.kubernetes.io/name": "scoring", "app.kubernetes.io/instance": "credit--blue" };

  it("leads port 80 to the front", () =>
    expect(inputs(plan(), "service:blue").spec).toEqual({ type: "ClusterIP", selector: selected, ports: [{ name: "http", port: 80, protocol: "TCP", targetPort: "http" }] }));

  it("lets one go at a time, and always one that is not ready", () =>
    expect(inputs(plan(), "podDisruptionBudget:blue").spec).toEqual({ maxUnavailable: 1, unhealthyPodEvictionPolicy: "AlwaysAllow", selector: { matchLabels: selected } }));
});
