// A module of one's own: a team's way to serve a model, as a component that wraps Endpoint. Whoever uses it says which
// model and where; target, gateway, authentication and sizes are the module's business.

// #region module
import * as pulumi from "@pulumi/pulumi";
import { Endpoint, kubernetes } from "inference-endpoints";

export interface ModelServiceArgs {
  /** Namespace the service lives in. */
  namespace: string;
  /** The ONNX file to serve. */
  model: string;
  /** Where callers reach the gateway of the cluster. */
  url: string;
}

export class ModelService extends pulumi.ComponentResource {
  readonly scoringUri: pulumi.Output<string>;

  constructor(name: string, args: ModelServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("example:index:ModelService", name, {}, opts);
    const endpoint = new Endpoint(
      `${name}-endpoint`,
      {
        kind: "online",
        target: kubernetes({
          namespace: args.namespace,
          scoringImage: "registry.example.com/scoring:0.1.0",
          gateway: { name: "public", namespace: "gateways", implementation: "envoy-gateway", url: args.url },
        }),
        authMode: "key",
        deployments: { blue: { model: { path: args.model }, instanceCount: 2, azure: { instanceType: "Standard_DS3_v2" } } },
        traffic: { blue: 100 },
      },
      { parent: this },
    );
    this.scoringUri = endpoint.scoringUri;
    this.registerOutputs({ scoringUri: this.scoringUri });
  }
}
// #endregion
