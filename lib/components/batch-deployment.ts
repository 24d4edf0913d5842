import type * as pulumi from "@pulumi/pulumi";
import type { ModelBatchDeploymentArgs as ModelArgs, PipelineBatchDeploymentArgs as PipelineArgs } from "../model/batch-deployment.ts";
import { DeploymentComponent, type OfExistingEndpoint } from "./deployment.ts";
import type { Part } from "./part.ts";

/** {@inheritDoc ModelArgs} */
export type ModelBatchDeploymentArgs = ModelArgs<pulumi.Input<string>>;

/** {@inheritDoc PipelineArgs} */
export type PipelineBatchDeploymentArgs = PipelineArgs<pulumi.Input<string>>;

/** A deployment of a batch endpoint, by `type`. */
export type BatchDeploymentArgs = ModelBatchDeploymentArgs | PipelineBatchDeploymentArgs;

/** Arguments of a `BatchDeployment` that is made by hand. */
export type ExistingBatchDeploymentArgs = BatchDeploymentArgs & OfExistingEndpoint;

/**
 * A deployment of a batch endpoint: a model or a pipeline that jobs run, on compute that exists while they do. `Endpoint` makes one for each entry of
 * `deployments`. A program makes one by hand for an endpoint that another program owns. Either is registered as `<endpoint>--<deployment>`.
 *
 * Jobs that have run, or run, do not go with it. Two programs know nothing of each other's order: the owner makes the endpoint first, and makes this
 * deployment its default last; it goes the other way round.
 */
export class BatchDeployment extends DeploymentComponent {
  /**
   * @param name The deployment's name under the endpoint.
   * @param args What to declare, and of which endpoint.
   * @param opts Providers given here reach every child.
   * @throws InvalidArgs with every problem of the declaration.
   */
  constructor(name: string, args: ExistingBatchDeploymentArgs, opts?: pulumi.ComponentResourceOptions);
  /** @internal Made by an `Endpoint`, under a logical name of its choice. */
  constructor(logicalName: string, part: Part, opts: pulumi.ComponentResourceOptions);
  constructor(name: string, args: ExistingBatchDeploymentArgs | Part, opts?: pulumi.ComponentResourceOptions) {
    super("BatchDeployment", name, args, opts);
  }
}
