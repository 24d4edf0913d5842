import * as pulumi from "@pulumi/pulumi";
import type { OnlineDeploymentArgs as Args } from "../model/online-deployment.ts";
import { declareDeployment } from "./declaration.ts";
import type { ExistingEndpoint } from "./existing-endpoint.ts";
import { logicalName, Part } from "./part.ts";
import { realise } from "./realise/plan.ts";
import { follow } from "./run.ts";
import { nodesOf, type Node, type Nodes, type Transforms } from "./transform.ts";

/** {@inheritDoc Args} */
export type OnlineDeploymentArgs = Args<pulumi.Input<string>>;

/** Arguments of an `OnlineDeployment` that is made by hand. */
export interface ExistingOnlineDeploymentArgs extends OnlineDeploymentArgs {
  /** The endpoint, which another program owns: `existingEndpoint(name, target)`. A change replaces the deployment. */
  readonly endpoint: ExistingEndpoint;
  /** Changes children just before they are made. @default - none */
  readonly transform?: Transforms;
}

/**
 * A deployment of an online endpoint: compute that runs one version of a model. `Endpoint` makes one for each entry of `deployments`. A program makes
 * one by hand for an endpoint that another program owns. Either is registered as `<endpoint>--<deployment>`.
 *
 * Two programs know nothing of each other's order. The owner makes the endpoint first, then this deployment is made, and then the owner gives it a share;
 * it goes the other way round. While it has a share, Azure refuses to delete it. An endpoint that is destroyed takes its deployments along on Azure; this
 * program's next `pulumi up --refresh`, or its `destroy`, finds that out.
 */
export class OnlineDeployment extends pulumi.ComponentResource {
  /** Its name in the program: what `traffic` says. */
  readonly deploymentName: pulumi.Output<string>;
  /**
   * Its name at the target: what callers of the header `azureml-model-deployment` write. Another than `deploymentName` on Azure alone, with
   * `azure: { replacement: "sideBySide" }`; then it changes when the deployment is replaced.
   */
  readonly deployedName: pulumi.Output<string>;
  #children: readonly (readonly [string, Node])[] = [];

  /**
   * @param name The deployment's name under the endpoint.
   * @param args What to declare, and of which endpoint.
   * @param opts Providers given here reach every child.
   * @throws InvalidArgs with every problem of the declaration.
   */
  constructor(name: string, args: ExistingOnlineDeploymentArgs, opts?: pulumi.ComponentResourceOptions);
  /** @internal Made by an `Endpoint`, under a logical name of its choice. */
  constructor(logicalName: string, part: Part, opts: pulumi.ComponentResourceOptions);
  constructor(name: string, args: ExistingOnlineDeploymentArgs | Part, opts?: pulumi.ComponentResourceOptions) {
    super("inference-endpoints:index:OnlineDeployment", args instanceof Part ? name : logicalName(name, args), {}, opts);
    const part = args instanceof Part ? args : new Part(name, name);
    this.deploymentName = pulumi.output(part.deploymentName);
    this.deployedName = pulumi.output(part.deployedName);
    if (!(args instanceof Part)) this.#make(name, args);
  }

  /** Its children, for what no argument says: outputs to refer to, resources to depend on. */
  get nodes(): Nodes {
    return nodesOf("this deployment", this.#children);
  }

  #make(name: string, args: ExistingOnlineDeploymentArgs): void {
    const { endpoint, make, plan, subject, transforms } = declareDeployment("OnlineDeployment", this, name, args);
    if (make === undefined) return this.finish([]);
    const { children } = realise(plan, { make, parent: () => this, subject, transforms, after: follow(endpoint, this) });
    this.finish(children.map(({ node, planned }) => [planned.role, node] as const));
  }

  /** @internal Called once, when every child is made. */
  finish(children: readonly (readonly [string, Node])[]): void {
    this.#children = [...children];
    this.registerOutputs({ deploymentName: this.deploymentName, deployedName: this.deployedName });
  }
}
