/** What runs the jobs of a deployment: files, account, and the pods as the service makes them. */
import type { IPodSpec } from "kubernetes-models/v1/PodSpec";
import type { IPodTemplateSpec } from "kubernetes-models/v1/PodTemplateSpec";
import type { IVolume } from "kubernetes-models/v1/Volume";
import type { ModelBatchDeployment } from "../../model/batch-deployment.ts";
import type { DeploymentAssets } from "../../model/bundle.ts";
import type { PlannedResource } from "../../model/plan.ts";
import { batchJobArguments, JOB_VERB } from "../../scoring/contract/batch-cluster.ts";
import type { BatchSettings } from "../../scoring/contract/batch.ts";
import { compileAssets, type MountedFiles } from "./assets.ts";
import { compileResources } from "./container.ts";
import { CONTAINER_NAME, imageOf, RESTRICTED, VOLUMES } from "./containers.ts";
import { filled } from "./lists.ts";
import type { With } from "./manifest.ts";
import { deploymentLabels } from "./metadata.ts";
import { serviceAccount } from "./online-deployment.ts";
import type { Owner, PodDeployment } from "./owner.ts";
import { securityContext, serviceAccountName } from "./pod.ts";
import { compileVariables } from "./variables.ts";

/** A deployment's objects, and what the service's file says of it. */
export interface CompiledBatchDeployment {
  readonly resources: readonly PlannedResource[];
  readonly entry: object;
}

export const compileBatchDeployment = <V>(owner: Owner<V>, name: string, deployment: ModelBatchDeployment<V>, assets: DeploymentAssets): CompiledBatchDeployment => {
  const files = compileAssets(owner, name, assets);
  return {
    resources: [...files.resources, ...serviceAccount(owner, name)],
    entry: { kind: "model", pod: compileJobPod(owner, name, files), settings: settingsOf(deployment) },
  };
};

/** Variables are those of the pods. */
export const settingsOf = <V>({ resources, settings }: Pick<ModelBatchDeployment<V>, "resources" | "settings">): BatchSettings => {
  const { environmentVariables: _, partitionRows, ...rest } = settings;
  return { ...rest, instanceCount: resources.instanceCount, ...(partitionRows === undefined ? {} : { partitionRows }) };
};

/** A core/v1 PodTemplateSpec, but for what each job adds: its record, its claims, its arguments. It has no token of the API. */
export const compileJobPod = <V>(owner: Owner<V>, name: string, files: MountedFiles<V>): With<IPodTemplateSpec, V> => {
  const deployment = owner.deployments[name] as PodDeployment<V>;
  const { affinity, imagePullSecrets, nodeSelector, podAnnotations, podLabels, priorityClassName, tolerations, topologySpreadConstraints, volumeMounts, volumes } = deployment.kubernetes;
  return {
    metadata: { annotations: podAnnotations, labels: { ...podLabels, ...deploymentLabels(owner.name, name, "batch") } },
    spec: {
      affinity: affinity as With<IPodSpec, V>["affinity"],
      automountServiceAccountToken: false,
      containers: [
        {
          args: [JOB_VERB, ...batchJobArguments(deployment.codeConfiguration === undefined ? {} : { entryScript: deployment.codeConfiguration.scoringScript })],
          env: filled(compileVariables(deployment, files)),
          image: imageOf(owner, deployment),
          name: CONTAINER_NAME,
          resources: compileResources(deployment.kubernetes),
          securityContext: { ...RESTRICTED, readOnlyRootFilesystem: true },
          terminationMessagePolicy: "FallbackToLogsOnError",
          volumeMounts: [{ mountPath: "/tmp", name: VOLUMES.temporary }, ...files.mounts, ...volumeMounts],
        },
      ],
      enableServiceLinks: false,
      imagePullSecrets: imagePullSecrets?.map((secret) => ({ name: secret })),
      initContainers: files.before.length === 0 ? undefined : files.before,
      nodeSelector,
      priorityClassName,
      restartPolicy: "Never",
      securityContext: securityContext(deployment),
      serviceAccountName: serviceAccountName(owner, name),
      tolerations,
      topologySpreadConstraints: topologySpreadConstraints as With<IPodSpec, V>["topologySpreadConstraints"],
      volumes: [{ emptyDir: {}, name: VOLUMES.temporary }, ...files.volumes, ...(volumes as With<IVolume, V>[])],
    },
  };
};
