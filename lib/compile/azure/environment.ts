/** The environment of a deployment: a registered one, or a version made of an image and what is installed in it. */
import { CONTAINER, ROUTES } from "../../scoring/contract.ts";
import type { Bundle, DeploymentAssets } from "../../model/bundle.ts";
import type { On } from "../../model/endpoint.ts";
import { flavourOf, type Flavour } from "../../model/flavour.ts";
import { Hash, Ref, type Value } from "../../model/late.ts";
import { pairName } from "../../model/names.ts";
import type { PlannedResource } from "../../model/plan.ts";
import type { AzureMlTarget } from "../../model/target.ts";
import { assetId } from "./ids.ts";

/** Python that is installed for a requirements file; a conda file says its own. */
const PYTHON = "3.11";
/** Azure starts scripts with this package; localhost and Kubernetes do not need it, so a requirements file may leave it out. */
const SERVER = "azureml-inference-server-http";

interface Made<V> {
  readonly id: Value<V>;
  readonly resources: readonly PlannedResource[];
}

/** The environment, or nothing where Azure chooses one itself (MLflow, Triton). */
export const compileEnvironment = <V>(endpoint: On<V, AzureMlTarget<V>>, name: string, files: DeploymentAssets): Made<V> | undefined => {
  const deployment = endpoint.deployments[name];
  if (deployment === undefined) return undefined;
  if (deployment.azure.environment !== undefined) return { id: assetId(endpoint, "environments", deployment.azure.environment), resources: [] };
  const { environment } = deployment;
  if (environment !== undefined) {
    const { condaFile, image, inferenceConfig } = environment;
    const conda = files.environment === undefined ? undefined : condaOf(files.environment, condaFile === undefined);
    return version(endpoint, name, { condaFile: conda, image, inferenceConfig });
  }
  return BY_BUNDLED.includes(flavourOf(deployment, files)) ? version(endpoint, name, { image: endpoint.target.scoringImage, inferenceConfig: BUNDLED }) : undefined;
};

/** What the bundled container serves without anything installed in it. */
const BY_BUNDLED: readonly Flavour[] = ["onnx", "javascript"];

const route = (path: string) => ({ path, port: CONTAINER.port });

/** How Azure asks the bundled container. */
const BUNDLED = { livenessRoute: route(ROUTES.health), readinessRoute: route(ROUTES.health), scoringRoute: route(ROUTES.score) };

/**
 * One version a deployment, named by its content. Its image may be late, so the logical name cannot hold the hash: a change replaces the
 * resource, new version first, because the deployment still runs on the old one.
 */
const version = <V>(endpoint: On<V, AzureMlTarget<V>>, name: string, properties: Readonly<Record<string, unknown>>): Made<V> => {
  const { image, ...plain } = properties as { readonly image?: V };
  const resource: PlannedResource = {
    id: `environment:${name}`,
    role: "environment",
    deployment: name,
    type: "azure-native:machinelearningservices:EnvironmentVersion",
    logicalName: `${pairName(endpoint.name, name)}-environment`,
    inputs: {
      name: pairName(endpoint.name, name),
      properties: { ...properties, tags: { ...endpoint.tags, ...endpoint.deployments[name]?.tags } },
      resourceGroupName: endpoint.target.resourceGroupName,
      version: new Hash<V>([...(image === undefined ? [] : [image]), JSON.stringify(plain)], 12),
      workspaceName: endpoint.target.workspaceName,
    },
    options: { deleteBeforeReplace: false },
  };
  return { id: new Ref(resource.id, "id"), resources: [resource] };
};

/** The text of a conda environment. Strings are quoted as JSON, which YAML reads. */
const condaOf = (file: Bundle, requirements: boolean): string => {
  const text = new TextDecoder().decode(file.files[0]?.bytes);
  if (!requirements) return text;
  const lines = text.split(/\r?\n/).map((line) => line.replace(/(^|\s)#.*$/, "").trim());
  const wanted = lines.filter((line) => line !== "");
  const packages = wanted.some((line) => line.startsWith(SERVER)) ? wanted : [...wanted, SERVER];
  return ["channels:", "  - conda-forge", "dependencies:", `  - python=${PYTHON}`, "  - pip", "  - pip:", ...packages.map((line) => `      - ${JSON.stringify(line)}`), ""].join("\n");
};
