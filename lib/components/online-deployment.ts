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
  /** Its name in the program: what `traffic` says. */
  readonly deploymentName: pulumi.Output<string>;
  /**
   * Its name at the target: what callers of the header `azureml-model-deployment` write. Another than `deploymentName` on Azure alone, with
   * `azure: { replacement: "sideBySide" }`; then it changes when the deployment is replaced.
   */
  readonly deployedName: pulumi.Output<string>;
  #children: (readonly [string, Node])[] = [];

  /** `Endpoint` makes deployments; a program has no reason to. */
  constructor(logicalName: string, deploymentName: string, deployedName: string, opts: pulumi.ComponentResourceOptions) {
    super("inference-endpoints:index:OnlineDeployment", logicalName, {}, opts);
    this.deploymentName = pulumi.output(deploymentName);
    this.deployedName = pulumi.output(deployedName);
  }

  /** Its children, for what no argument says: outputs to refer to, resources to depend on. */
  get nodes(): Nodes {
    return nodesOf("this deployment", this.#children);
  }

  /** @internal Called once, when every child is made. */
  finish(children: readonly (readonly [string, Node])[]): void {
    this.#children = [...children];
    this.registerOutputs({ deploymentName: this.deploymentName, deployedName: this.deployedName });
  }
}
