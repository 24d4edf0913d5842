/** An autoscaler as an object of the cluster: a HorizontalPodAutoscaler where processor and memory decide, else a ScaledObject of KEDA, which makes one. */
import type { IHorizontalPodAutoscaler } from "kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler";
import type { IHorizontalPodAutoscalerBehavior } from "kubernetes-models/autoscaling/v2/HorizontalPodAutoscalerBehavior";
import type { Autoscale } from "../../model/autoscale.ts";
import type { On } from "../../model/endpoint.ts";
import { cutName, pairName } from "../../model/names.ts";
import type { OnlineDeployment } from "../../model/online-deployment.ts";
import type { PlannedResource } from "../../model/plan.ts";
import type { KubernetesTarget } from "../../model/target.ts";
import { PROVIDER_PREFIX } from "./await.ts";
import { CONTAINER_NAME } from "./containers.ts";
import { idOf, ofDeployment } from "./ids.ts";
import type { With } from "./manifest.ts";
import { deploymentMetadata } from "./metadata.ts";
import { isResource } from "./metrics.ts";
import { compileTriggers } from "./triggers.ts";

/** Which of the two it takes. */
export const scalerOf = ({ rules, schedules }: Autoscale): "hpa" | "keda" =>
  Object.keys(schedules).length === 0 && rules.every(({ metric }) => isResource(metric)) ? "hpa" : "keda";

export const compileAutoscale = <V>(endpoint: On<V, KubernetesTarget<V>>, name: string): PlannedResource[] => {
  const { autoscale } = endpoint.deployments[name] as OnlineDeployment<V>;
  if (autoscale === undefined) return [];
  const options = { dependsOn: [idOf("deployment", name)] };
  const made =
    scalerOf(autoscale) === "hpa"
      ? { type: "kubernetes:autoscaling/v2:HorizontalPodAutoscaler", inputs: autoscaler(endpoint, name, autoscale), options }
      : { type: "kubernetes:keda.sh/v1alpha1:ScaledObject", inputs: scaledObject(endpoint, name, autoscale), options };
  return [ofDeployment(endpoint, name, "autoscale", made)];
};

/** What a preview says of it. */
export const autoscaleNotes = <V>({ deployments }: On<V, KubernetesTarget<V>>): string[] =>
  Object.entries(deployments).flatMap(([name, { autoscale }]) => {
    if (autoscale === undefined) return [];
    const by = scalerOf(autoscale) === "hpa" ? "a HorizontalPodAutoscaler, which needs metrics-server" : "a ScaledObject, which needs KEDA";
    return [`deployment ${JSON.stringify(name)} has ${autoscale.minInstances} to ${autoscale.maxInstances} instances, by ${by}`];
  });

const target = (endpoint: string, name: string) => ({ apiVersion: "apps/v1", kind: "Deployment", name: pairName(endpoint, name) });

const autoscaler = <V>(endpoint: On<V, KubernetesTarget<V>>, name: string, { maxInstances, minInstances, rules }: Autoscale): With<IHorizontalPodAutoscaler, V> => ({
  apiVersion: "autoscaling/v2",
  kind: "HorizontalPodAutoscaler",
  metadata: deploymentMetadata(endpoint, name),
  spec: {
    behavior: behavior(rules),
    maxReplicas: maxInstances,
    // Of the model's container alone: a mesh may add others, and our own front before a custom container is no measure of it.
    metrics: rules.flatMap((rule) =>
      rule.kind === "target" ? [{ containerResource: { container: CONTAINER_NAME, name: rule.metric, target: { averageUtilization: rule.target, type: "Utilization" } }, type: "ContainerResource" }] : [],
    ),
    minReplicas: minInstances,
    scaleTargetRef: target(endpoint.name, name),
  },
});

/** Instances come at once, and go when nothing has called for them as long as the longest cooldown. */
const behavior = (rules: Autoscale["rules"]): IHorizontalPodAutoscalerBehavior => ({
  scaleDown: { stabilizationWindowSeconds: Math.max(...rules.map(({ cooldownMinutes }) => cooldownMinutes)) * 60 },
  scaleUp: { stabilizationWindowSeconds: 0 },
});

/** Without this, KEDA refuses a ScaledObject as long as the HorizontalPodAutoscaler is there whose place it takes. */
const OWNERSHIP = { "validations.keda.sh/hpa-ownership": "false" } as const;
/** A time zone or an address that KEDA cannot use ends the update, with KEDA's reason. */
const WAIT = { [`${PROVIDER_PREFIX}waitFor`]: "condition=Ready" };
/** Times in a row that a metric cannot be read before the number of instances is no longer its matter. */
const UNREADABLE = 3;

const scaledObject = <V>(endpoint: On<V, KubernetesTarget<V>>, name: string, autoscale: Autoscale) => {
  const { defaultInstances, maxInstances, minInstances, rules } = autoscale;
  const read = rules.some(({ metric }) => !isResource(metric));
  return {
    apiVersion: "keda.sh/v1alpha1",
    kind: "ScaledObject",
    metadata: deploymentMetadata(endpoint, name, "", { ...OWNERSHIP, ...WAIT }),
    spec: {
      advanced: {
        horizontalPodAutoscalerConfig: {
          ...(rules.length === 0 ? {} : { behavior: behavior(rules) }),
          // KEDA's own name for it, which it does not cut to the 63 characters that it may have.
          name: cutName(`keda-hpa-${pairName(endpoint.name, name)}`, 63),
        },
      },
      ...(read ? { fallback: { behavior: "currentReplicasIfHigher", failureThreshold: UNREADABLE, replicas: defaultInstances } } : {}),
      maxReplicaCount: maxInstances,
      minReplicaCount: minInstances,
      scaleTargetRef: target(endpoint.name, name),
      triggers: compileTriggers(endpoint, name, autoscale),
    },
  };
};
