/** What a cluster cannot do of a batch endpoint, before anything is registered, and what it can but its author may not have meant. */
import type { BatchOn } from "../../model/batch-endpoint.ts";
import type { Assets, DeploymentAssets } from "../../model/bundle.ts";
import { show, type At, type Problem, type Verdict } from "../../model/refusal.ts";
import type { KubernetesTarget } from "../../model/target.ts";
import { ownerOf, type Owner } from "./owner.ts";
import { addressProblems } from "./verdict-address.ts";
import { authProblems } from "./verdict-auth.ts";
import { pairProblems } from "./verdict-compute.ts";
import { keyProblems, nameProblems, namespaceProblems } from "./verdict-metadata.ts";
import { jobPodProblems, ofVariables } from "./verdict-job-pod.ts";
import { pipelineVerdict } from "./verdict-pipeline.ts";
import { sourceProblems, sourceWarnings } from "./verdict-sources.ts";
import { certain, judged, judgedEach, withMore } from "../../model/refused.ts";

type Endpoint<V> = BatchOn<V, KubernetesTarget<V>>;

export const batchVerdict = <V>(endpoint: Endpoint<V>, assets: Assets): Verdict => {
  const owner = ownerOf(endpoint);
  return judged(
    () => ({ problems: endpointProblems(endpoint, owner) }),
    () =>
      judgedEach(endpoint.deployments, (deployment, name) =>
        deployment.type === "pipeline" ? pipelineVerdict(endpoint, owner, name, deployment, assets) : modelVerdict(owner, name, assets[name] ?? {}),
      ),
  );
};

const ELSEWHERE = "all deployments of a batch endpoint are in its service's one file: declare this one in the endpoint's own program";

const endpointProblems = <V>(endpoint: Endpoint<V>, owner: Owner<V>): Problem[] =>
  certain(
    () => (endpoint.existing ? [{ path: "endpoint", message: `on Kubernetes ${ELSEWHERE}` }] : []),
    () => endpoint.external.map((name) => ({ path: `deployments.${name}`, message: `on Kubernetes ${ELSEWHERE}` })),
    () => authProblems(withMore(owner, { existing: () => endpoint.existing })),
    () => jobsNamespaceProblems(endpoint),
    () => imageProblems(endpoint),
    () => addressProblems(endpoint),
    () => nameProblems("kubernetes.jobsClaim", endpoint.kubernetes.jobsClaim),
    () => nameProblems("kubernetes.queueName", endpoint.kubernetes.queueName),
    () => keyProblems("tags", endpoint.tags, "an annotation"),
  );

const jobsNamespaceProblems = <V>({ target }: Endpoint<V>): Problem[] => {
  const path = "target.jobsNamespace";
  const { jobsNamespace } = target;
  if (jobsNamespace === undefined) return [{ path, message: 'a batch endpoint needs a namespace for its jobs, in which nothing else is: make one, and write kubernetes({ jobsNamespace: "ml-jobs" })' }];
  const message = `expected another namespace than that of online endpoints: whoever may make Jobs there may act as any of its service accounts; got ${show(jobsNamespace)}`;
  return certain(
    () => (jobsNamespace === target.namespace ? [{ path, message, value: jobsNamespace }] : []),
    () => namespaceProblems(path, jobsNamespace),
  );
};

/** A deployment's own image is for its jobs. */
const imageProblems = <V>({ target }: Endpoint<V>): Problem[] =>
  target.scoringImage === undefined ? [{ path: "target.scoringImage", message: "expected the image of the scoring container: the service that takes the jobs runs in it, whatever images the deployments have" }] : [];

const modelVerdict = <V>(owner: Owner<V>, name: string, files: DeploymentAssets): Verdict => {
  const at: At = (path, message) => ({ path: `deployments.${name}${path}`, message });
  return judged(
    () => ({ problems: pairProblems(owner.name, name, at) }),
    () => ({ problems: renamed(sourceProblems(owner, name, files)) }),
    () => ({ problems: renamed(jobPodProblems(owner, name)) }),
    () => ({ warnings: renamed(sourceWarnings(owner, name, files)) }),
  );
};

const renamed = (problems: readonly Problem[]): Problem[] => problems.map((problem) => ofVariables(problem, ".settings.environmentVariables"));
