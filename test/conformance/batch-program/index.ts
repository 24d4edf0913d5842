/** A batch endpoint of two scripts that need nothing but Node, and a pipeline of one of them. */
import { Endpoint, kubernetes } from "inference-endpoints";
import { counted, counting } from "../counted.ts";

export const words = new Endpoint("words", {
  kind: "batch",
  target: kubernetes({ namespace: "ml", jobsNamespace: "ml-jobs", scoringImage: "registry.example.com/scoring:0.1.0", gateway: { name: "public", namespace: "gateways", implementation: "envoy-gateway", url: "https://models.example.com" } }),
  deployments: { once: counting("1"), twice: counting("2"), counted: counted() },
  defaults: { deploymentName: "once" },
});
