/** Clusters that Azure would refuse, or that a job would wait for in vain. */
import type { NewCluster } from "../../model/batch-compute.ts";
import type { BatchDeployment } from "../../model/batch-deployment.ts";
import type { BatchOn } from "../../model/batch-endpoint.ts";
import { isPlainObject } from "../../model/late.ts";
import { show, type At, type Problem } from "../../model/refusal.ts";
import type { AzureMlTarget } from "../../model/target.ts";
import { clusterName } from "./ids.ts";
import { SHORT_FORM } from "./verdict-sources.ts";
import { certain, certainOfEach } from "../../model/refused.ts";

type Endpoint<V> = BatchOn<V, AzureMlTarget<V>>;

type Clusters<V> = Map<string, { readonly deployment: string; readonly cluster: NewCluster<V> }>;

export const jobComputeProblems = <V>(endpoint: Endpoint<V>): Problem[] => {
  const first: Clusters<V> = new Map();
  return certainOfEach(endpoint.deployments, (deployment, name): Problem[] => {
    const { compute } = deployment.azure;
    const at: At = (path, message) => ({ path: `deployments.${name}${path}`, message });
    if (compute?.kind === "id") return idProblems(endpoint, deployment, compute.id, at);
    if (compute === undefined) return [];
    return certain(
      () => otherwiseProblems(first, name, compute.create, (path, message) => at(`.azure.compute.create${path}`, message)),
      () => (deployment.type === "model" ? nodeProblems(at, compute.create, () => deployment.resources.instanceCount, () => deployment.azure.instanceType) : []),
    );
  });
};

const idProblems = <V>({ existing, target }: Endpoint<V>, { type }: BatchDeployment<V>, id: V, at: At): Problem[] =>
  existing && target.subscriptionId === undefined && type === "model" && clusterName(id) !== undefined ? [at(".azure.compute", SHORT_FORM)] : [];

/** One cluster is declared in one way. */
const otherwiseProblems = <V>(first: Clusters<V>, deployment: string, cluster: NewCluster<V>, at: At): Problem[] => {
  const key = cluster.name.toLowerCase();
  const earlier = first.get(key);
  if (earlier === undefined) first.set(key, { deployment, cluster });
  if (earlier === undefined) return [];
  return differing(earlier.cluster, cluster).map((each) => at(`.${each}`, `deployment ${show(earlier.deployment)} makes a cluster of this name otherwise; one cluster is declared in one way`));
};

/** Keys whose values differ. Late values are the same where they are one. */
const differing = <V>(one: NewCluster<V>, other: NewCluster<V>): string[] => {
  const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])] as (keyof NewCluster<V>)[];
  return certainOfEach(keys, (key) => (same(one[key], other[key]) ? [] : [key]));
};

const same = (one: unknown, other: unknown): boolean => {
  if (one === other) return true;
  if (Array.isArray(one) && Array.isArray(other)) return one.length === other.length && one.every((value, i) => same(value, other[i]));
  if (!isPlainObject(one) || !isPlainObject(other)) return false;
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].every((key) => same(one[key], other[key]));
};

/** Of what runs a model: a deployment or a step. */
export const nodeProblems = <V>(at: At, cluster: NewCluster<V>, instances: () => number, instanceType: () => string | undefined): Problem[] =>
  certain(
    () => waitProblems(at, cluster, instances()),
    () => {
      const value = instanceType();
      return value === undefined ? [] : [{ ...at(".azure.instanceType", "instance types are Kubernetes compute's; a cluster that is made has nodes of its size"), value }];
    },
  );

const waitProblems = <V>(at: At, { maxInstances, name }: NewCluster<V>, instances: number): Problem[] =>
  instances <= maxInstances ? [] : [{ ...at(".resources.instanceCount", `a job would wait for ever: cluster ${show(name)} has ${maxInstances} nodes at most; got ${instances}`), value: instances }];

/** Azure's limit of nodes in a cluster, unless one asks (how-to-manage-quotas, 2026-01-27). */
const NODES = 100;

export const clusterWarnings = <V>({ deployments }: Endpoint<V>): Problem[] =>
  Object.entries(deployments).flatMap(([name, { azure: { compute } }]) =>
    compute?.kind === "new" && compute.create.maxInstances > NODES
      ? [{ path: `deployments.${name}.azure.compute.create.maxInstances`, message: `Azure gives a cluster ${NODES} nodes unless you have asked for more; got ${compute.create.maxInstances}` }]
      : [],
  );
