import { describe, expect, it } from "vitest";
import { UNTIL_ROUTED } from "../../../lib/compile/kubernetes/await.ts";
import { Ref } from "../../../lib/model/late.ts";
import { args, find, GATEWAY, inputs, MODEL, ONNX, plan, pod, TARGET, text } from "./support.ts";

const CREATED = { create: { className: "eg", hostname: "models.example.com", tls: { secretName: "cert" } }, implementation: "envoy-gateway" };

describe("resources", () => {
  it("have pinned ids, roles, logical names and types, in the order of their making", () => {
    const { resources } = plan(args({ target: { ...TARGET, gateway: CREATED } }));
    expect(resources.map(({ id, role, deployment, logicalName, type }) => [id, role, deployment, logicalName, type])).toEqual([
      ["primaryKey", "primaryKey", undefined, "credit-primary-key", "random:index/randomPassword:RandomPassword"],
      ["secondaryKey", "secondaryKey", undefined, "credit-secondary-key", "random:index/randomPassword:RandomPassword"],
      ["keys", "keys", undefined, "credit-keys", "kubernetes:core/v1:Secret"],
      ["gateway", "gateway", undefined, "credit-gateway", "kubernetes:gateway.networking.k8s.io/v1:Gateway"],
      ["files:blue:model", "files", "blue", `credit--blue-model-${ONNX.hash}`, "kubernetes:core/v1:ConfigMap"],
      ["serviceAccount:blue", "serviceAccount", "blue", "credit--blue-service-account", "kubernetes:core/v1:ServiceAccount"],
      ["networkPolicy:blue", "networkPolicy", "blue", "credit--blue-network-policy", "kubernetes:networking.k8s.io/v1:NetworkPolicy"],
      ["deployment:blue", "deployment", "blue", "credit--blue-deployment", "kubernetes:apps/v1:Deployment"],
      ["service:blue", "service", "blue", "credit--blue-service", "kubernetes:core/v1:Service"],
      ["podDisruptionBudget:blue", "podDisruptionBudget", "blue", "credit--blue-pod-disruption-budget", "kubernetes:policy/v1:PodDisruptionBudget"],
      ["route", "route", undefined, "credit-route", "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute"],
    ]);
  });

  it("follow only what was made before them", () => {
    const { resources } = plan(args({ deployments: { blue: MODEL, green: MODEL } }));
    const order = resources.map(({ id }) => id);
    for (const [i, { options }] of resources.entries()) expect(order.slice(0, i)).toEqual(expect.arrayContaining([...(options.dependsOn ?? [])]));
    expect(new Set(order).size).toBe(order.length);
  });

  it("wait for what they need, and the route for all that it names", () => {
    const made = plan(args({ target: { ...TARGET, gateway: CREATED }, deployments: { blue: MODEL, green: MODEL } }));
    expect(find(made, "deployment:blue").options.dependsOn).toEqual(["files:blue:model", "serviceAccount:blue", "networkPolicy:blue", "keys"]);
    expect(find(made, "service:blue").options.dependsOn).toEqual(["deployment:blue"]);
    expect(find(made, "keys").options.dependsOn).toEqual(["primaryKey", "secondaryKey"]);
    expect(find(made, "route").options.dependsOn).toEqual(["gateway", "deployment:blue", "service:blue", "deployment:green", "service:green"]);
  });

  it("take their logical names from the component and their names from the endpoint", () => {
    const made = plan(args({ name: "other" }));
    expect(find(made, "route").logicalName).toBe("credit-route");
    expect(find(made, "service:blue").logicalName).toBe("credit--blue-service");
    expect(inputs(made, "route").metadata.name).toBe("other");
    expect(inputs(made, "service:blue").metadata.name).toBe("other--blue");
  });
});

describe("metadata", () => {
  it("carries namespace, recommended labels, tags and description", () => {
    const made = plan(args({ tags: { team: "risk", tier: "1" }, description: "scores", deployments: { blue: { ...MODEL, tags: { tier: "2" }, description: "first" } } }));
    expect(inputs(made, "route").metadata).toEqual({
      name: "credit",
      namespace: "ml",
      annotations: { team: "risk", tier: "1", "kubernetes.io/description": "scores", ...UNTIL_ROUTED },
      labels: {
        "app.kubernetes.io/name": "scoring",
        "app.kubernetes.io/instance": "credit",
        "app.kubernetes.io/component": "online-endpoint",
        "app.kubernetes.io/part-of": "credit",
        "app.kubernetes.io/managed-by": "inference-endpoints",
      },
    });
    expect(inputs(made, "service:blue").metadata).toEqual({
      name: "credit--blue",
      namespace: "ml",
      annotations: { team: "risk", tier: "2", "kubernetes.io/description": "first" },
      labels: {
        "app.kubernetes.io/name": "scoring",
        "app.kubernetes.io/instance": "credit--blue",
        "app.kubernetes.io/component": "online-deployment",
        "app.kubernetes.io/part-of": "credit",
        "app.kubernetes.io/managed-by": "inference-endpoints",
      },
    });
  });

  it("is on every object of the cluster, and without tags shows no annotations", () => {
    const objects = plan().resources.filter(({ type }) => type.startsWith("kubernetes:"));
    for (const { inputs: object } of objects) expect((object["metadata"] as any).namespace).toBe("ml");
    expect(inputs(plan(), "service:blue").metadata).not.toHaveProperty("annotations");
  });

  it("does not roll pods when a tag changes", () => {
    expect(pod(plan(args({ tags: { team: "a" } })))).toEqual(pod(plan(args({ tags: { team: "b" } }))));
  });
});

describe("keys", () => {
  it("are two of 48 letters and digits, kept in a Secret that every pod mounts", () => {
    const made = plan();
    expect(find(made, "primaryKey").inputs).toEqual({ length: 48, special: false });
    expect(find(made, "secondaryKey").inputs).toEqual({ length: 48, special: false });
    expect(find(made, "keys").inputs).toMatchObject({ type: "Opaque", stringData: { primaryKey: new Ref("primaryKey", "result"), secondaryKey: new Ref("secondaryKey", "result") } });
    expect(inputs(made, "keys").metadata.name).toBe("credit-keys");
    expect(pod(made).spec.volumes).toContainEqual({ name: "keys", secret: { secretName: "credit-keys", defaultMode: 0o440 } });
    expect(made.outputs["keysSecretName"]).toBe("credit-keys");
  });

  it("come from the arguments", () => {
    const made = plan(args({ auth: { keys: { primaryKey: "p", secondaryKey: "s" } } }));
    expect(inputs(made, "keys").stringData).toEqual({ primaryKey: "p", secondaryKey: "s" });
    expect(find(made, "keys").options.dependsOn).toEqual([]);
    expect(made.resources.map(({ role }) => role)).not.toContain("primaryKey");
  });

  it("stay in a Secret that exists: nothing is made", () => {
    const made = plan(args({ auth: { existingSecret: "vault" } }));
    expect(made.resources.filter(({ role }) => /key/i.test(role))).toEqual([]);
    expect(find(made, "deployment:blue").options.dependsOn).toEqual(["files:blue:model", "serviceAccount:blue", "networkPolicy:blue"]);
    expect(pod(made).spec.volumes).toContainEqual({ name: "keys", secret: { secretName: "vault", defaultMode: 0o440 } });
    expect(made.outputs["keysSecretName"]).toBe("vault");
  });
});

describe("gateway", () => {
  it("is made with an HTTPS listener for its own namespace", () => {
    const made = plan(args({ target: { ...TARGET, gateway: CREATED } }));
    expect(inputs(made, "gateway")).toMatchObject({
      metadata: { name: "credit", namespace: "ml" },
      spec: {
        gatewayClassName: "eg",
        listeners: [
          {
            name: "https",
            port: 443,
            protocol: "HTTPS",
            hostname: "models.example.com",
            tls: { mode: "Terminate", certificateRefs: [{ name: "cert" }] },
            allowedRoutes: { namespaces: { from: "Same" } },
          },
        ],
      },
    });
    expect(inputs(made, "route").spec.parentRefs).toEqual([{ name: "credit", namespace: "ml", sectionName: "https" }]);
  });

  it("is not made where one exists", () => {
    const made = plan();
    expect(made.resources.map(({ role }) => role)).not.toContain("gateway");
    expect(inputs(made, "route").spec.parentRefs).toEqual([{ name: "public", namespace: "gateways" }]);
  });

  it("is attached to by listener", () => {
    const made = plan(args({ target: { ...TARGET, gateway: { ...GATEWAY, listener: "tls" } } }));
    expect(inputs(made, "route").spec.parentRefs).toEqual([{ name: "public", namespace: "gateways", sectionName: "tls" }]);
  });
});

describe("address", () => {
  const at = (over: object): unknown => text(plan(args(over)).outputs["scoringUri"]);

  it("is the Gateway's URL with a path of namespace and name", () => {
    expect(text(plan().outputs)).toEqual({
      name: "credit",
      scoringUri: "https://models.example.com/endpoints/ml/credit/score",
      swaggerUri: "https://models.example.com/endpoints/ml/credit/swagger.json",
      keysSecretName: "credit-keys",
    });
  });

  it("is the hostname, whatever the Gateway's URL", () => expect(at({ kubernetes: { hostname: "credit.example.com" } })).toBe("https://credit.example.com/score"));
  it("has the path that was written", () => expect(at({ kubernetes: { path: "/credit" } })).toBe("https://models.example.com/credit/score"));
  it("has hostname and path", () => expect(at({ kubernetes: { hostname: "h.example.com", path: "/v1" } })).toBe("https://h.example.com/v1/score"));
  it("has no double slash for the path /", () => expect(at({ kubernetes: { path: "/" } })).toBe("https://models.example.com/score"));
  it("is the new Gateway's hostname", () => expect(at({ target: { ...TARGET, gateway: CREATED } })).toBe("https://models.example.com/endpoints/ml/credit/score"));
  it("is the new Gateway's URL", () =>
    expect(at({ target: { ...TARGET, gateway: { ...CREATED, url: "https://edge:8443" } } })).toBe("https://edge:8443/endpoints/ml/credit/score"));
});
