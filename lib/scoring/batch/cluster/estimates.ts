/** Asks a pod what a job would do: only where the claims are mounted can anybody look at them. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Estimate } from "../estimate.ts";
import { Refused } from "../refused.ts";
import type { Api } from "./api.ts";
import { readEnding } from "./ending.ts";
import { ESTIMATE_SECONDS, estimateName, estimateOf, type Job, type Made } from "./job.ts";
import { podsOf } from "./labels.ts";
import { standingOf, type Pod } from "./seen.ts";
import type { ConfigMap, Records } from "./records.ts";

const LOOK_MS = 500;

/** What is asked, and where. */
export interface Question extends Omit<Made, "owner"> {
  readonly api: Api;
  readonly records: Records;
}

/** Throws {@link Refused}: 400 when such a job could not be run, 503 when no pod has answered in time. */
export async function askEstimate({ api, records, ...made }: Question): Promise<Estimate> {
  const name = estimateName(made.record.id);
  await records.createAs(name, made.record, "dry-run");
  try {
    const owner = await api.get<ConfigMap>("configmaps", name);
    if (owner === undefined) throw late("its record is gone");
    await api.create("jobs", estimateOf({ ...made, owner }));
    return await answer(api, name);
  } finally {
    await records.remove(name); // the Job goes with it
  }
}

async function answer(api: Api, name: string): Promise<Estimate> {
  const deadline = performance.now() + ESTIMATE_SECONDS * 1000;
  for (let waits = "its pod has not come"; ; ) {
    const pods = await api.list<Pod>("pods", podsOf(name));
    const said = pods.flatMap(({ status }) => status?.containerStatuses ?? []).flatMap(({ state }) => readEnding(state?.terminated?.message) ?? []);
    const found = said.find(({ estimate }) => estimate !== undefined)?.estimate;
    if (found !== undefined) return found;
    const refused = said.find(({ status }) => status === "Failed")?.reason;
    if (refused !== undefined) throw new Refused(400, refused);
    waits = standingOf(NO_JOB, pods, {}, false).reason ?? waits;
    if (performance.now() > deadline) throw late(waits);
    await sleep(LOOK_MS);
  }
}

const NO_JOB: Job = { metadata: { name: "" } };

const late = (why: string): Refused => new Refused(503, `nobody has looked at the data within ${ESTIMATE_SECONDS} s: ${why}`, "ServiceUnavailable");
