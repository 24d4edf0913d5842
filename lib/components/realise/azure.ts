import { withAdvice } from "./failures.ts";
import { makeFrom } from "./load.ts";

const ML = "@pulumi/azure-native/machinelearningservices";

/** The classes that a plan for Azure Machine Learning uses. */
const make = makeFrom("azureMl()", {
  "azure-native:machinelearningservices:OnlineEndpoint": [`${ML}/onlineEndpoint`, "OnlineEndpoint"],
  "azure-native:machinelearningservices:OnlineDeployment": [`${ML}/onlineDeployment`, "OnlineDeployment"],
  "azure-native:machinelearningservices:BatchEndpoint": [`${ML}/batchEndpoint`, "BatchEndpoint"],
  "azure-native:machinelearningservices:BatchDeployment": [`${ML}/batchDeployment`, "BatchDeployment"],
  "azure-native:machinelearningservices:Compute": [`${ML}/compute`, "Compute"],
  "azure-native:machinelearningservices:ModelVersion": [`${ML}/modelVersion`, "ModelVersion"],
  "azure-native:machinelearningservices:CodeVersion": [`${ML}/codeVersion`, "CodeVersion"],
  "azure-native:machinelearningservices:EnvironmentVersion": [`${ML}/environmentVersion`, "EnvironmentVersion"],
  "azure-native:machinelearningservices:ComponentVersion": [`${ML}/componentVersion`, "ComponentVersion"],
  "azure-native:machinelearningservices:DataVersion": [`${ML}/dataVersion`, "DataVersion"],
  "azure-native:authorization:RoleAssignment": ["@pulumi/azure-native/authorization/roleAssignment", "RoleAssignment"],
  "azure-native:authorization:RoleDefinition": ["@pulumi/azure-native/authorization/roleDefinition", "RoleDefinition"],
  "azure-native:monitor:AutoscaleSetting": ["@pulumi/azure-native/monitor/autoscaleSetting", "AutoscaleSetting"],
  "azure-native:monitor:DiagnosticSetting": ["@pulumi/azure-native/monitor/diagnosticSetting", "DiagnosticSetting"],
  "azure-native:monitor:MetricAlert": ["@pulumi/azure-native/monitor/metricAlert", "MetricAlert"],
  "azure-native:monitor:ScheduledQueryRule": ["@pulumi/azure-native/monitor/scheduledQueryRule", "ScheduledQueryRule"],
  "azure-native:resources:Deployment": ["@pulumi/azure-native/resources/deployment", "Deployment"],
  "azure-native:storage:Blob": ["@pulumi/azure-native/storage/blob", "Blob"],
});

/** Makes a resource of such a plan. */
export const makeAzure = withAdvice(make);
