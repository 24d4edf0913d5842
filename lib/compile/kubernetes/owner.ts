/** What objects are made from, whichever kind an endpoint is: an online endpoint is one as it stands, a batch endpoint by its pods. */
import type { BatchOn } from "../../model/batch-endpoint.ts";
import type { BatchDeployment, ModelBatchDeployment } from "../../model/batch-deployment.ts";
import type { On } from "../../model/endpoint.ts";
import type { OnlineDeployment } from "../../model/online-deployment.ts";
import type { PipelineStep } from "../../model/pipeline.ts";
import { pairName } from "../../model/names.ts";
import type { Sourced } from "../../model/sources.ts";
import type { KubernetesTarget } from "../../model/target.ts";

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
export const ownerOf = <V>(endpoint: BatchOn<V, KubernetesTarget<V>>): Owner<V> => {
  const { auth, authMode = "key", deployments, description, kubernetes, logicalName, name, tags, target } = endpoint;
  const pods = Object.entries(deployments).flatMap(([key, deployment]) => podsOf(key, deployment));
  return { kind: "batch", auth, authMode, description, kubernetes, logicalName, name, tags, target: { ...target, namespace: target.jobsNamespace ?? target.namespace }, deployments: Object.fromEntries(pods) };
};

const podsOf = <V>(name: string, deployment: BatchDeployment<V>): [string, PodDeployment<V>][] => {
  const { description, kubernetes, tags } = deployment;
  const described = { description, tags };
  if (deployment.type === "model") return [[name, podsOfModel(deployment, described)]];
  const steps = Object.entries(deployment.job?.jobs ?? {}).map(([step, each]): [string, PodDeployment<V>] => [stepKey(name, step), podsOfStep(each, described)]);
  return [[name, { ...WITHOUT_SOURCES, ...described, environmentVariables: {}, kubernetes }], ...steps];
};

type Described<V> = Pick<PodDeployment<V>, "description" | "tags">;

const WITHOUT_SOURCES = { codeConfiguration: undefined, environment: undefined, model: undefined, modelMountPath: undefined, secretVariables: {} };

const podsOfModel = <V>({ codeConfiguration, environment, kubernetes, model, settings }: Omit<ModelBatchDeployment<V>, "type" | "azure" | "description" | "tags">, described: Described<V>): PodDeployment<V> => ({
  ...WITHOUT_SOURCES,
  ...described,
  codeConfiguration,
  environment,
  environmentVariables: settings.environmentVariables,
  kubernetes,
  model,
});

const podsOfStep = <V>(step: PipelineStep<V>, described: Described<V>): PodDeployment<V> => {
  if (step.type === "parallel") return podsOfModel(step, described);
  const { code, environment, environmentVariables, kubernetes } = step;
  return { ...WITHOUT_SOURCES, ...described, code, environment, environmentVariables, kubernetes };
};
