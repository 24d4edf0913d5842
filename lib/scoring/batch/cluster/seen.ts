/** What a Job and its pods say of a job. */
import type { JobStatus } from "../../contract/batch.ts";
import type { KubernetesObject } from "./api.ts";
import { readEnding, type Ending, type Saying } from "./ending.ts";
import type { Job } from "./job.ts";

interface ContainerStatus {
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly terminated?: { readonly exitCode: number; readonly reason?: string; readonly message?: string; readonly finishedAt?: string };
  };
}

/** A core/v1 Pod, as much of it as is read. */
export interface Pod extends KubernetesObject {
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason?: string; readonly message?: string }[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

/** How a job stands. */
export interface Seen extends Saying {
  readonly status: JobStatus;
  /** Why it has failed, or what its pods wait for. */
  readonly reason?: string;
}

const INDEX = "batch.kubernetes.io/job-completion-index";

/** A condition that holds. */
const condition = ({ status }: Job, type: string): { readonly reason?: string; readonly message?: string } | undefined => status?.conditions?.find((each) => each.type === type && each.status === "True");

/** Whether it has ended, and all of its pods with it. */
export const isOver = (job: Job): boolean => condition(job, "Complete") !== undefined || condition(job, "Failed") !== undefined;

/** The pod of the instance that plans, finishes, and knows of all: the latest one. */
export const leaderOf = (pods: readonly Pod[]): Pod | undefined =>
  pods.filter(({ metadata }) => metadata.annotations?.[INDEX] === "0").toSorted((a, b) => ((a.metadata.creationTimestamp ?? "") < (b.metadata.creationTimestamp ?? "") ? 1 : -1))[0];

/** Whether a pod has a log. */
export const hasBegun = (pod: Pod | undefined): boolean => ["Running", "Succeeded", "Failed"].includes(pod?.status?.phase ?? "");

/** How a Job that is over has ended. */
export const endOf = (job: Job, pods: readonly Pod[]): Seen => {
  const ends = pods.flatMap((pod) => endingsOf(pod)).toSorted((a, b) => (a.at < b.at ? -1 : 1));
  const progress = ends.findLast(({ ending }) => ending.progress !== undefined)?.ending.progress;
  const said = progress === undefined ? {} : { progress };
  if (condition(job, "Complete") !== undefined) return { status: "Completed", ...said, ...ofLeader(pods) };
  const failed = ends.find(({ ending }) => ending.status === "Failed")?.ending; // the first; it ended the others
  const reason = failed?.reason ?? [condition(job, "Failed")?.message || WORDLESS, deathOf(pods)].filter((text) => text !== "").join("; ");
  return { status: "Failed", reason, ...said, ...(failed?.progress === undefined ? {} : { progress: failed.progress }) };
};

const WORDLESS = "its Job has failed";

const ofLeader = (pods: readonly Pod[]): Saying => {
  const ending = pods.filter(({ metadata }) => metadata.annotations?.[INDEX] === "0").flatMap(endingsOf).find(({ ending: { status } }) => status === "Completed")?.ending;
  return ending?.progress === undefined ? {} : { progress: ending.progress };
};

export const endingsOf = ({ status }: Pod): { readonly at: string; readonly ending: Ending }[] =>
  (status?.containerStatuses ?? []).flatMap(({ state }) => {
    const ending = readEnding(state?.terminated?.message);
    return ending === undefined ? [] : [{ at: state?.terminated?.finishedAt ?? "", ending }];
  });

/** How the last pod that died without a word has died. */
const deathOf = (pods: readonly Pod[]): string => {
  const dead = pods.flatMap(({ status }) => [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]).flatMap(({ state }) => state?.terminated ?? []).filter(({ exitCode }) => exitCode !== 0);
  const last = dead.at(-1);
  return last === undefined ? "" : `its last pod ended with ${last.exitCode}${last.reason === undefined ? "" : ` (${last.reason})`}${last.message === undefined || last.message === "" ? "" : `: ${last.message.slice(-1000).trim()}`}`;
};

/** As a list says it, without a look at its pods. */
export const jobStatus = (job: Job, queued: boolean): JobStatus => {
  if (job.spec?.suspend === true) return queued ? "Queued" : "Paused";
  const ending = condition(job, "FailureTarget") ?? condition(job, "SuccessCriteriaMet");
  return (job.status?.ready ?? 0) > 0 || ending !== undefined ? "Running" : "Provisioning";
};

/** How a Job that goes on stands; `log` is the end of its leader's. */
export const standingOf = (job: Job, pods: readonly Pod[], log: Saying, queued: boolean): Seen => {
  if (job.spec?.suspend === true) return { status: queued ? "Queued" : "Paused" };
  const leader = leaderOf(pods);
  if (hasBegun(leader)) return { ...log, status: log.status ?? "Starting" };
  const reason = waitOf(pods);
  return { status: "Provisioning", ...(reason === undefined ? {} : { reason }) };
};

/** Waits that nobody but a person ends. */
const STUCK: readonly (string | undefined)[] = ["ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "CreateContainerConfigError", "CreateContainerError", "CrashLoopBackOff"];

export const waitOf = (pods: readonly Pod[]): string | undefined => {
  for (const { status } of pods) {
    const stuck = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].map(({ state }) => state?.waiting).find((waiting) => STUCK.includes(waiting?.reason));
    if (stuck !== undefined) return `its pods cannot start: ${stuck.reason}${stuck.message === undefined ? "" : `: ${stuck.message}`}`;
    const homeless = status?.conditions?.find(({ type, status: holds }) => type === "PodScheduled" && holds === "False");
    if (homeless?.message !== undefined) return `its pods wait for a node: ${homeless.message}`;
  }
  return undefined;
};
