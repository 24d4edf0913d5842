/** Ids of a plan's resources, by which others follow them, and logical names, which are public API. */
import type { PlannedOptions, PlannedResource } from "../../model/plan.ts";
import { pairName } from "../../model/names.ts";

export const KEYS = "keys";
export const TOKENS = "tokens";
export const GATEWAY = "gateway";
export const SECURITY_POLICY = "securityPolicy";

export type DeploymentRole = "serviceAccount" | "files" | "deployment" | "service" | "podDisruptionBudget" | "networkPolicy" | "autoscale" | "collector" | StepRole;
/** Of what the steps of a pipeline may do. */
export type StepRole = "stepRole" | "stepRoleBinding";
export type EndpointRole = "primaryKey" | "secondaryKey" | "keys" | "tokens" | "gateway" | "route" | "namedRoute" | "securityPolicy" | "alerts" | "podMonitor" | "dashboard" | InvokerRole;
/** Of the service that takes a batch endpoint's jobs. */
export type InvokerRole = "invoker" | "invokerAccount" | "invokerFile" | "invokerRole" | "invokerRoleBinding" | "invokerService";

/** `deployment:blue`, `files:blue:model`. */
export const idOf = (role: DeploymentRole, deployment: string, part?: string): string => [role, deployment, ...(part === undefined ? [] : [part])].join(":");

/** Logical names are lower case, as every other name. */
const kebab = (role: string): string => role.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** An endpoint by its component's name. */
interface Named {
  readonly logicalName: string;
}

interface Made {
  readonly type: string;
  readonly inputs: PlannedResource["inputs"];
  readonly options?: PlannedOptions;
}

/** A child of the endpoint's component. */
export const ofEndpoint = (endpoint: Named, role: EndpointRole, made: Made): PlannedResource => ({
  id: role,
  role,
  type: made.type,
  logicalName: `${endpoint.logicalName}-${kebab(role)}`,
  inputs: made.inputs,
  options: made.options ?? {},
});

/**
 * The route of a deployment's name. A child of the endpoint's component whoever makes the deployment: one that another program takes over, or gives
 * away, keeps its route.
 */
export const ofName = (endpoint: Named, deployment: string, made: Made): PlannedResource => ({
  id: `namedRoute:${deployment}`,
  role: "namedRoute" satisfies EndpointRole,
  type: made.type,
  logicalName: `${pairName(endpoint.logicalName, deployment)}-route`,
  inputs: made.inputs,
  options: made.options ?? {},
});

/** A child of the deployment's component. `part` with a content's hash tells files apart. */
export const ofDeployment = (
  endpoint: Named,
  deployment: string,
  role: DeploymentRole,
  made: Made,
  part?: { readonly name: string; readonly hash: string },
): PlannedResource => ({
  id: idOf(role, deployment, part?.name),
  role,
  deployment,
  type: made.type,
  logicalName: `${pairName(endpoint.logicalName, deployment)}-${part === undefined ? kebab(role) : `${part.name}-${part.hash}`}`,
  inputs: made.inputs,
  options: made.options ?? {},
});
