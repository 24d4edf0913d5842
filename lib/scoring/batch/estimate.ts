/** What a job would do, without doing it. */
import type { BatchDeploymentFile } from "../contract/batch.ts";
import { driverKind } from "./driver-kind.ts";
import { inputOf, settingsFor } from "./execute.ts";
import { filesOf, miniBatches } from "./inputs.ts";
import { workersFor } from "./model-job.ts";
import type { JobRequest } from "./request.ts";
import { HERE, type Addresses } from "./uri.ts";

/** So many mini-batches are counted in one go. */
const PAUSE = 100;

/** Of a pipeline only its steps are known: what they hand on does not exist yet. */
export type Estimate = { readonly files: number; readonly miniBatches: number; readonly workers: number } | { readonly steps: readonly string[] };

/** Counts. Rejects with JobError where the input cannot be listed. */
export async function estimate(deployment: BatchDeploymentFile, request: JobRequest, addresses: Addresses = HERE): Promise<Estimate> {
  if (deployment.kind === "pipeline") return { steps: Object.keys(deployment.steps) };
  const settled = { ...deployment, settings: settingsFor(deployment, request) };
  const { driver, settings } = settled;
  let [files, count, last] = [0, 0, ""];
  const kind = driverKind(driver);
  for await (const batch of miniBatches(filesOf(inputOf(request, addresses), driver, kind), settled, kind)) {
    count += 1;
    if (count % PAUSE === 0) await new Promise((resolve) => setImmediate(resolve)); // others are served meanwhile
    for (const entry of batch) {
      const name = typeof entry === "string" ? entry : entry.file;
      if (name !== last) files += 1;
      last = name; // slices of one file follow one another
    }
  }
  return { files, miniBatches: count, workers: workersFor(settings, count) };
}
