/** A batch endpoint on Azure Machine Learning: clusters, shell, registered files, deployments one after another, and then its default deployment. */
import type { BatchOn } from "../../model/batch-endpoint.ts";
import type { Assets } from "../../model/bundle.ts";
import { Ref } from "../../model/late.ts";
import type { Plan, PlannedResource } from "../../model/plan.ts";
import type { AzureMlTarget } from "../../model/target.ts";
import { compileAssets } from "./assets.ts";
import { compileClusters } from "./batch-compute.ts";
import { compileBatchDeployment, writtenOnce } from "./batch-deployment.ts";
import { compileBatchNotes } from "./batch-notes.ts";
import { SHELL } from "./ids.ts";
import { deploymentId } from "./online-deployment.ts";
import { compilePipelines } from "./pipeline.ts";
import { putAgain } from "./routing.ts";

type Endpoint<V> = BatchOn<V, AzureMlTarget<V>>;

/** The plan of an endpoint that passed the verdict. Of another program's endpoint it is that of the deployment alone. */
export const compileBatchEndpoint = <V>(endpoint: Endpoint<V>, assets: Assets): Plan => {
  const names = Object.keys(endpoint.deployments);
  const registered = compileAssets(endpoint, assets, () => []);
  const clusters = compileClusters(endpoint);
  const deployments = names.map((name, i) => compileBatchDeployment(endpoint, name, registered, names.slice(0, i)));
  const own = [...registered.resources, ...compilePipelines(endpoint, registered, assets), ...deployments];
  const told = { deployedNames: Object.fromEntries(names.map((name) => [name, name])), notes: compileBatchNotes(endpoint) };
  if (endpoint.existing) return { resources: [...clusters, ...own], outputs: {}, ...told };
  return {
    resources: [...clusters, shell(endpoint, clusters.map(({ id }) => id)), ...own, compileDefaults(endpoint, names.map(deploymentId))],
    outputs: { name: endpoint.name, scoringUri: new Ref(SHELL, "properties.scoringUri") },
    ...told,
  };
};

/**
 * Created once and never put again: a later PUT without a default would leave callers who name no deployment without an answer. It follows the clusters,
 * because it takes its deployments along when it is deleted, and they go before what they run on.
 */
const shell = <V>(endpoint: Endpoint<V>, clusters: readonly string[]): PlannedResource => ({
  id: SHELL,
  role: "endpoint",
  type: "azure-native:machinelearningservices:BatchEndpoint",
  logicalName: `${endpoint.name}-endpoint`,
  inputs: {
    endpointName: endpoint.name,
    location: endpoint.target.location,
    properties: properties(endpoint),
    resourceGroupName: endpoint.target.resourceGroupName,
    tags: endpoint.tags,
    workspaceName: endpoint.target.workspaceName,
  },
  options: { dependsOn: clusters, ignoreChanges: ["properties", "identity", "tags", "sku", "kind"] },
  fixed: "the endpoint is put again with its default deployment, which would undo this: change what is put there, by transform.routing",
});

/** The endpoint again, with its default: it may name only a deployment that exists. */
const compileDefaults = <V>(endpoint: Endpoint<V>, deployments: readonly string[]): PlannedResource =>
  putAgain(endpoint, deployments, {
    body: {
      tags: ["object", endpoint.tags],
      properties: ["object", { ...properties(endpoint), ...(endpoint.defaults === undefined ? {} : { defaults: endpoint.defaults }) }],
    },
    // What would replace a deployment stands here, so that a default that was away for a moment is said again.
    metadata: { deployments: Object.fromEntries(Object.entries(endpoint.deployments).map(([name, deployment]) => [name, { name, ...writtenOnce(deployment) }])) },
  });

/** BatchEndpointProperties without the default. Azure knows no other way in than a token of Microsoft Entra. */
const properties = <V>({ azure, description }: Endpoint<V>) => ({
  authMode: "AADToken",
  ...(description === undefined ? {} : { description }),
  ...(Object.keys(azure.properties).length === 0 ? {} : { properties: azure.properties }),
});
