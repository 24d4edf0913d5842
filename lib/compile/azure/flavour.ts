/** How Azure serves a deployment. */
import type { DeploymentAssets } from "../../model/bundle.ts";
import { flavourOf, type Flavour } from "../../model/flavour.ts";
import type { OnlineDeployment } from "../../model/online-deployment.ts";

/** A registered environment may have routes of its own, which makes it a custom container. Nothing here can read it, so without a script it is taken for one. */
export const isCustom = <V>(deployment: OnlineDeployment<V>): boolean =>
  (deployment.azure.environment !== undefined && deployment.codeConfiguration === undefined) || deployment.environment?.inferenceConfig !== undefined;

export const azureFlavour = <V>(deployment: OnlineDeployment<V>, files: DeploymentAssets): Flavour => (isCustom(deployment) ? "container" : flavourOf(deployment, files));
