/** What a cluster cannot do of a batch endpoint, before anything is registered, and what it can but its author may not have meant. */
import type { BatchOn } from "../../model/batch-endpoint.ts";
import type { Assets } from "../../model/bundle.ts";
import { show, type At, type Problem, type Verdict } from "../../model/refusal.ts";
import type { KubernetesTarget } from "../../model/target.ts";
import { ownerOf } from "./owner.ts";
import { addressProblems } from "./verdict-address.ts";
import { authProblems } from "./verdict-auth.ts";
import { pairProblems } from "./verdict-compute.ts";
import { keyProblems, nameProblems, namespaceProblems } from "./verdict-metadata.ts";
import { jobPodProblems, ofVariables } from "./verdict-job-pod.ts";
import { pipelineVerdict } from "./verdict-pipeline.ts";
import { sourceProblems, sourceWarnings } from "./verdict-sources.ts";

type Endpoint<V> = BatchOn<V, KubernetesTarget<V>>;

export const batchVerdict = <V>(endpoint: Endpoint<V>, assets: Assets): Verdict => {
  const owner = ownerOf(endpoint);
  const parts = Object.entries(endpoint.deployments).map(([name, deployment]): Verdict => {
    if (deployment.type === "pipeline") return pipelineVerdict(endpoint, owner, name, deployment, assets);
    const at: At = (path, message) => ({ path: `deployments.${name}${path}`, message });
    const problems = [...pairProblems(owner.name, name, at), ...renamed([...sourceProblems(owner, name, assets[name] ?? {}), ...jobPodProblems(owner, name)])];
    return { problems, warnings: renamed(sourceWarnings(owner, name, assets[name] ?? {})) };
  });
  return { problems: [...endpointProblems(endpoint), ...parts.flatMap((part) => part.problems)], warnings: parts.flatMap((part) => part.warnings) };
};

const ELSEWHERE = "all deployments of a batch endpoint are in its service's one file: declare this one in the endpoint's own program";

const endpointProblems = <V>(endpoint: Endpoint<V>): Problem[] => [
  ...(endpoint.existing ? [{ path: "endpoint", message: `on Kubernetes ${ELSEWHERE}` }] : []),
  ...endpoint.external.map((name) => ({ path: `deployments.${name}`, message: `on Kubernetes ${ELSEWHERE}` })),
  ...authProblems({ ...endpoint, authMode: endpoint.authMode ?? "key" }),
  ...jobsNamespaceProblems(endpoint),
  ...imageProblems(endpoint),
  ...addressProblems(endpoint),
  ...nameProblems("kubernetes.jobsClaim", endpoint.kubernetes.jobsClaim),
  ...nameProblems("kubernetes.queueName", endpoint.kubernetes.queueName),
  ...keyProblems("tags", endpoint.tags, "an annotation"),
];

const jobsNamespaceProblems = <V>({ target: { jobsNamespace, namespace } }: Endpoint<V>): Problem[] => {
  const path = "target.jobsNamespace";
  if (jobsNamespace === undefined) return [{ path, message: 'a batch endpoint needs a namespace for its jobs, in which nothing else is: make one, and write kubernetes({ jobsNamespace: "ml-jobs" })' }];
  if (jobsNamespace === namespace) return [{ path, message: `expected another namespace than that of online endpoints: whoever may make Jobs there may act as any of its service accounts; got ${show(jobsNamespace)}`, value: jobsNamespace }];
  return namespaceProblems(path, jobsNamespace);
};

/** A deployment's own image is for its jobs. */
const imageProblems = <V>({ target }: Endpoint<V>): Problem[] =>
  target.scoringImage === undefined ? [{ path: "target.scoringImage", message: "expected the image of the scoring container: the service that takes the jobs runs in it, whatever images the deployments have" }] : [];

const renamed = (problems: readonly Problem[]): Problem[] => problems.map((problem) => ofVariables(problem, ".settings.environmentVariables"));
