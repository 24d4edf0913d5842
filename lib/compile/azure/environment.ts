/** The environment of a deployment: a registered one, or a version made of an image and what is installed in it. */
import { CONTAINER, ROUTES } from "../../scoring/contract.ts";
import type { Part } from "../../model/batch-parts.ts";
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
export const compileEnvironment = <V>(endpoint: Owner<V>, part: Part<V>, files: DeploymentAssets): Made<V> | undefined => {
  const registered = part.step === undefined ? endpoint.deployments[part.deployment]?.azure.environment : undefined;
  if (registered !== undefined) return { id: assetId(endpoint, "environments", registered), resources: [] };
  const { sources } = part;
  if (sources.environment !== undefined) {
    const { condaFile, image, inferenceConfig } = sources.environment;
    const conda = files.environment === undefined ? undefined : condaOf(files.environment, condaFile === undefined ? startersOf(endpoint, part) : undefined);
    return version(endpoint, part, { condaFile: conda, image, inferenceConfig });
  }
  return endpoint.kind === "online" && BY_BUNDLED.includes(flavourOf(sources, files)) ? version(endpoint, part, { image: endpoint.target.scoringImage, inferenceConfig: BUNDLED }) : undefined;
};

/** A command starts itself. */
const startersOf = <V>({ kind }: Owner<V>, { sources, step }: Part<V>): readonly string[] => (step === undefined || sources.codeConfiguration !== undefined ? STARTERS[kind] : []);

/** What the bundled container serves without anything installed in it. */
export const BY_BUNDLED: readonly Flavour[] = ["onnx", "javascript"];

const route = (path: string) => ({ path, port: CONTAINER.port });

/** How Azure asks the bundled container. */
const BUNDLED = { livenessRoute: route(ROUTES.health), readinessRoute: route(ROUTES.health), scoringRoute: route(ROUTES.score) };

/**
 * One version a deployment or step, named by its content. Its image may be late, so the logical name cannot hold the hash: a change replaces the
 * resource, new version first, because the deployment still runs on the old one.
 */
const version = <V>(endpoint: Owner<V>, { deployment, key }: Part<V>, properties: Readonly<Record<string, unknown>>): Made<V> => {
  const { image, ...plain } = properties as { readonly image?: V };
  const resource: PlannedResource = {
    id: `environment:${key}`,
    role: "environment",
    deployment,
    type: "azure-native:machinelearningservices:EnvironmentVersion",
    logicalName: `${pairName(endpoint.name, key)}-environment`,
    inputs: {
      name: pairName(endpoint.name, key),
      properties: { ...properties, tags: { ...endpoint.tags, ...endpoint.deployments[deployment]?.tags } },
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
