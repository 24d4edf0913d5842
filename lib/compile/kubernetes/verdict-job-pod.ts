/** Pods of jobs that the API server would refuse, or that are no online deployment's. */
import { certain, certainOfEach } from "../../model/refused.ts";
import { show, type At, type Problem } from "../../model/refusal.ts";
import { JOB_VOLUMES } from "../../scoring/contract/batch-cluster.ts";
import type { Owner, PodDeployment } from "./owner.ts";
import { podProblems } from "./verdict-pod.ts";

export const jobPodProblems = <V>(owner: Owner<V>, name: string): Problem[] =>
  certain(
    () => podProblems(owner, name),
    () => unusedProblems((owner.deployments[name] as PodDeployment<V>).kubernetes, (path, message) => ({ path: `deployments.${name}.kubernetes${path}`, message })),
  );

const unusedProblems = <V>(block: PodDeployment<V>["kubernetes"], at: At): Problem[] =>
  certain(
    () => (block.collectedData === undefined ? [] : [at(".collectedData", "it is for online deployments: leave it out; the output of a job is all that it gives")]),
    () => (block.egressAllow.length === 0 ? [] : [at(".egressAllow", "no NetworkPolicy is made for the pods of jobs, and nothing closes their ways out: leave it out")]),
    () => (block.rollingUpdate === undefined ? [] : [at(".rollingUpdate", "jobs are not rolled over: leave it out; those that run end as they began")]),
    () =>
      certainOfEach(block.volumes, ({ name: volume }, i) =>
        volume.startsWith(JOB_VOLUMES) ? [at(`.volumes.${i}.name`, `jobs have volumes of their own whose names begin with ${show(JOB_VOLUMES)}; take another than ${show(volume)}`)] : [],
      ),
  );

const VARIABLE = /^(deployments\.[^.]+)\.environmentVariables\./;
const NO_SECRETS = "a secret of Azure cannot be read here: mount a Secret of the namespace, kubernetes: { volumes, volumeMounts }";

/** Variables of jobs hold no secrets; `where` is where they stand in a deployment or a step. */
export const ofVariables = (problem: Problem, where: ".environmentVariables" | ".settings.environmentVariables"): Problem =>
  VARIABLE.test(problem.path) ? { ...problem, path: problem.path.replace(VARIABLE, `$1${where}.`), message: NO_SECRETS } : problem;
