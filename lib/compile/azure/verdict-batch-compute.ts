/** Clusters that Azure would refuse, or that a job would wait for in vain. */
import type { NewCluster } from "../../model/batch-compute.ts";
import type { BatchOn } from "../../model/batch-endpoint.ts";
import { isPlainObject } from "../../model/late.ts";
import { show, type At, type Problem } from "../../model/refusal.ts";
import type { AzureMlTarget } from "../../model/target.ts";
import { clusterName } from "./ids.ts";
import { SHORT_FORM } from "./verdict-sources.ts";

type Endpoint<V> = BatchOn<V, AzureMlTarget<V>>;

export const jobComputeProblems = <V>(endpoint: Endpoint<V>): Problem[] => {
  const first = new Map<string, { readonly deployment: string; readonly cluster: NewCluster<V> }>();
  return Object.entries(endpoint.deployments).flatMap(([name, deployment]): Problem[] => {
    const { compute } = deployment.azure;
    const path = `deployments.${name}.azure.compute`;
    const short = endpoint.existing && endpoint.target.subscriptionId === undefined;
    if (compute?.kind === "id") return short && deployment.type === "model" && clusterName(compute.id) !== undefined ? [{ path, message: SHORT_FORM }] : [];
    if (compute === undefined) return [];
    const cluster = compute.create;
    const earlier = first.get(cluster.name.toLowerCase());
    if (earlier === undefined) first.set(cluster.name.toLowerCase(), { deployment: name, cluster });
    return [
      ...(earlier === undefined ? [] : differing(earlier.cluster, cluster).map((key) => ({ path: `${path}.create.${key}`, message: `deployment ${show(earlier.deployment)} makes a cluster of this name otherwise; one cluster is declared in one way` }))),
      ...(deployment.type === "model" ? nodeProblems((path, message) => ({ path: `deployments.${name}${path}`, message }), cluster, deployment.resources.instanceCount, deployment.azure.instanceType) : []),
    ];
  });
};

/** Keys whose values differ. Late values are the same where they are one. */
const differing = <V>(one: NewCluster<V>, other: NewCluster<V>): string[] => {
  const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])] as (keyof NewCluster<V>)[];
  return keys.filter((key) => !same(one[key], other[key]));
};

const same = (one: unknown, other: unknown): boolean => {
  if (one === other) return true;
  if (Array.isArray(one) && Array.isArray(other)) return one.length === other.length && one.every((value, i) => same(value, other[i]));
  if (!isPlainObject(one) || !isPlainObject(other)) return false;
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].every((key) => same(one[key], other[key]));
};

/** Of what runs a model: a deployment or a step. */
export const nodeProblems = <V>(at: At, { maxInstances, name: cluster }: NewCluster<V>, instances: number, instanceType: string | undefined): Problem[] => [
  ...(instances <= maxInstances ? [] : [{ ...at(".resources.instanceCount", `a job would wait for ever: cluster ${show(cluster)} has ${maxInstances} nodes at most; got ${instances}`), value: instances }]),
  ...(instanceType === undefined ? [] : [{ ...at(".azure.instanceType", "instance types are Kubernetes compute's; a cluster that is made has nodes of its size"), value: instanceType }]),
];

/** Azure's limit of nodes in a cluster, unless one asks (how-to-manage-quotas, 2026-01-27). */
const NODES = 100;

export const clusterWarnings = <V>({ deployments }: Endpoint<V>): Problem[] =>
  Object.entries(deployments).flatMap(([name, { azure: { compute } }]) =>
    compute?.kind === "new" && compute.create.maxInstances > NODES
      ? [{ path: `deployments.${name}.azure.compute.create.maxInstances`, message: `Azure gives a cluster ${NODES} nodes unless you have asked for more; got ${compute.create.maxInstances}` }]
      : [],
  );
