import type { OnlineDeployment } from "../../model/online-deployment.ts";
import { seconds } from "./durations.ts";

type Azure<V> = OnlineDeployment<V>["azure"];

/** ContainerResourceRequirements: only Kubernetes compute has them. */
export const compileResources = <V>(resources: Azure<V>["resources"]) =>
  resources === undefined
    ? undefined
    : { containerResourceLimits: amounts(resources.limits), containerResourceRequests: amounts(resources.requests) };

const amounts = <V>(values: Readonly<Record<string, V>> | undefined) =>
  values === undefined ? undefined : { cpu: values["cpu"], gpu: values["nvidia.com/gpu"], memory: values["memory"] };

/**
 * OnlineScaleSettings. Kubernetes compute scales by utilisation unless told otherwise, as the YAML schema has it; without bounds of its own the
 * instances asked for are both bounds, because that kind of scaling does not look at the capacity.
 */
export const compileScale = (scale: Azure<unknown>["scaleSettings"], kubernetes: boolean, instances: number) => {
  if (scale === undefined && kubernetes) return { maxInstances: instances, minInstances: instances, scaleType: "TargetUtilization" };
  if (scale === undefined) return { scaleType: "Default" };
  if (scale.type === "default") return { scaleType: "Default" };
  return {
    maxInstances: scale.maxInstances,
    minInstances: scale.minInstances,
    pollingInterval: seconds(scale.pollingInterval),
    scaleType: "TargetUtilization",
    targetUtilizationPercentage: scale.targetUtilizationPercentage,
  };
};
