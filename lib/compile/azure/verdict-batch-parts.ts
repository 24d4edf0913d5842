/** What is asked alike of a model deployment and of a step that runs a model. */
import type { ModelBatchDeployment } from "../../model/batch-deployment.ts";
import type { DeploymentAssets } from "../../model/bundle.ts";
import type { At, Problem } from "../../model/refusal.ts";
import { isAzureSecret } from "../../model/variables.ts";
import { STARTERS } from "./environment.ts";
import { certain, certainOfEach } from "../../model/refused.ts";

type Driven<V> = Pick<ModelBatchDeployment<V>, "codeConfiguration" | "environment" | "settings">;

/** The refusal of a deployment without it. */
export const COMPUTE = 'jobs need compute: write a cluster of the workspace, "azureml:<cluster>", or one to be made, { create: { name, size } }';

export const settingsProblems = <V>({ settings }: Driven<V>, at: At): Problem[] =>
  certain(
    () => (settings.partitionRows === undefined ? [] : [at(".settings.partitionRows", "Azure never splits a file: leave it out there, and write files of the size that run() shall get")]),
    () =>
      certainOfEach(settings.environmentVariables, (value, key) =>
        isAzureSecret(value) ? [at(`.settings.environmentVariables.${key}`, "Azure resolves references to secrets in online deployments alone: let the script read the secret, as the job's caller")] : [],
      ),
  );

/** A conda file says itself what is installed; a requirements file gets what is missing. */
export const starterWarnings = <V>({ codeConfiguration, environment }: Driven<V>, files: DeploymentAssets, at: At): Problem[] => {
  if (codeConfiguration === undefined || environment?.condaFile === undefined || files.environment === undefined) return [];
  const text = new TextDecoder().decode(files.environment.files[0]?.bytes);
  const missing = STARTERS.batch.filter((starter) => !text.includes(starter));
  return missing.length === 0 ? [] : [at(".environment.condaFile", `Azure's batch driver needs ${missing.join(" and ")} in it, unless the image has them`)];
};
