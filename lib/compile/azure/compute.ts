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

/** OnlineScaleSettings. Kubernetes compute scales by utilisation unless told otherwise, as the YAML schema has it. */
export const compileScale = (scale: Azure<unknown>["scaleSettings"], kubernetes: boolean) => {
  if (scale === undefined) return kubernetes ? { scaleType: "TargetUtilization" } : { scaleType: "Default" };
  if (scale.type === "default") return { scaleType: "Default" };
  return {
    maxInstances: scale.maxInstances,
    minInstances: scale.minInstances,
    pollingInterval: seconds(scale.pollingInterval),
    scaleType: "TargetUtilization",
    targetUtilizationPercentage: scale.targetUtilizationPercentage,
  };
};
