/** Pipelines that a program writes itself: a component each step, and one that says how they hang together. */
import type { BatchOn } from "../../model/batch-endpoint.ts";
import type { Assets } from "../../model/bundle.ts";
import { Hash, Json, Ref } from "../../model/late.ts";
import { pairName } from "../../model/names.ts";
import type { PipelineJob } from "../../model/pipeline.ts";
import type { PlannedResource } from "../../model/plan.ts";
import type { AzureMlTarget } from "../../model/target.ts";
import type { RegisteredAssets } from "./assets.ts";
import { stepNode, stepSpec, type Spec } from "./step.ts";

type Endpoint<V> = BatchOn<V, AzureMlTarget<V>>;

/** The plan's id of the component of a pipeline, by its deployment, or of a step, by `<deployment>--<step>`. */
export const componentId = (key: string): string => `component:${key}`;

/** The components of every pipeline, each after its steps'. */
export const compilePipelines = <V>(endpoint: Endpoint<V>, registered: RegisteredAssets<V>, assets: Assets): PlannedResource[] =>
  Object.entries(endpoint.deployments).flatMap(([name, deployment]) => (deployment.type === "pipeline" && deployment.job !== undefined ? compilePipeline(endpoint, name, deployment.job, registered, assets) : []));

const compilePipeline = <V>(endpoint: Endpoint<V>, name: string, job: PipelineJob<V>, { before, ids }: RegisteredAssets<V>, assets: Assets): PlannedResource[] => {
  const key = (step: string): string => pairName(name, step);
  const steps = Object.entries(job.jobs);
  const components = steps.map(([step, each]) => component(endpoint, name, { key: key(step), spec: stepSpec(job, each, ids[key(step)] ?? {}, assets[key(step)] ?? {}), before: before[key(step)] ?? [] }));
  const nodes = steps.map(([step, each]) => [step, stepNode(step, each, new Ref(componentId(key(step)), "id"), ids[key(step)] ?? {})]);
  const whole = { type: "pipeline", inputs: inputsOf(job), outputs: Object.fromEntries(Object.entries(job.outputs).map(([output, { type }]) => [output, { type }])), jobs: Object.fromEntries(nodes) };
  return [...components, component(endpoint, name, { key: name, spec: whole, before: components.map(({ id }) => id) })];
};

/** Azure writes defaults as texts. */
const inputsOf = <V>({ inputs }: PipelineJob<V>) =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, { default: value, optional, type }]) => [name, { type, ...(value === undefined ? {} : { default: textOf(value) }), ...(optional ? { optional: true } : {}) }]),
  );

const textOf = (value: string | number | boolean): string => (typeof value === "boolean" ? (value ? "True" : "False") : String(value));

interface Component {
  readonly key: string;
  readonly spec: Spec;
  readonly before: readonly string[];
}

/** A version never changes, so another content is another one: it comes first, because the deployment still runs the one before. */
const component = <V>(endpoint: Endpoint<V>, deployment: string, { before, key, spec }: Component): PlannedResource => {
  const { name: endpointName, target } = endpoint;
  // Letters, digits and underscores; no other name has two in a row where two dashes join.
  const name = pairName(endpointName, key).replaceAll("-", "_");
  const version = new Hash<V>([new Json(spec)], 12);
  return {
    id: componentId(key),
    role: "component",
    deployment,
    type: "azure-native:machinelearningservices:ComponentVersion",
    logicalName: `${pairName(endpointName, key)}-component`,
    inputs: {
      name,
      properties: { componentSpec: { name, version, ...spec }, tags: { ...endpoint.tags, ...endpoint.deployments[deployment]?.tags } },
      resourceGroupName: target.resourceGroupName,
      version,
      workspaceName: target.workspaceName,
    },
    options: { dependsOn: before, deleteBeforeReplace: false },
  };
};
