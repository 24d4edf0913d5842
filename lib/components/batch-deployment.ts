import * as pulumi from "@pulumi/pulumi";
import type { ModelBatchDeploymentArgs as ModelArgs, PipelineBatchDeploymentArgs as PipelineArgs } from "../model/batch-deployment.ts";
import { declareDeployment } from "./declaration.ts";
import type { ExistingEndpoint } from "./existing-endpoint.ts";
import { logicalName, Part } from "./part.ts";
import { realise } from "./realise/plan.ts";
import { follow } from "./run.ts";
import { nodesOf, type Node, type Nodes, type Transforms } from "./transform.ts";

/** {@inheritDoc ModelArgs} */
export type ModelBatchDeploymentArgs = ModelArgs<pulumi.Input<string>>;

/** {@inheritDoc PipelineArgs} */
export type PipelineBatchDeploymentArgs = PipelineArgs<pulumi.Input<string>>;

/** A deployment of a batch endpoint, by `type`. */
export type BatchDeploymentArgs = ModelBatchDeploymentArgs | PipelineBatchDeploymentArgs;

/** Arguments of a `BatchDeployment` that is made by hand. */
export type ExistingBatchDeploymentArgs = BatchDeploymentArgs & {
  /** The endpoint, which another program owns: `existingEndpoint(name, target)`. A change replaces the deployment. */
  readonly endpoint: ExistingEndpoint;
  /** Changes children just before they are made. @default - none */
  readonly transform?: Transforms;
};

/**
 * A deployment of a batch endpoint: a model or a pipeline that jobs run, on compute that exists while they do. `Endpoint` makes one for each entry of
 * `deployments`. A program makes one by hand for an endpoint that another program owns. Either is registered as `<endpoint>--<deployment>`.
 *
 * Jobs that have run, or run, do not go with it. Two programs know nothing of each other's order: the owner makes the endpoint first, and makes this
 * deployment its default last; it goes the other way round.
 */
export class BatchDeployment extends pulumi.ComponentResource {
  /** Its name in the program: what `defaults` says. */
  readonly deploymentName: pulumi.Output<string>;
  /** Its name at the target: what callers of the header `azureml-model-deployment` write. */
  readonly deployedName: pulumi.Output<string>;
  #children: readonly (readonly [string, Node])[] = [];

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
    super("inference-endpoints:index:BatchDeployment", args instanceof Part ? name : logicalName(name, args), {}, opts);
    const part = args instanceof Part ? args : new Part(name, name);
    this.deploymentName = pulumi.output(part.deploymentName);
    this.deployedName = pulumi.output(part.deployedName);
    if (!(args instanceof Part)) this.#make(name, args);
  }

  /** Its children, for what no argument says: outputs to refer to, resources to depend on. */
  get nodes(): Nodes {
    return nodesOf("this deployment", this.#children);
  }

  #make(name: string, args: ExistingBatchDeploymentArgs): void {
    const { endpoint, make, plan, subject, transforms } = declareDeployment("BatchDeployment", this, name, args);
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
