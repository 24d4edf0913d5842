/** What a cluster says of Argo Workflows beside the pipelines of a program. Pure. */
import { z } from "zod";
import { listed } from "../model/refusal.ts";
import type { Comparison } from "./compare-gateway.ts";

/** The type that jobs of pipelines are. */
export const WORKFLOWS = "workflows.argoproj.io";
const VERSION = "v1alpha1";

/** The part of a CustomResourceDefinition that is read. */
export const definition = z.object({ spec: z.object({ versions: z.array(z.object({ name: z.string(), served: z.boolean() })) }) });

/** `pipelines` are deployments; `found` is nothing where the cluster has no such type. */
export const compareArgo = (pipelines: readonly string[], found: z.output<typeof definition> | undefined): Comparison => {
  const isServed = found?.spec.versions.some(({ name, served }) => name === VERSION && served) === true;
  if (isServed) return { lines: [`Argo Workflows is there, for jobs of ${listed(pipelines)}; its controller must look after the namespace of the jobs`], isWrong: false };
  const what = found === undefined ? `the cluster does not know ${WORKFLOWS}` : `the cluster does not serve ${WORKFLOWS}/${VERSION}`;
  return { lines: [`${what}, and jobs of ${listed(pipelines)} are Workflows: install Argo Workflows 3.7, https://argo-workflows.readthedocs.io/en/release-3.7/installation/`], isWrong: true };
};
