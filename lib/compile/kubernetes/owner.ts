/** What objects are made from, whichever kind an endpoint is: an online endpoint is one as it stands, a batch endpoint by its pods. */
import type { BatchOn } from "../../model/batch-endpoint.ts";
import type { ModelBatchDeployment } from "../../model/batch-deployment.ts";
import type { On } from "../../model/endpoint.ts";
import type { OnlineDeployment } from "../../model/online-deployment.ts";
import type { KubernetesTarget } from "../../model/target.ts";

/** What runs in pods. */
export type PodDeployment<V> = Pick<
  OnlineDeployment<V>,
  "codeConfiguration" | "description" | "environment" | "environmentVariables" | "kubernetes" | "model" | "modelMountPath" | "secretVariables" | "tags"
>;

/** An endpoint; `target.namespace` is where its objects are. */
export interface Owner<V> extends Pick<On<V, KubernetesTarget<V>>, "auth" | "authMode" | "description" | "logicalName" | "name" | "tags" | "target"> {
  readonly kind: "online" | "batch";
  readonly kubernetes: { readonly hostname?: V | undefined; readonly path?: string | undefined };
  readonly deployments: Readonly<Record<string, PodDeployment<V>>>;
}

/** A batch endpoint, all of which is in the namespace of its jobs. Pipelines have been refused. */
export const ownerOf = <V>(endpoint: BatchOn<V, KubernetesTarget<V>>): Owner<V> => {
  const { auth, authMode = "key", deployments, description, kubernetes, logicalName, name, tags, target } = endpoint;
  const models = Object.entries(deployments).flatMap(([key, deployment]) => (deployment.type === "model" ? [[key, podsOf(deployment)] as const] : []));
  return { kind: "batch", auth, authMode, description, kubernetes, logicalName, name, tags, target: { ...target, namespace: target.jobsNamespace ?? target.namespace }, deployments: Object.fromEntries(models) };
};

const podsOf = <V>({ codeConfiguration, description, environment, kubernetes, model, settings, tags }: ModelBatchDeployment<V>): PodDeployment<V> => ({
  codeConfiguration,
  description,
  environment,
  environmentVariables: settings.environmentVariables,
  kubernetes,
  model,
  modelMountPath: undefined,
  secretVariables: {},
  tags,
});
