import type { OnlineDeployment } from "../../model/online-deployment.ts";
import { seconds } from "./durations.ts";

type Azure<V> = OnlineDeployment<V>["azure"];
type Scaled = Pick<OnlineDeployment<unknown>, "autoscale" | "instanceCount"> & { readonly azure: { readonly scaleSettings?: Azure<unknown>["scaleSettings"] } };

/** ContainerResourceRequirements: only Kubernetes compute has them. */
export const compileResources = <V>(resources: Azure<V>["resources"]) =>
  resources === undefined
    ? undefined
    : { containerResourceLimits: amounts(resources.limits), containerResourceRequests: amounts(resources.requests) };

const amounts = <V>(values: Readonly<Record<string, V>> | undefined) =>
  values === undefined ? undefined : { cpu: values["cpu"], gpu: values["nvidia.com/gpu"], memory: values["memory"] };

/**
 * OnlineScaleSettings. Kubernetes compute scales by utilisation unless told otherwise, as the YAML schema has it; without bounds the instances asked
 * for are both bounds, because that kind of scaling does not look at the capacity. On managed compute Azure Monitor scales, and these settings do not.
 */
export const compileScale = ({ autoscale, azure, instanceCount }: Scaled, kubernetes: boolean) => {
  const scale = azure.scaleSettings;
  if (scale === undefined && kubernetes) {
    const { maxInstances, minInstances } = autoscale ?? { maxInstances: instanceCount, minInstances: instanceCount };
    return { maxInstances, minInstances, scaleType: "TargetUtilization" };
  }
  if (scale === undefined || scale.type === "default") return { scaleType: "Default" };
  return {
    maxInstances: scale.maxInstances,
    minInstances: scale.minInstances,
    pollingInterval: seconds(scale.pollingInterval),
    scaleType: "TargetUtilization",
    targetUtilizationPercentage: scale.targetUtilizationPercentage,
  };
};
