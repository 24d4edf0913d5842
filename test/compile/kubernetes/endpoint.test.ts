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
      ["namedRoute:blue", "namedRoute", undefined, "credit--blue-route", "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute"],
      ["route", "route", undefined, "credit-route", "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute"],
    ]);
  });

  it("follow only what was made before them", () => {
    const { resources } = plan(args({ deployments: { blue: MODEL, green: MODEL } }));
    const order = resources.map(({ id }) => id);
    for (const [i, { options }] of resources.entries()) expect(order.slice(0, i)).toEqual(expect.arrayContaining([...(options.dependsOn ?? [])]));
    expect(new Set(order).size).toBe(order.length);
  });

  it("wait for what they need, and routes for all that they name", () => {
    const made = plan(args({ target: { ...TARGET, gateway: CREATED }, deployments: { blue: MODEL, green: MODEL } }));
    expect(find(made, "deployment:blue").options.dependsOn).toEqual(["files:blue:model", "serviceAccount:blue", "networkPolicy:blue", "keys"]);
    expect(find(made, "service:blue").options.dependsOn).toEqual(["deployment:blue"]);
    expect(find(made, "keys").options.dependsOn).toEqual(["primaryKey", "secondaryKey"]);
    expect(find(made, "route").options.dependsOn).toEqual(["gateway", "deployment:blue", "service:blue", "deployment:green", "service:green", "namedRoute:blue", "namedRoute:green"]);
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

describe("tokens", () => {
  const callers = [{ namespace: "shop", serviceAccount: "checkout" }, { namespace: "risk", serviceAccount: "nightly" }];
  const aml = { authMode: "aml_token", auth: { callers } };
  const TENANT = "11111111-2222-3333-4444-555555555555";
  const aad = { authMode: "aad_token", auth: { tenantId: TENANT, audience: "api://credit", allowedClientIds: ["app-1"], roles: ["Score"] } };
  const accepted = (over: object): unknown => JSON.parse(inputs(plan(args(over)), "tokens").data["tokens.json"]);
  const mounts = (over: object): object[] => pod(plan(args(over))).spec.containers[0].volumeMounts.filter(({ mountPath }: { mountPath: string }) => mountPath.includes("inference-endpoints"));

  it("of service accounts are for the endpoint's audience, from those who are listed", () => {
    const subjects = ["system:serviceaccount:shop:checkout", "system:serviceaccount:risk:nightly"];
    expect(accepted(aml)).toEqual([{ cluster: "/var/run/inference-endpoints/cluster", audience: "inference-endpoints/ml/credit", callers: { subjects } }]);
    expect(accepted({ ...aml, auth: { callers, audience: "mine" } })).toMatchObject([{ audience: "mine" }]);
    expect(text(plan(args(aml)).outputs)).toMatchObject({ tokenAudience: "inference-endpoints/ml/credit" });
    expect(plan(args(aml)).outputs).not.toHaveProperty("keysSecretName");
  });
  it("of a tenant are for its audience, from applications or with roles", () =>
    expect(accepted(aad)).toEqual([{ tenant: TENANT, audience: "api://credit", callers: { clientIds: ["app-1"], roles: ["Score"] } }]));

  it("are mounted as folders, in place of keys", () => {
    const tokens = { mountPath: "/var/run/inference-endpoints/tokens", name: "tokens", readOnly: true };
    expect(mounts(aml)).toEqual([tokens, { mountPath: "/var/run/inference-endpoints/cluster", name: "cluster", readOnly: true }]);
    expect(mounts(aad)).toEqual([tokens]);
    expect(pod(plan(args(aml))).spec.containers[0].args.join(" ")).toMatch(/^(?!.*--keys ).*--tokens \/var\/run\/inference-endpoints\/tokens\/tokens\.json/);
  });
  it("are known by the front alone, where it stands before a custom container", () => {
    const route = { path: "/", port: 8080 };
    const environment = { image: "mine:1", inferenceConfig: { livenessRoute: route, readinessRoute: route, scoringRoute: route } };
    const { spec } = pod(plan(args({ ...aml, deployments: { blue: { environment } } })));
    const names = ({ volumeMounts = [] }: any): string[] => volumeMounts.map(({ name }: { name: string }) => name);
    const front = spec.initContainers.at(-1);
    expect(front.args.join(" ")).toMatch(/^(?!.*--keys ).*--tokens \/var\/run\/inference-endpoints\/tokens\/tokens\.json/);
    expect([front, spec.containers[0]].map(names)).toEqual([["tmp", "tokens", "cluster"], ["model"]]);
  });
  it("let a pod show the API server a token of its own, where no client of Kubernetes looks for it", () => {
    const { automountServiceAccountToken, volumes } = pod(plan(args(aml))).spec;
    expect(automountServiceAccountToken).toBe(false);
    expect(volumes.find(({ name }: { name: string }) => name === "cluster").projected.sources).toEqual([
      { serviceAccountToken: { expirationSeconds: 3600, path: "token" } },
      { configMap: { items: [{ key: "ca.crt", path: "ca.crt" }], name: "kube-root-ca.crt" } },
    ]);
    expect(pod(plan(args(aad))).spec.volumes.map(({ name }: { name: string }) => name)).toEqual(["tmp", "tokens", "model"]);
  });
  it("make no keys, and pods wait for them", () => {
    const made = plan(args(aml));
    expect(made.resources.filter(({ role }) => /key/i.test(role))).toEqual([]);
    expect(find(made, "deployment:blue").options.dependsOn).toContain("tokens");
    expect(plan().resources.map(({ id }) => id)).not.toContain("tokens");
  });
  it("roll no pod when callers change", () =>
    expect(pod(plan(args(aml)))).toEqual(pod(plan(args({ ...aml, auth: { callers: callers.slice(1) } })))));
});

describe("a gateway that enforces", () => {
  const enforced = (over: object = {}, auth: object = {}): any => inputs(plan(args({ ...over, auth: { ...auth, enforce: "gateway" } })), "securityPolicy");

  it("checks keys of the same Secret as the container, for every route, after them", () => {
    const many = Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`day-${i}`, MODEL]));
    const { spec } = enforced({ deployments: many, traffic: { "day-0": 100 } });
    expect(spec).toEqual({
      apiKeyAuth: { credentialRefs: [{ name: "credit-keys" }], extractFrom: [{ headers: ["Authorization"] }] },
      targetRefs: [...Object.keys(many).map((name) => `credit--${name}`), "credit"].map((name) => ({ group: "gateway.networking.k8s.io", kind: "HTTPRoute", name })),
    });
    expect(enforced({}, { existingSecret: "vault" }).spec.apiKeyAuth.credentialRefs).toEqual([{ name: "vault" }]);
    const made = plan(args({ auth: { enforce: "gateway" } }));
    expect(find(made, "securityPolicy").options.dependsOn).toEqual(["namedRoute:blue", "route"]);
    expect(pod(made).spec.containers[0].args).toContain("--keys");
  });

  it("checks both kinds of Entra's tokens, and who may", () => {
    const tenant = "11111111-2222-3333-4444-555555555555";
    const { spec } = enforced({ authMode: "aad_token" }, { tenantId: tenant, audience: "api://credit", allowedClientIds: ["app-1"], roles: ["Score"] });
    const uri = `https://login.microsoftonline.com/${tenant}/discovery/v2.0/keys`;
    expect(spec.jwt.providers).toEqual([
      { name: "entra-v2", issuer: `https://login.microsoftonline.com/${tenant}/v2.0`, audiences: ["api://credit"], remoteJWKS: { uri } },
      { name: "entra-v1", issuer: `https://sts.windows.net/${tenant}/`, audiences: ["api://credit"], remoteJWKS: { uri } },
    ]);
    expect(spec.authorization).toEqual({
      defaultAction: "Deny",
      rules: [["entra-v2", "azp"], ["entra-v1", "appid"]].flatMap(([provider, name]) => [
        { action: "Allow", principal: { jwt: { provider, claims: [{ name, values: ["app-1"] }] } } },
        { action: "Allow", principal: { jwt: { provider, claims: [{ name: "roles", valueType: "StringArray", values: ["Score"] }] } } },
      ]),
    });
  });

  it("is not asked for by default", () => expect(plan().resources.map(({ id }) => id)).not.toContain("securityPolicy"));
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
