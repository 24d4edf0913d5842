/** What a person is told of a batch endpoint before anything is done. */
import type { BatchEndpoint } from "../../model/batch-endpoint.ts";
import { show } from "../../model/refusal.ts";
import { HEADERS } from "../../scoring/contract.ts";

/** A line each. */
export const compileBatchNotes = <V>({ defaults, deployments, existing, external, name }: BatchEndpoint<V>): string[] => [
  ...(defaults !== undefined && external.includes(defaults.deploymentName)
    ? [`deployment ${show(defaults.deploymentName)} is another program's: it must be there before this update makes it the default`]
    : []),
  ...(!existing && defaults === undefined ? [`no deployment is the default: callers name one in the header ${HEADERS.deployment}`] : []),
  ...(existing ? Object.keys(deployments).map((each) => `callers name deployment ${show(each)} in the header ${HEADERS.deployment}, unless the program that owns endpoint ${show(name)} makes it the default`) : []),
  ...idleNotes(deployments),
];

/** Nodes that are charged without a job. */
const idleNotes = <V>(deployments: BatchEndpoint<V>["deployments"]): string[] => {
  const named = new Map(Object.values(deployments).flatMap(({ azure: { compute } }) => (compute?.kind === "new" ? [[compute.create.name, compute.create] as const] : [])));
  return [...named.values()].flatMap(({ minInstances, name, size }) => (minInstances === 0 ? [] : [`cluster ${show(name)} keeps ${minInstances} ${minInstances === 1 ? "node" : "nodes"} of ${size}, charged while there is no job too`]));
};
