import * as pulumi from "@pulumi/pulumi";
import { changeHooks } from "./changes.ts";
import { declareDeployment, type DeploymentKind } from "./declaration.ts";
import type { ExistingEndpoint } from "./existing-endpoint.ts";
import { logicalName, Part } from "./part.ts";
import { realise } from "./realise/plan.ts";
import { follow } from "./run.ts";
import { nodesOf, type Node, type Nodes, type Transforms } from "./transform.ts";

/** What a deployment that is made by hand says besides what it is. */
export interface OfExistingEndpoint {
  /** The endpoint, which another program owns: `existingEndpoint(name, target)`. A change replaces the deployment. */
  readonly endpoint: ExistingEndpoint;
  /** Changes children just before they are made. @default - none */
  readonly transform?: Transforms;
}

/** A deployment of either kind of endpoint, registered as `<endpoint>--<deployment>`. */
export abstract class DeploymentComponent extends pulumi.ComponentResource {
  /** Its name in the program: what `traffic` or `defaults` of the endpoint says. */
  readonly deploymentName: pulumi.Output<string>;
  /**
   * Its name at the target: what callers of the header `azureml-model-deployment` write. Another than `deploymentName` for an online deployment on Azure
   * alone, with `azure: { replacement: "sideBySide" }`; then it changes when the deployment is replaced.
   */
  readonly deployedName: pulumi.Output<string>;
  #children: readonly (readonly [string, Node])[] = [];

  /** @internal */
  protected constructor(kind: DeploymentKind, name: string, args: OfExistingEndpoint | Part, opts?: pulumi.ComponentResourceOptions) {
    super(`inference-endpoints:index:${kind}`, args instanceof Part ? name : logicalName(name, args), {}, opts);
    const part = args instanceof Part ? args : new Part(name, name);
    this.deploymentName = pulumi.output(part.deploymentName);
    this.deployedName = pulumi.output(part.deployedName);
    if (!(args instanceof Part)) this.#make(kind, name, args);
  }

  /** Its children, for what no argument says: outputs to refer to, resources to depend on. */
  get nodes(): Nodes {
    return nodesOf("this deployment", this.#children);
  }

  #make(kind: DeploymentKind, name: string, args: OfExistingEndpoint): void {
    const { endpoint, make, plan, subject, transforms } = declareDeployment(kind, this, name, args);
    if (make === undefined) return this.finish([]);
    const { children } = realise(plan, { make, parent: () => this, subject, transforms, after: follow(endpoint, this), hooks: changeHooks({ component: this, subject }, plan) });
    this.finish(children.map(({ node, planned }) => [planned.role, node] as const));
  }

  /** @internal Called once, when every child is made. */
  finish(children: readonly (readonly [string, Node])[]): void {
    this.#children = [...children];
    this.registerOutputs({ deploymentName: this.deploymentName, deployedName: this.deployedName });
  }
}
