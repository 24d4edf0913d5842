/** Where the contract of batch endpoints is tried on the cluster, whoever made the endpoint. */
import { Caller } from "../batch/caller.ts";
import type { BatchArena } from "../conformance/cases/batch.ts";
import { GATEWAY } from "../rig/kubernetes/gateway.ts";
import { NODE } from "../rig/kubernetes/place.ts";
import type { Claims } from "./claims.ts";
import { client, eventually } from "./cluster.ts";

const gatewayHost = process.env["RIG_GATEWAY"] ?? NODE.address;

/** Who has the key, and who has none, as soon as the Gateway knows the route. */
export const newBatchCallers = async ({ pathname }: URL, key: string): Promise<[caller: Caller, stranger: Caller]> => {
  const base = `http://${gatewayHost}:${GATEWAY.http}${pathname.replace(/\/jobs$/, "")}`;
  const caller = new Caller(base, { Authorization: `Bearer ${key}` }, 200);
  await eventually(async () => ((await caller.send("GET", "/jobs").catch(() => undefined))?.status === 200 ? true : undefined));
  return [caller, new Caller(base, { Authorization: "Bearer wrong" })];
};

const ON_PIPELINE = { "azureml-model-deployment": "counted" };

/** Of four words in two texts. */
const counting = ({ input }: Claims, outputs: object = {}): object => ({ properties: { InputData: { texts: { JobInputType: "UriFolder", Uri: input({ "x.txt": "a b c", "y.txt": "d" }) } }, OutputData: outputs } });

const workflowOf = async (claims: Claims, caller: Caller, namespace: string): ReturnType<BatchArena["workflow"]> => {
  const id = await caller.start(counting(claims), ON_PIPELINE);
  const found = await eventually(async () => {
    const { body, status } = await client.send("GET", `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/workflows/job-${id}`);
    return status === 200 ? (body as Omit<Awaited<ReturnType<BatchArena["workflow"]>>, "ended">) : undefined;
  });
  await caller.send("POST", `/jobs/${id}/cancel`);
  return { ...found, ended: (await caller.ended(id)).properties.status };
};

const pipelineOf = async (claims: Claims, caller: Caller): Promise<string | undefined> => {
  const output = claims.output();
  const job = await caller.run(counting(claims, { total: { JobOutputType: "UriFile", Uri: `${output}/total.txt` } }), ON_PIPELINE);
  return job.properties.status === "Completed" ? claims.read(output, "total.txt") : `${job.properties.status}: ${job.properties.error?.message}`;
};

/** `namespace` is that of the jobs; the endpoint has `counted.ts` as the deployment `counted`. */
export const batchArena = (claims: Claims, caller: Caller, stranger: Caller, namespace: string): BatchArena => ({
  looks: "in the job",
  caller,
  stranger,
  input: (files) => Promise.resolve(claims.input(files)),
  output: () => Promise.resolve(claims.output()),
  read: (address, name) => Promise.resolve(claims.read(address, name)),
  pipeline: () => pipelineOf(claims, caller),
  workflow: () => workflowOf(claims, caller, namespace),
});
