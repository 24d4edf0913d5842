/** What objects are made from, whichever kind an endpoint is: an online endpoint is one as it stands, a batch endpoint by its pods. */
import type { BatchOn } from "../../model/batch-endpoint.ts";
import type { BatchDeployment, ModelBatchDeployment } from "../../model/batch-deployment.ts";
import type { On } from "../../model/endpoint.ts";
import type { OnlineDeployment } from "../../model/online-deployment.ts";
import type { PipelineStep } from "../../model/pipeline.ts";
import { pairName } from "../../model/names.ts";
import type { Sourced } from "../../model/sources.ts";
import type { KubernetesTarget } from "../../model/target.ts";
import { put, unlessRefused, withMore } from "../../model/refused.ts";

/** What runs in pods; `code` is the folder of a command. */
export type PodDeployment<V> = Pick<
  OnlineDeployment<V>,
  "codeConfiguration" | "description" | "environment" | "environmentVariables" | "kubernetes" | "model" | "modelMountPath" | "secretVariables" | "tags"
> & Pick<Sourced<V>, "code">;

/** An endpoint; `target.namespace` is where its objects are. */
export interface Owner<V> extends Pick<On<V, KubernetesTarget<V>>, "auth" | "authMode" | "description" | "logicalName" | "name" | "tags" | "target"> {
  readonly kind: "online" | "batch";
  readonly kubernetes: { readonly hostname?: V | undefined; readonly path?: string | undefined };
  readonly deployments: Readonly<Record<string, PodDeployment<V>>>;
}

/** What a step is called beside its deployment; no name of a deployment has two dashes, and no name of a step has one. */
export const stepKey = (deployment: string, step: string): string => pairName(deployment, step.replaceAll("_", "-"));

/** A batch endpoint, all of which is in the namespace of its jobs. What a pipeline has pods for stands beside the deployments, under {@link stepKey}. */
export const ownerOf = <V>(endpoint: BatchOn<V, KubernetesTarget<V>>): Owner<V> =>
  withMore(endpoint, {
    kind: () => "batch" as const,
    authMode: ({ authMode }) => authMode ?? "key",
    target: ({ target }) => withMore(target, { namespace: ({ jobsNamespace, namespace }) => jobsNamespace ?? namespace }),
    deployments: ({ deployments }) => podsOf(deployments),
  });

const podsOf = <V>(deployments: Readonly<Record<string, BatchDeployment<V>>>): Readonly<Record<string, PodDeployment<V>>> => {
  const pods: Record<string, PodDeployment<V>> = {};
  for (const name of Object.keys(deployments)) {
    const read = (): BatchDeployment<V> => deployments[name] as BatchDeployment<V>;
    put(pods, name, () => ownPods(read()));
    const steps = unlessRefused(() => stepsOf(read())) ?? {};
    for (const step of Object.keys(steps)) put(pods, stepKey(name, step), () => podsOfStep(steps[step] as PipelineStep<V>, read()));
  }
  return pods;
};

const stepsOf = <V>(deployment: BatchDeployment<V>): Readonly<Record<string, PipelineStep<V>>> => (deployment.type === "pipeline" ? (deployment.job?.jobs ?? {}) : {});

/** Of a pipeline: the pod that puts the outputs in their places. */
const ownPods = <V>(deployment: BatchDeployment<V>): PodDeployment<V> =>
  deployment.type === "model" ? podsOfModel(deployment) : withMore(deployment, { ...NOTHING, codeConfiguration: () => undefined, environment: () => undefined, environmentVariables: () => ({}), model: () => undefined });

/** What no job has. */
const NOTHING = { modelMountPath: () => undefined, secretVariables: () => ({}) };

type Driven<V> = Pick<ModelBatchDeployment<V>, "codeConfiguration" | "description" | "environment" | "kubernetes" | "model" | "settings" | "tags">;

const podsOfModel = <V>(deployment: Driven<V>): PodDeployment<V> => withMore(deployment, { ...NOTHING, environmentVariables: ({ settings }) => settings.environmentVariables });

const podsOfStep = <V>(step: PipelineStep<V>, deployment: BatchDeployment<V>): PodDeployment<V> => {
  const described = { description: () => deployment.description, tags: () => deployment.tags };
  if (step.type === "parallel") return podsOfModel(withMore(step, described));
  return withMore(step, { ...NOTHING, ...described, codeConfiguration: () => undefined, model: () => undefined });
};
