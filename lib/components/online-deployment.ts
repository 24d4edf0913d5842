import * as pulumi from "@pulumi/pulumi";
import type { OnlineDeploymentArgs as Args } from "../model/online-deployment.ts";
import { nodesOf, type Node, type Nodes } from "./transform.ts";

/** {@inheritDoc Args} */
export type OnlineDeploymentArgs = Args<pulumi.Input<string>>;

/**
 * A deployment of an online endpoint: compute that runs one version of a model. `Endpoint` makes one for each entry of `deployments`, under the
 * logical name `<endpoint>--<deployment>`.
 */
export class OnlineDeployment extends pulumi.ComponentResource {
  /** Its name under the endpoint: what `traffic` and the header `azureml-model-deployment` say. */
  readonly deploymentName: pulumi.Output<string>;
  #children: (readonly [string, Node])[] = [];

  /** `Endpoint` makes deployments; a program has no reason to. */
  constructor(logicalName: string, deploymentName: string, opts: pulumi.ComponentResourceOptions) {
    super("inference-endpoints:index:OnlineDeployment", logicalName, {}, opts);
    this.deploymentName = pulumi.output(deploymentName);
  }

  /** Its children, for what no argument says: outputs to refer to, resources to depend on. */
  get nodes(): Nodes {
    return nodesOf("this deployment", this.#children);
  }

  /** @internal Called once, when every child is made. */
  finish(children: readonly (readonly [string, Node])[]): void {
    this.#children = [...children];
    this.registerOutputs({ deploymentName: this.deploymentName });
  }
}
