/** A pod of a job: that of its deployment, with the job's record and the claims that the job names. */
import { batchJobArguments, JOB_PATHS, JOB_VOLUMES, RECORD_FILE, type BatchClusterFile, type BatchJobOptions, type PodTemplate } from "../../contract/batch-cluster.ts";
import type { JobRecord } from "../record.ts";
import { claimOf } from "./addresses.ts";
import { jobLabels } from "./labels.ts";
import type { ConfigMap } from "./records.ts";

/** Of the pods' one container that counts; compilers name it so. */
export const CONTAINER = "scoring";

/** A pod of a deployment for one job. `options` are those of its process besides the places. */
export const podOf = ({ metadata = {}, spec }: PodTemplate, options: Partial<BatchJobOptions>, record: JobRecord, owner: ConfigMap, { endpoint }: BatchClusterFile): PodTemplate => {
  const args = batchJobArguments({ record: `${JOB_PATHS.record}/${RECORD_FILE}`, inputs: JOB_PATHS.inputs, outputs: JOB_PATHS.outputs, ...options });
  const mounts = [...claimMounts(record), { volume: { configMap: { name: owner.metadata.name }, name: `${JOB_VOLUMES}record` }, path: JOB_PATHS.record, readOnly: true }];
  return {
    metadata: { ...metadata, labels: { ...metadata.labels, ...jobLabels(endpoint, record) } },
    spec: {
      ...spec,
      containers: spec.containers.map((container) =>
        container["name"] !== CONTAINER ? container : { ...container, args: [...(container.args ?? []), ...args], volumeMounts: [...(container.volumeMounts ?? []), ...mounts.map(({ path, readOnly, volume }) => ({ mountPath: path, name: volume.name, readOnly }))] },
      ),
      restartPolicy: "Never",
      volumes: [...(spec.volumes ?? []), ...mounts.map(({ volume }) => volume)],
    },
  };
};

interface Mount {
  readonly volume: Readonly<Record<string, unknown>> & { readonly name: string };
  readonly path: string;
  readonly readOnly: boolean;
}

/** The claims that a job reads and writes: a claim that it does both with is mounted twice, and what it reads is read-only. */
const claimMounts = ({ home, request }: JobRecord): Mount[] => {
  const read = claims(Object.values(request.inputs).map((input) => (input.type === "Literal" ? undefined : input.uri)));
  const written = claims([home, ...Object.values(request.outputs).map(({ uri }) => uri)]);
  const mount = (kind: "input" | "output", folder: string) => (claim: string, at: number): Mount => ({
    volume: { name: `${JOB_VOLUMES}${kind}-${at}`, persistentVolumeClaim: { claimName: claim } },
    path: `${folder}/${claim}`,
    readOnly: kind === "input",
  });
  return [...read.map(mount("input", JOB_PATHS.inputs)), ...written.map(mount("output", JOB_PATHS.outputs))];
};

const claims = (uris: readonly (string | undefined)[]): string[] => [...new Set(uris.flatMap((uri) => (uri === undefined ? [] : (claimOf(uri)?.claim ?? []))))];
