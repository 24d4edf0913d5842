/** The Workflows that a service would make of the pipelines in its file, and their pods as Argo makes them. */
import { planJob } from "../../lib/scoring/batch/cluster/plan-job.ts";
import { plannedOf } from "../../lib/scoring/batch/cluster/plan-pipeline.ts";
import { workflowOf } from "../../lib/scoring/batch/cluster/workflow.ts";
import { SERVICE_FILE, type BatchClusterFile, type ClusterPipeline } from "../../lib/scoring/contract/batch-cluster.ts";
import type { Fields } from "../rig/kubernetes/client.ts";

const NOTHING = { createdAt: "", fingerprint: "" };

/** Of a job over a claim, for each pipeline that a ConfigMap among these objects tells of. */
export const workflowsOf = (objects: readonly Fields[]): Fields[] =>
  objects.flatMap(({ data, metadata }) => {
    const text = (data as Fields | undefined)?.[SERVICE_FILE] as unknown;
    if (typeof text !== "string") return [];
    const file = { ...(JSON.parse(text) as BatchClusterFile), queueName: "queue" };
    const pipelines = Object.entries(file.deployments).filter((each): each is [string, ClusterPipeline] => each[1].kind === "pipeline");
    return pipelines.map(([name, deployment], at) => workflow(file, name, deployment, `${at}`.padStart(8, "0"), metadata["namespace"] as string));
  });

const workflow = (file: BatchClusterFile, name: string, deployment: ClusterPipeline, id: string, namespace: string): Fields => {
  const data = Object.entries(deployment.inputs).filter(([, { type }]) => type.startsWith("uri_"));
  const inputs = Object.fromEntries(data.map(([input, { type }]) => [input, { type: type === "uri_file" ? ("UriFile" as const) : ("UriFolder" as const), uri: `pvc://data/${input}` }]));
  const record = planJob(file, deployment, { ...NOTHING, id, deployment: name, request: { inputs, outputs: {}, settings: {} } });
  const made = workflowOf({ file, deployment, record, owner: { metadata: { name: `job-${id}`, uid: "00000000-0000-0000-0000-000000000000" } }, pipeline: plannedOf(deployment) }) as Fields;
  return { ...made, metadata: { ...made["metadata"], namespace } };
};

/** What the controller puts beside a step, as far as admission looks at it. */
const EXECUTOR = { image: "quay.io/argoproj/argoexec:v3.7.2", command: ["argoexec"], volumeMounts: [{ mountPath: "/var/run/argo", name: "var-run-argo" }] };

/** A pod for each template with a container, patched as the controller does it. */
export const podsOf = ({ metadata, spec }: Fields): Fields[] =>
  (JSON.parse(JSON.stringify(spec["templates"]).replaceAll("{{inputs.parameters.index}}", "0")) as Fields[])
    .filter(({ container }) => container !== undefined)
    .map(({ container, initContainers = [], metadata: own, name, podSpecPatch, serviceAccountName, volumes }) => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { ...own, name: `${metadata.name}-${name}`, namespace: metadata.namespace },
      spec: patched(
        {
          containers: [{ name: "wait", ...EXECUTOR }, container],
          initContainers: [{ name: "init", ...EXECUTOR }, ...initContainers],
          restartPolicy: "Never",
          serviceAccountName,
          volumes: [{ name: "var-run-argo", emptyDir: {} }, { name: "tmp-dir-argo", emptyDir: {} }, ...volumes],
        },
        JSON.parse(podSpecPatch as string) as Fields,
      ),
    }));

/** A strategic merge, as far as the patch goes: containers by name, their mounts added. */
const patched = (spec: Fields, { containers, initContainers, ...rest }: Fields): Fields => {
  const merged = (into: readonly Fields[], patches: readonly Fields[]): Fields[] =>
    into.map((each) => {
      const patch = patches.find(({ name }) => name === each["name"]) ?? {};
      return { ...each, ...patch, volumeMounts: [...(each["volumeMounts"] ?? []), ...(patch["volumeMounts"] ?? [])] };
    });
  return { ...spec, ...rest, containers: merged(spec["containers"], containers), initContainers: merged(spec["initContainers"], initContainers) };
};
