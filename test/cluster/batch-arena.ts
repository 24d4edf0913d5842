/** Where the contract of batch endpoints is tried on the cluster, whoever made the endpoint. */
import { Caller } from "../batch/caller.ts";
import type { BatchArena } from "../conformance/cases/batch.ts";
import { GATEWAY } from "../rig/kubernetes/gateway.ts";
import { NODE } from "../rig/kubernetes/place.ts";
import type { Claims } from "./claims.ts";
import { eventually } from "./cluster.ts";

const gatewayHost = process.env["RIG_GATEWAY"] ?? NODE.address;

/** Who has the key, and who has none, as soon as the Gateway knows the route. */
export const newBatchCallers = async ({ pathname }: URL, key: string): Promise<[caller: Caller, stranger: Caller]> => {
  const base = `http://${gatewayHost}:${GATEWAY.http}${pathname.replace(/\/jobs$/, "")}`;
  const caller = new Caller(base, { Authorization: `Bearer ${key}` }, 200);
  await eventually(async () => ((await caller.send("GET", "/jobs").catch(() => undefined))?.status === 200 ? true : undefined));
  return [caller, new Caller(base, { Authorization: "Bearer wrong" })];
};

export const batchArena = ({ input, output, read }: Claims, caller: Caller, stranger: Caller, refusal: BatchArena["refusal"]): BatchArena => ({
  looks: "in the job",
  caller,
  stranger,
  input: (files) => Promise.resolve(input(files)),
  output: () => Promise.resolve(output()),
  read: (address, name) => Promise.resolve(read(address, name)),
  pipeline: () => Promise.reject(new Error("pipelines are refused on a cluster")),
  refusal,
});
