/** What the files of an endpoint belong to: its deployments, and the steps of those that are pipelines. */
import { pairName } from "./names.ts";
import type { Sourced } from "./sources.ts";
import { certainOfEach } from "./refused.ts";

/** A deployment or a step. */
export interface Part<V> {
  /** The deployment's name, or `<deployment>--<step>`; no name has two dashes. */
  readonly key: string;
  readonly deployment: string;
  /** The step of a pipeline that it is. */
  readonly step?: string;
  /** Where it stands in the declaration. */
  readonly path: string;
  readonly sources: Sourced<V>;
}

/** In the order of the declaration. */
export const partsOf = <V>(deployments: Readonly<Record<string, Sourced<V>>>): Part<V>[] =>
  certainOfEach(deployments, (deployment, name): Part<V>[] => {
    if (deployment.job === undefined) return [{ key: name, deployment: name, path: `deployments.${name}`, sources: deployment }];
    return certainOfEach(deployment.job.jobs, (sources, step) => [{ key: pairName(name, step), deployment: name, step, path: `deployments.${name}.job.jobs.${step}`, sources }]);
  });
