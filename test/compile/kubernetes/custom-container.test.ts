import { describe, expect, it } from "vitest";
import { args, container, inputs, judge, ONNX, plan, pod, TARGET } from "./support.ts";

const route = (path: string, port = 8080) => ({ path, port });
const ROUTES = { livenessRoute: route("/live"), readinessRoute: route("/ready"), scoringRoute: route("/predict") };
const deployment = (over: object = {}, routes: object = {}): object => ({ environment: { image: "registry/mine:1", inferenceConfig: { ...ROUTES, ...routes } }, ...over });
const of = (over: object = {}, routes: object = {}) => plan(args({ deployments: { blue: deployment(over, routes) } }), {});
const front = (made: ReturnType<typeof of>): any => pod(made).spec.initContainers.at(-1);
const refused = (over: object = {}, target: object = TARGET): string[] => judge(args({ target, deployments: { blue: deployment({ instanceCount: 2, ...over }) } }), {}).problems;

describe("a custom container", () => {
  it("is the image as it is: its own user, who is not root, and its own files", () => {
    expect(container(of())).toMatchObject({ name: "scoring", image: "registry/mine:1", ports: [{ containerPort: 8080, protocol: "TCP" }], resources: { requests: { cpu: "100m", memory: "256Mi" } } });
    expect(container(of()).args).toBeUndefined();
    expect(container(of()).securityContext).toEqual({ allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } });
    expect(pod(of()).spec.securityContext).toEqual({ runAsNonRoot: true, fsGroup: 10001, seccompProfile: { type: "RuntimeDefault" } });
    expect(pod(of({ kubernetes: { securityContext: { runAsUser: 7 } } })).spec.securityContext).toMatchObject({ runAsUser: 7 });
    expect(container(of()).volumeMounts).toBeUndefined();
  });

  it("is asked by its own routes, with the deployment's times", () => {
    const asked = (path: string, port = 8080) => ({ httpGet: { path, port } });
    expect(container(of({ livenessProbe: { period: 3 } }))).toMatchObject({ livenessProbe: { ...asked("/live"), periodSeconds: 3 }, readinessProbe: asked("/ready"), startupProbe: { ...asked("/live"), failureThreshold: 30 } });
    const made = container(of({ startupProbe: { failureThreshold: 5 } }, { startupRoute: route("/started", 9000) }));
    expect(made).toMatchObject({ startupProbe: { ...asked("/started", 9000), failureThreshold: 5 }, ports: [{ containerPort: 8080 }, { containerPort: 9000 }] });
  });

  it("finds its model where it wants it, else as on Azure", () => {
    const files = { blue: { model: ONNX } };
    const model = { path: "./model.onnx" };
    const made = plan(args({ deployments: { blue: deployment({ model, modelMountPath: "/models" }) } }), files);
    expect(container(made).volumeMounts).toEqual([{ name: "model", mountPath: "/models/model.onnx", subPath: "model.onnx", readOnly: true }]);
    expect(container(made).env).toEqual([{ name: "AZUREML_MODEL_DIR", value: "/models" }]);
    expect(container(plan(args({ deployments: { blue: deployment({ model }) } }), files)).env[0].value).toBe(`/var/azureml-app/azureml-models/credit/${ONNX.hash}`);
  });

  it("has all variables of the deployment, and the front those that are its own matter", () => {
    const made = of({ environmentVariables: { TOKEN: "t", OTEL_EXPORTER_OTLP_ENDPOINT: "http://otel", AML_CORS_ORIGINS: "*" } });
    expect(container(made).env.map(({ name }: { name: string }) => name)).toEqual(["TOKEN", "OTEL_EXPORTER_OTLP_ENDPOINT", "AML_CORS_ORIGINS"]);
    expect(front(made).env.map(({ name }: { name: string }) => name)).toEqual(["OTEL_EXPORTER_OTLP_ENDPOINT", "AML_CORS_ORIGINS"]);
  });

  it("rolls its pods with its image and its routes", () => {
    const hash = (made: ReturnType<typeof of>): string => pod(made).metadata.annotations["inference-endpoints/config"];
    const other = { environment: { image: "registry/mine:2", inferenceConfig: ROUTES } };
    expect(new Set([hash(of()), hash(of({}, { scoringRoute: route("/v2") })), hash(of(other))]).size).toBe(3);
  });
});

describe("the front before it", () => {
  it("is a sidecar that starts first, without waiting for what starts after it", () => {
    expect(front(of())).toMatchObject({ name: "front", image: "registry/scoring:1", restartPolicy: "Always", livenessProbe: { httpGet: { path: "/livez", port: "http" } }, readinessProbe: { httpGet: { path: "/readyz" } } });
    expect(front(of()).startupProbe).toBeUndefined();
    expect(front(of()).securityContext).toMatchObject({ readOnlyRootFilesystem: true, runAsUser: 10001 });
    expect(front(of()).volumeMounts).toEqual([{ name: "tmp", mountPath: "/tmp" }, { name: "keys", mountPath: "/var/run/inference-endpoints/keys", readOnly: true }]);
  });

  it("leads every path to it, under the endpoint's own", () =>
    expect(front(of()).args.join(" ")).toBe(
      "serve --host 0.0.0.0 --port 5001 --deployment blue --statuses managed --keys /var/run/inference-endpoints/keys --max-in-flight 2 --request-timeout-ms 5000 --max-queue-wait-ms 500 --upstream-scoring http://127.0.0.1:8080/predict --upstream-readiness http://127.0.0.1:8080/ready --upstream-paths / --path-prefix /endpoints/ml/credit",
    ));

  it("takes a port that the container does not", () => {
    const made = of({}, { scoringRoute: route("/score", 5001), readinessRoute: route("/", 5002) });
    expect(front(made).ports).toEqual([{ containerPort: 5003, name: "http", protocol: "TCP" }]);
    expect(front(made).args.join(" ")).toContain("--port 5003 ");
    expect(inputs(made, "service:blue").spec.ports[0]).toMatchObject({ port: 80, targetPort: 5003 });
    expect(inputs(of(), "service:blue").spec.ports[0].targetPort).toBe(5001);
  });

  it("ends last: the container stays for all that the front still holds", () => {
    const made = of({ requestSettings: { requestTimeoutMs: 60_000, maxQueueWaitMs: 0 } });
    expect(container(made).lifecycle.preStop.sleep.seconds).toBe(15 + 60);
    expect(front(made).lifecycle.preStop.sleep.seconds).toBe(15);
    expect(pod(made).spec.terminationGracePeriodSeconds).toBe(15 + 60 + 10 + 5);
  });

  it("comes after what brings a model", () =>
    expect(pod(of({ model: { path: "s3://models/a" } })).spec.initContainers.map(({ name }: { name: string }) => name)).toEqual(["model", "front"]));
});

describe("refusals", () => {
  it("are none of a container that is sound", () => expect(refused({ modelMountPath: "/m" })).toEqual([]));
  it("ask for the front's image", () => {
    const { scoringImage: _, ...bare } = TARGET;
    expect(refused({}, bare)).toEqual([
      "deployments.blue.kubernetes.scoringImage: expected the image of the scoring container, which stands before a custom container: give it here, or for all deployments in kubernetes({ scoringImage })",
    ]);
  });
  it("let it mount where it likes", () => expect(refused({ kubernetes: { volumes: [{ name: "data", emptyDir: {} }], volumeMounts: [{ name: "data", mountPath: "/var/azureml-app/data" }] } })).toEqual([]));
});
