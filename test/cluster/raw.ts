/** The same model and image as somebody would deploy them by hand: a Deployment, a Service, a route. What these lose is the gateway's doing. */
import { readFileSync } from "node:fs";
import type { Caller } from "../conformance/caller.ts";
import { apply } from "../rig/kubernetes/apply.ts";
import type { Fields } from "../rig/kubernetes/client.ts";
import { GATEWAY } from "../rig/kubernetes/gateway.ts";
import { callerOf, client } from "./cluster.ts";
import { IMAGES } from "./image.ts";

const KEY = "key-of-the-raw-manifests";

export interface Raw extends AsyncDisposable {
  readonly caller: Caller;
}

export const newRaw = async (namespace: string): Promise<Raw> => {
  const name = "raw--pods";
  const model = readFileSync(new URL("../../examples/quickstart/models/blue.onnx", import.meta.url)).toString("base64");
  const labels = { app: name };
  const metadata = { name, namespace };
  const objects: Fields[] = [
    { apiVersion: "v1", kind: "ConfigMap", metadata, binaryData: { "blue.onnx": model } },
    { apiVersion: "v1", kind: "Secret", metadata, stringData: { primaryKey: KEY } },
    { apiVersion: "apps/v1", kind: "Deployment", metadata, spec: { replicas: 2, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: pod(name) } } },
    { apiVersion: "v1", kind: "Service", metadata, spec: { selector: labels, ports: [{ port: 80, targetPort: 5001 }] } },
    { apiVersion: "gateway.networking.k8s.io/v1", kind: "HTTPRoute", metadata, spec: { parentRefs: [{ name: GATEWAY.name, namespace: GATEWAY.namespace }], rules: [{ matches: [{ path: { type: "PathPrefix", value: "/raw" } }], filters: [{ type: "URLRewrite", urlRewrite: { path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/" } } }], backendRefs: [{ name, port: 80 }] }] } },
  ];
  for (const object of objects) await apply(client, object);
  const caller = callerOf(`http://${GATEWAY.hostname}/raw/score`, KEY);
  return {
    caller,
    [Symbol.asyncDispose]: async () => {
      caller.close();
      for (const object of objects.toReversed()) await client.send("DELETE", await client.path(object as Parameters<typeof client.path>[0]));
    },
  };
};

const pod = (name: string): Fields => ({
  securityContext: { runAsNonRoot: true, runAsUser: 10_001, fsGroup: 10_001, seccompProfile: { type: "RuntimeDefault" } },
  containers: [
    {
      name: "scoring",
      image: IMAGES.scoring,
      args: ["serve", "--host", "0.0.0.0", "--port", "5001", "--deployment", "raw", "--statuses", "managed", "--keys", "/keys"],
      env: [{ name: "AZUREML_MODEL_DIR", value: "/model" }],
      readinessProbe: { httpGet: { path: "/", port: 5001 }, periodSeconds: 1 },
      resources: { requests: { cpu: "10m", memory: "64Mi" } },
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] }, readOnlyRootFilesystem: true },
      volumeMounts: [{ name: "model", mountPath: "/model/wine/1/blue.onnx", subPath: "blue.onnx" }, { name: "keys", mountPath: "/keys" }, { name: "tmp", mountPath: "/tmp" }],
    },
  ],
  volumes: [{ name: "model", configMap: { name } }, { name: "keys", secret: { secretName: name, defaultMode: 0o440 } }, { name: "tmp", emptyDir: {} }],
});
