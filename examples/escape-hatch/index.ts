// What no argument covers. `transform` changes a child just before it is made, its arguments or its options; `nodes` gives
// the children afterwards, so that other resources can refer to them. What many people need becomes an argument instead.

// #region escape-hatch
import { rbac } from "@pulumi/kubernetes";
import { Endpoint, kubernetes } from "inference-endpoints";

const models = `${import.meta.dirname}/../quickstart/models`;
const azure = { instanceType: "Standard_DS3_v2" };

const wine = new Endpoint("wine", {
  kind: "online",
  target: kubernetes({
    namespace: "ml",
    scoringImage: "registry.example.com/scoring:0.1.0",
    gateway: { name: "public", namespace: "gateways", implementation: "envoy-gateway", url: "https://models.example.com" },
  }),
  authMode: "key",
  deployments: {
    blue: { model: { path: `${models}/blue.onnx` }, instanceCount: 2, azure },
    green: { model: { path: `${models}/green.onnx` }, instanceCount: 1, azure },
  },
  traffic: { blue: 90, green: 10 },
  transform: {
    // The live model goes before other pods when the cluster is full.
    deployment: (args, opts, { deployment }) => {
      if (deployment !== "blue") return { args, opts };
      const { template } = args.spec;
      const spec = { ...template.spec, priorityClassName: "live-models" };
      return { args: { ...args, spec: { ...args.spec, template: { ...template, spec } } }, opts };
    },
    // Callers hold these keys: a destroy must not take them along by mistake.
    keys: (args, opts) => ({ args, opts: { ...opts, protect: true } }),
    route: (args, opts) => ({
      args: { ...args, metadata: { ...args.metadata, annotations: { ...args.metadata.annotations, "example.com/owner": "cellar" } } },
      opts,
    }),
  },
});

// The team that calls the endpoint may read its keys, and nothing else, as soon as the endpoint is routed.
new rbac.v1.Role(
  "wine-callers",
  {
    metadata: { name: "wine-callers", namespace: "ml" },
    rules: [{ apiGroups: [""], resources: ["secrets"], resourceNames: [wine.nodes.keys.metadata.name], verbs: ["get"] }],
  },
  { dependsOn: [wine.nodes.route] },
);

export const scoringUri = wine.scoringUri;
export const blueReplicas = wine.nodes.deployments.blue?.deployment.spec.replicas;
// #endregion
