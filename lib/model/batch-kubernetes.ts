/** What only Kubernetes understands of a batch endpoint. */
import { routeFields, type KubernetesEndpointArgs } from "./endpoint.ts";
import { late, strict, whole } from "./fields.ts";

/** What only Kubernetes understands of a batch endpoint. Validated on every target, used on Kubernetes. */
export interface KubernetesBatchEndpointArgs<V> extends KubernetesEndpointArgs<V> {
  /**
   * Name of a PersistentVolumeClaim in `jobsNamespace`, for outputs of jobs that name none, for results on their way to `s3:`, `az:` or `gs:`, and for what
   * steps of a pipeline hand on: `ReadWriteMany` where jobs have several instances or the cluster several nodes. Nothing is ever removed from it.
   * @default - none: such jobs, and pipelines, are refused
   */
  readonly jobsClaim?: V;
  /** Name of a LocalQueue of Kueue in `jobsNamespace`, which starts jobs, and the steps of pipelines, when there is room. @default - none: they start at once */
  readonly queueName?: V;
  /** Jobs of the endpoint that have pods at a time, 1 or more; others wait, `Queued`. @default 10 */
  readonly maxConcurrentJobs?: number;
  /** Days that a job is remembered after its end, 1 or more. Its output stays. @default 30 */
  readonly recordRetentionDays?: number;
  /** Seconds that a job's pods stay after its end, with their logs, 5 or more: that is how long the service has to see how it ended. @default 600 */
  readonly ttlSecondsAfterFinished?: number;
}

/** A job that is gone before the service has looked, which it does every two seconds, is run again, to find that all is done. */
const LOOKED_AFTER = 5;

/** @internal */
export const kubernetesBatchEndpoint = <V>() =>
  strict({
    ...routeFields<V>(),
    jobsClaim: late<V>("a PersistentVolumeClaim's name").optional(),
    queueName: late<V>("a LocalQueue's name").optional(),
    maxConcurrentJobs: whole("jobs", 1).default(10),
    recordRetentionDays: whole("days", 1).default(30),
    ttlSecondsAfterFinished: whole("seconds", LOOKED_AFTER).default(600),
  });
