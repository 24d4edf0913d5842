import type { z } from "zod";
import { azureBatchDeployment, azurePipelineDeployment, type AzureBatchDeploymentArgs, type AzurePipelineDeploymentArgs } from "./batch-compute.ts";
import { batchEnvironment, batchResources, type BatchEnvironmentArgs, type BatchResourcesArgs } from "./batch-environment.ts";
import { batchSettings, type BatchSettingsArgs } from "./batch-settings.ts";
import { kubernetesDeployment, type KubernetesDeploymentArgs } from "./pod.ts";
import type { ModelClaimArgs, ModelImageArgs } from "./mounted-model.ts";
import { flag, late, lateMap, ofKind, oneOf, refusing, strict, under } from "./fields.ts";
import { MISPLACED_IN_MODEL_DEPLOYMENT } from "./misplaced.ts";
import { pipelineJob, type PipelineJobArgs } from "./pipeline.ts";
import { codeConfiguration, model, reference, type CodeConfigurationArgs, type ModelArgs } from "./sources.ts";

/**
 * A deployment of a batch endpoint that runs a model over the files of one input. Names are those of the `az ml` YAML schema. Except where said
 * otherwise, a change is made in place, and means the jobs that begin after it.
 */
export interface ModelBatchDeploymentArgs<V> {
  /** @default "model" */
  readonly type?: "model";
  /** A sentence for people. @default - none */
  readonly description?: V;
  /**
   * Tags (Azure) and annotations (Kubernetes), besides the endpoint's. Models, code and clusters, which deployments of an endpoint share, have the endpoint's
   * alone; where another program owns that, they have these. @default - none
   */
  readonly tags?: Readonly<Record<string, V>>;
  /** `{ path }`, or a reference to a registered model (Azure), of which an Output must be the full id; `{ image }` or `{ claim }` of `jobsNamespace` (Kubernetes). */
  readonly model: V | ModelArgs | ModelImageArgs<V> | ModelClaimArgs<V>;
  /**
   * The script, with `init()` and `run(mini_batch)`, which gets paths of files and returns a list or a DataFrame, a row for each that succeeded.
   * @default - none: MLflow models need none, and outside Azure neither do models of one ONNX file
   */
  readonly codeConfiguration?: CodeConfigurationArgs<V>;
  /** What the script runs in. Azure's driver needs `azureml-core` and `azureml-dataset-runtime[fuse]` in it. @default - none: the bundled container alone */
  readonly environment?: BatchEnvironmentArgs<V>;
  /** @default - the defaults of its fields */
  readonly resources?: BatchResourcesArgs;
  /** How its jobs run. @default - the defaults of its fields */
  readonly settings?: BatchSettingsArgs<V>;
  /** What only Azure Machine Learning understands. @default - the defaults of its fields */
  readonly azure?: AzureBatchDeploymentArgs<V>;
  /** What only Kubernetes understands: of the pods that run its jobs. @default - the defaults of its fields */
  readonly kubernetes?: KubernetesDeploymentArgs<V>;
}

/** How jobs of a pipeline deployment run. */
export interface PipelineSettingsArgs {
  /** Whether steps that need nothing of a failed one still run. The job fails all the same. @default false */
  readonly continueOnStepFailure?: boolean;
}

/** A deployment of a batch endpoint that runs a pipeline. */
export interface PipelineBatchDeploymentArgs<V> {
  /** A pipeline; without it a model is run. */
  readonly type: "pipeline";
  /** A sentence for people; each job has it. @default - none */
  readonly description?: V;
  /** Tags, besides the endpoint's; each job has them. @default - none */
  readonly tags?: Readonly<Record<string, V>>;
  /** A pipeline component registered in Azure: `azureml:<name>:<version>` or an id; an Output must be the id. Azure alone; instead of `job`. @default - none */
  readonly component?: V;
  /** The pipeline itself, instead of `component`: the same steps everywhere. On Azure they become components, and `azure.compute` is required; on Kubernetes tasks of a Workflow of Argo, and `jobsClaim` is. @default - none */
  readonly job?: PipelineJobArgs<V>;
  /** How its jobs run. @default - the defaults of its fields */
  readonly settings?: PipelineSettingsArgs;
  /** What only Azure Machine Learning understands. @default - the defaults of its fields */
  readonly azure?: AzurePipelineDeploymentArgs<V>;
  /** What only Kubernetes understands: of the pod that puts the outputs in their places when all steps have succeeded. @default - the defaults of its fields */
  readonly kubernetes?: KubernetesDeploymentArgs<V>;
}

/** A deployment of a batch endpoint, by `type`. */
export type BatchDeploymentArgs<V> = ModelBatchDeploymentArgs<V> | PipelineBatchDeploymentArgs<V>;

/** @internal */
export const modelBatchDeployment = <V>() =>
  strict(
    {
      type: oneOf("model", "pipeline").pipe(oneOf("model")).default("model"),
      description: late<V>().optional(),
      tags: lateMap<V>().default({}),
      model: model<V>(),
      codeConfiguration: codeConfiguration<V>().optional(),
      environment: batchEnvironment<V>().optional(),
      resources: batchResources(),
      settings: batchSettings<V>().prefault({}),
      azure: azureBatchDeployment<V>().prefault({}),
      kubernetes: kubernetesDeployment<V>().prefault({}),
    },
    "a deployment",
    MISPLACED_IN_MODEL_DEPLOYMENT,
  );

/** @internal */
export const pipelineBatchDeployment = <V>() =>
  under(
    strict(
      {
        type: oneOf("pipeline"),
        description: late<V>().optional(),
        tags: lateMap<V>().default({}),
        component: reference<V>().optional(),
        job: pipelineJob<V>().optional(),
        settings: strict({ continueOnStepFailure: flag().default(false) }).prefault({}),
        azure: azurePipelineDeployment<V>().prefault({}),
        kubernetes: kubernetesDeployment<V>().prefault({}),
      },
      "a deployment",
    ),
    ({ component, job }) => refusing([], (component === undefined) === (job === undefined) ? "expected component or job, one of them" : undefined),
  );

/** The schema of either; every default stands below it. @internal */
export const batchDeployment = <V>() => ofKind("type", "pipeline", pipelineBatchDeployment<V>(), modelBatchDeployment<V>());

/** @internal */
export type ModelBatchDeployment<V> = Readonly<z.output<ReturnType<typeof modelBatchDeployment<V>>>>;
/** @internal */
export type PipelineBatchDeployment<V> = Readonly<z.output<ReturnType<typeof pipelineBatchDeployment<V>>>>;

/** A deployment, parsed: every default filled in. @internal */
export type BatchDeployment<V> = ModelBatchDeployment<V> | PipelineBatchDeployment<V>;
