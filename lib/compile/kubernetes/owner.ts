/** What objects are made from, whichever kind an endpoint is: an online endpoint is one as it stands, a batch endpoint by its pods. */
import type { BatchOn } from "../../model/batch-endpoint.ts";
import type { ModelBatchDeployment } from "../../model/batch-deployment.ts";
import type { On } from "../../model/endpoint.ts";
import type { OnlineDeployment } from "../../model/online-deployment.ts";
import type { KubernetesTarget } from "../../model/target.ts";
import { withEach, withMore } from "../../model/refused.ts";

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
export const ownerOf = <V>(endpoint: BatchOn<V, KubernetesTarget<V>>): Owner<V> =>
  withMore(endpoint, {
    kind: () => "batch" as const,
    authMode: ({ authMode }) => authMode ?? "key",
    target: ({ target }) => withMore(target, { namespace: ({ jobsNamespace, namespace }) => jobsNamespace ?? namespace }),
    deployments: ({ deployments }) => withEach(deployments, (deployment) => (deployment.type === "model" ? podsOf(deployment) : undefined)),
  });

const podsOf = <V>(deployment: ModelBatchDeployment<V>): PodDeployment<V> =>
  withMore(deployment, { environmentVariables: ({ settings }) => settings.environmentVariables, modelMountPath: () => undefined, secretVariables: () => ({}) });
