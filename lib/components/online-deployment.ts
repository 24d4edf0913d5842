import type * as pulumi from "@pulumi/pulumi";
import type { OnlineDeploymentArgs as Args } from "../model/online-deployment.ts";
import { DeploymentComponent, type OfExistingEndpoint } from "./deployment.ts";
import type { Part } from "./part.ts";

/** {@inheritDoc Args} */
export type OnlineDeploymentArgs = Args<pulumi.Input<string>>;

/** Arguments of an `OnlineDeployment` that is made by hand. */
export interface ExistingOnlineDeploymentArgs extends OnlineDeploymentArgs, OfExistingEndpoint {}

/**
 * A deployment of an online endpoint: compute that runs one version of a model. `Endpoint` makes one for each entry of `deployments`. A program makes
 * one by hand for an endpoint that another program owns. Either is registered as `<endpoint>--<deployment>`.
 *
 * Two programs know nothing of each other's order. The owner makes the endpoint first, then this deployment is made, and then the owner gives it a share;
 * it goes the other way round. While it has a share, Azure refuses to delete it. An endpoint that is destroyed takes its deployments along on Azure; this
 * program's next `pulumi up --refresh`, or its `destroy`, finds that out.
 */
export class OnlineDeployment extends DeploymentComponent {
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
    super("OnlineDeployment", name, args, opts);
  }
}
