/** The environment of a deployment: a registered one, or a version made of an image and what is installed in it. */
import { CONTAINER, ROUTES } from "../../scoring/contract.ts";
import type { Bundle, DeploymentAssets } from "../../model/bundle.ts";
import { flavourOf, type Flavour } from "../../model/flavour.ts";
import { Hash, Ref, type Value } from "../../model/late.ts";
import { pairName } from "../../model/names.ts";
import type { PlannedResource } from "../../model/plan.ts";
import { assetId, type Owner } from "./ids.ts";

/** Python that is installed for a requirements file; a conda file says its own. */
const PYTHON = "3.11";
/** Azure starts scripts with these packages; localhost and Kubernetes do not need them, so a requirements file may leave them out. */
export const STARTERS = { online: ["azureml-inference-server-http"], batch: ["azureml-core", "azureml-dataset-runtime[fuse]"] } as const;

interface Made<V> {
  readonly id: Value<V>;
  readonly resources: readonly PlannedResource[];
}

/** The environment, or nothing where Azure chooses one itself (MLflow, Triton). */
export const compileEnvironment = <V>(endpoint: Owner<V>, name: string, files: DeploymentAssets): Made<V> | undefined => {
  const deployment = endpoint.deployments[name];
  if (deployment === undefined) return undefined;
  if (deployment.azure.environment !== undefined) return { id: assetId(endpoint, "environments", deployment.azure.environment), resources: [] };
  const { environment } = deployment;
  if (environment !== undefined) {
    const { condaFile, image, inferenceConfig } = environment;
    const conda = files.environment === undefined ? undefined : condaOf(files.environment, condaFile === undefined ? STARTERS[endpoint.kind] : undefined);
    return version(endpoint, name, { condaFile: conda, image, inferenceConfig });
  }
  return endpoint.kind === "online" && BY_BUNDLED.includes(flavourOf(deployment, files)) ? version(endpoint, name, { image: endpoint.target.scoringImage, inferenceConfig: BUNDLED }) : undefined;
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
const version = <V>(endpoint: Owner<V>, name: string, properties: Readonly<Record<string, unknown>>): Made<V> => {
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

/** The text of a conda environment; of a requirements file, with what starts a script. Strings are quoted as JSON, which YAML reads. */
const condaOf = (file: Bundle, starters: readonly string[] | undefined): string => {
  const text = new TextDecoder().decode(file.files[0]?.bytes);
  if (starters === undefined) return text;
  const lines = text.split(/\r?\n/).map((line) => line.replace(/(^|\s)#.*$/, "").trim());
  const wanted = lines.filter((line) => line !== "");
  const packages = [...wanted, ...starters.filter((starter) => !wanted.some((line) => line.startsWith(starter)))];
  return ["channels:", "  - conda-forge", "dependencies:", `  - python=${PYTHON}`, "  - pip", "  - pip:", ...packages.map((line) => `      - ${JSON.stringify(line)}`), ""].join("\n");
};
