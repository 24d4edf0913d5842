/** What runs a deployment: the blocks that only one target understands, in that target's own words. */
import { z } from "zod";
import { flag, late, lateMap, list, ofKind, oneOf, refusing, strict, text, under, whole } from "./fields.ts";
import { resources } from "./quantity.ts";
import { isLate } from "./refusal.ts";
import { reference } from "./sources.ts";

/** Scaling on Kubernetes compute of an Azure workspace. */
export interface ScaleSettingsArgs {
  /** `default` keeps `instanceCount`, and takes no other field; `target_utilization` scales. Managed compute takes `default` alone. */
  readonly type: "default" | "target_utilization";
  /** Instances at least, 1 or more. @default 1 */
  readonly minInstances?: number;
  /** Instances at most, `minInstances` or more; quota is reserved for it. @default 1 */
  readonly maxInstances?: number;
  /** Busy share of the instances, 1 to 100 percent. @default 70 */
  readonly targetUtilizationPercentage?: number;
  /** Seconds between looks, 1 or more. @default 1 */
  readonly pollingInterval?: number;
}

/** Amounts of a container, in Kubernetes' quantities: `{ cpu: "500m", memory: "1Gi", "nvidia.com/gpu": "1" }`. */
export type Amounts<V> = Readonly<Record<string, V>>;

/** What a container asks for and may use. */
export interface ResourcesArgs<V> {
  /** What is kept free for it. Kubernetes compute takes both cpu and memory, or none. @default - the instance type's; on Kubernetes 100m cpu and 256Mi memory */
  readonly requests?: Amounts<V>;
  /** What it may use at most. A GPU stands in limits alone. @default - the instance type's; on Kubernetes none */
  readonly limits?: Amounts<V>;
}

/** What only this machine understands of a deployment. Validated on every target, used by `dev`. */
export interface LocalDeploymentArgs {
  /**
   * The command that starts the server of a custom container on this machine: a program and its arguments, run in the folder of the program. `{port}`
   * in it stands for the port that it must listen on; without it, it listens on the port of `environment.inferenceConfig`. @default - none: `dev` refuses
   * custom containers
   */
  readonly command?: readonly string[];
}

/** What only Azure Machine Learning understands of a deployment. Validated on every target, used on Azure. */
export interface AzureDeploymentArgs<V> {
  /** VM size (managed, required), or the name of an InstanceType (Kubernetes compute). A change replaces the deployment, see `replacement`, and so does another spelling of the same size. @default - none on managed compute; `defaultinstancetype` on Kubernetes compute */
  readonly instanceType?: string;
  /**
   * A registered environment: `azureml:<name>:<version>` or an id; an Output must be the id. Used instead of `environment`. Without a script it is taken for a
   * custom container's. @default - none: `environment`, or what Azure has for an MLflow or Triton model
   */
  readonly environment?: V;
  /** Whether requests and logs go to Application Insights. @default false */
  readonly appInsightsEnabled?: boolean;
  /**
   * Kubernetes compute only, beyond `{ type: "default" }`.
   * @default - on Kubernetes compute `target_utilization` with `instanceCount` instances at least and at most, `default` on managed
   */
  readonly scaleSettings?: ScaleSettingsArgs;
  /** Kubernetes compute only. @default - the instance type's */
  readonly resources?: ResourcesArgs<V>;
  /**
   * What happens when something changes that Azure cannot change in place: `instanceType`, `egressPublicNetworkAccess`.
   * `deleteFirst` keeps the deployment's name, and Azure refuses it while the deployment is live. `sideBySide` adds a hash of those to the name at Azure
   * (`deployedName`; so the plain one has 25 characters at most): the change makes one deployment, moves its traffic, and deletes the other, all in one
   * update. Both count towards quota and the limit of 20 for that time. `traffic` keeps the plain name; callers of the routing header write
   * `deployedName`. A change of this argument does the same once. @default "deleteFirst"
   */
  readonly replacement?: "deleteFirst" | "sideBySide";
  /** The service's property dictionary: entries can be added later, never changed or removed. @default - none */
  readonly properties?: Readonly<Record<string, V>>;
}

const CLUSTER = '"azureml:<cluster>" or an id that begins with /subscriptions/';

/** Compute of the workspace, or a late value, which must be its full id. @internal */
export const clusterReference = <V>(): z.ZodType<V, V> =>
  late<V>(CLUSTER).refine((value) => isLate(value) || /^azureml:[^:@/]+$/.test(String(value)) || /^\/subscriptions\//i.test(String(value)), { error: `expected ${CLUSTER}` });

/** Bounds mean nothing without the scaling that keeps them. */
const scaleSettings = () =>
  ofKind("type", "default", strict({ type: z.literal("default") }), targetUtilization());

const targetUtilization = () =>
  under(
    strict({
      type: oneOf("target_utilization", "default").pipe(z.literal("target_utilization")),
      minInstances: whole("instances", 1).default(1),
      maxInstances: whole("instances", 1).default(1),
      targetUtilizationPercentage: whole("percent", 1, 100).default(70),
      pollingInterval: whole("seconds", 1).default(1),
    }),
    ({ maxInstances, minInstances }) => refusing(["maxInstances"], minInstances <= maxInstances ? undefined : "expected maxInstances of minInstances or more"),
  );

/** @internal */
export const localDeployment = () =>
  strict({ command: list(text("a program or an argument"), "a list: a program and its arguments", "a program").optional() });

/** @internal */
export const azureDeployment = <V>() =>
  strict({
    instanceType: text("a VM size or instance type").optional(),
    environment: reference<V>().optional(),
    appInsightsEnabled: flag().default(false),
    scaleSettings: scaleSettings().optional(),
    resources: resources<V>().optional(),
    replacement: oneOf("deleteFirst", "sideBySide").default("deleteFirst"),
    properties: lateMap<V>().default({}),
  });
