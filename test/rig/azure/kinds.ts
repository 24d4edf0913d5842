/** Every kind of resource that the simulated service has. */
import type { Kind } from "./kind.ts";
import { armDeployment } from "./kinds/arm-deployment.ts";
import { autoscaleSetting } from "./kinds/autoscale.ts";
import { batchDeployment } from "./kinds/batch-deployment.ts";
import { batchEndpoint } from "./kinds/batch-endpoint.ts";
import { blob } from "./kinds/blob.ts";
import { compute } from "./kinds/compute.ts";
import { diagnosticSetting, metricAlert, queryRule } from "./kinds/monitor.ts";
import { onlineDeployment } from "./kinds/online-deployment.ts";
import { onlineEndpoint } from "./kinds/online-endpoint.ts";
import { roleAssignment } from "./kinds/role-assignment.ts";
import { roleDefinition } from "./kinds/role-definition.ts";
import { container, version } from "./kinds/version.ts";
import type { KindName } from "./paths.ts";

export const KINDS: Readonly<Record<KindName, Kind>> = {
  onlineEndpoint,
  onlineDeployment,
  batchEndpoint,
  batchDeployment,
  compute,
  version,
  container,
  armDeployment,
  autoscaleSetting,
  metricAlert,
  diagnosticSetting,
  queryRule,
  roleAssignment,
  roleDefinition,
  blob,
};
