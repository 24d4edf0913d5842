/** Pipelines that Argo Workflows would not run, or would run otherwise than localhost. */
import type { PipelineBatchDeployment } from "../../model/batch-deployment.ts";
import type { BatchOn } from "../../model/batch-endpoint.ts";
import type { Assets, DeploymentAssets } from "../../model/bundle.ts";
import { pairName } from "../../model/names.ts";
import type { PipelineStep } from "../../model/pipeline.ts";
import { certain, certainOfEach, judged, judgedEach } from "../../model/refused.ts";
import { listed, show, type At, type Problem, type Verdict } from "../../model/refusal.ts";
import type { KubernetesTarget } from "../../model/target.ts";
import { isAzureSecret } from "../../model/variables.ts";
import { ARGO_TAG } from "../../scoring/contract/batch-cluster.ts";
import { stepKey, type Owner, type PodDeployment } from "./owner.ts";
import { pairProblems } from "./verdict-compute.ts";
import { jobPodProblems, ofVariables } from "./verdict-job-pod.ts";
import { commandProblems, sourceProblems, sourceWarnings } from "./verdict-sources.ts";

type Endpoint<V> = BatchOn<V, KubernetesTarget<V>>;

export const pipelineVerdict = <V>(endpoint: Endpoint<V>, owner: Owner<V>, name: string, deployment: PipelineBatchDeployment<V>, assets: Assets): Verdict => {
  const at: At = (path, message) => ({ path: `deployments.${name}${path}`, message });
  const { job } = deployment;
  if (job === undefined) return { problems: [at(".component", "a pipeline component that Azure knows runs there alone: write its steps, job: { inputs, outputs, jobs }")], warnings: [] };
  return judged(
    () => ({ problems: endpoint.kubernetes.jobsClaim === undefined ? [{ path: "kubernetes.jobsClaim", message: NO_CLAIM }] : [] }),
    () => ({ problems: pairProblems(owner.name, name, at) }),
    () => ({ problems: imageProblems(owner, name, at) }),
    () => ({ problems: jobPodProblems(owner, name) }),
    () => ({ problems: blockProblems(deployment, at) }),
    () => judgedEach(job.jobs, (each, step) => stepVerdict(owner, name, step, each, assets[pairName(name, step)] ?? {})),
  );
};

const NO_CLAIM = "steps of a pipeline hand files on by a claim: name a PersistentVolumeClaim of jobsNamespace here, ReadWriteMany where the cluster has several nodes";

const stepVerdict = <V>(owner: Owner<V>, name: string, step: string, each: PipelineStep<V>, files: DeploymentAssets): Verdict => {
  const key = stepKey(name, step);
  const at: At = (path, message) => ({ path: `deployments.${name}.job.jobs.${step}${path}`, message });
  return judged(
    () => ({ problems: nameProblems(owner.name, name, step, at) }),
    () => ({ problems: inStep(each.type === "parallel" ? sourceProblems(owner, key, files) : commandProblems(owner, key, files), key, each, at) }),
    () => ({ problems: inStep(jobPodProblems(owner, key), key, each, at) }),
    () => ({ problems: wordProblems(each, at) }),
    () => ({ problems: blockProblems(each, at) }),
    () => ({ warnings: each.type === "parallel" ? inStep(sourceWarnings(owner, key, files), key, each, at) : [] }),
  );
};

/** As the program has it: the step's own paths. */
const inStep = <V>(problems: readonly Problem[], key: string, { type }: PipelineStep<V>, at: At): Problem[] =>
  problems.map((problem) => {
    const { message, path } = ofVariables(problem, type === "parallel" ? ".settings.environmentVariables" : ".environmentVariables");
    const own = path.slice(`deployments.${key}`.length);
    return { ...problem, ...at(type === "command" ? own.replace(/^\.codeConfiguration\.code/, ".code") : own, message) };
  });

/** Endpoint, deployment and step together are a label's value and an account's name, of 63 characters. */
const STEP_NAMES = 59;

const nameProblems = (endpoint: string, name: string, step: string, at: At): Problem[] => {
  const length = endpoint.length + name.length + step.length;
  return [
    ...(step.endsWith("_") ? [at("", `Kubernetes ends no name like this; take another than ${show(step)}`)] : []),
    ...(length > STEP_NAMES ? [at("", `expected names of endpoint, deployment and step of ${STEP_NAMES} characters together; got ${length}`)] : []),
  ];
};

/** The pod that puts the outputs in their places. */
const imageProblems = <V>({ deployments, target }: Owner<V>, name: string, at: At): Problem[] =>
  deployments[name]?.kubernetes.scoringImage === undefined && target.scoringImage === undefined ? [at(".kubernetes.scoringImage", "expected the image of the scoring container: give it here, or for all deployments in kubernetes({ scoringImage })")] : [];

const NO_TAGS = `Argo Workflows reads ${ARGO_TAG}…}} as a template of its own: write it otherwise, or let the step read it from a file`;

/** What the program says of the pods. */
const blockProblems = <V>(own: Pick<PodDeployment<V>, "kubernetes">, at: At): Problem[] =>
  certain(
    () => tagProblems(() => own.kubernetes, at, ".kubernetes"),
    () => volumeProblems(own.kubernetes.volumes, at),
  );

/** Texts of the pod, which stand in the Workflow. What is known later the service looks at. */
const tagProblems = (read: () => unknown, at: At, path: string): Problem[] => {
  const value = read();
  if (typeof value === "string") return value.includes(ARGO_TAG) && !isAzureSecret(value) ? [at(path, NO_TAGS)] : []; // a secret is refused as one
  const isPlain = Array.isArray(value) || (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype);
  return isPlain ? certain(...Object.keys(value).map((key) => () => tagProblems(() => (value as Readonly<Record<string, unknown>>)[key], at, `${path}.${key}`))) : [];
};

/** Words of a command stand in the job's record, and are free. */
const wordProblems = <V>(step: PipelineStep<V>, at: At): Problem[] =>
  step.type === "command"
    ? tagProblems(() => step.environmentVariables, at, ".environmentVariables")
    : certain(
        () => tagProblems(() => step.settings.environmentVariables, at, ".settings.environmentVariables"),
        () => tagProblems(() => step.codeConfiguration?.scoringScript, at, ".codeConfiguration.scoringScript"),
      );

/** Of the pods that Argo makes. */
const ARGO_VOLUMES: readonly string[] = ["var-run-argo", "tmp-dir-argo", "argo-env-config"];

const volumeProblems = (volumes: readonly { readonly name: string }[], at: At): Problem[] =>
  certainOfEach(volumes, ({ name }, i) => (ARGO_VOLUMES.includes(name) ? [at(`.kubernetes.volumes.${i}.name`, `Argo Workflows has a volume of this name; take another than ${listed(ARGO_VOLUMES.map(show))}`)] : []));
