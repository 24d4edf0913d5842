/** Does what a record asks for, wherever somebody before has stopped. */
import { existsSync, globSync, statSync } from "node:fs";
import { join } from "node:path";
import type { BatchDeploymentFile, BatchModelDeployment, BatchSettings, JobStatus } from "../contract/batch.ts";
import { isFinished } from "./finalise.ts";
import type { Input } from "./inputs.ts";
import { JobError } from "./job-error.ts";
import type { Tally } from "./journal.ts";
import { layoutOf, type Layout } from "./layout.ts";
import type { Planned } from "./manifest.ts";
import { runModelJob } from "./model-job.ts";
import type { JobRecord, Progress } from "./record.ts";
import { existsRemote, putRemote, type Interpreter } from "./remote.ts";
import type { DataInput, JobRequest } from "./request.ts";
import { HERE, type Addresses } from "./uri.ts";

/** Who listens to a job. */
export interface Execution {
  readonly record: JobRecord;
  readonly deployment: BatchDeploymentFile;
  /** The job's own folder. */
  readonly home: string;
  readonly signal: AbortSignal;
  status(status: JobStatus): void;
  /** How to read how far it is, from now on. */
  progress(read: () => Progress): void;
}

/** The deployment's settings with the caller's over them. */
export const settingsFor = ({ settings }: Pick<BatchModelDeployment, "settings">, { settings: own }: JobRequest): BatchSettings => ({
  ...settings,
  ...own,
  retrySettings: { ...settings.retrySettings, ...own.retrySettings },
});

/** The one input of a model job. Throws UriError. */
export const inputOf = ({ inputs }: JobRequest, addresses: Addresses = HERE): Input => {
  const [only] = Object.values(inputs) as DataInput[];
  if (only === undefined) throw new JobError("the job has no input");
  return { type: only.type, place: addresses.input(only.uri) };
};

/** Where a model job writes, and what is brought elsewhere when it is done. */
export interface Target {
  readonly layout: Layout;
  readonly upload?: { readonly uri: string; readonly single: boolean };
}

/** Where a model job writes: what the caller names, else its own folder; before an upload, its own folder too. Throws UriError. */
export const modelLayout = ({ outputs }: JobRequest, { outputFileName }: Pick<BatchSettings, "outputFileName">, home: string, addresses: Addresses = HERE): Target => {
  const own = join(home, "output");
  const [named] = Object.values(outputs);
  if (named === undefined) return { layout: layoutOf(own, outputFileName, false) };
  const place = addresses.output(named.uri);
  const single = named.type === "UriFile";
  const path = place.kind === "local" ? place.path : new URL(place.uri).pathname;
  const slash = path.lastIndexOf("/");
  const fileName = single ? path.slice(slash + 1) : outputFileName;
  if (place.kind === "remote") return { layout: layoutOf(own, fileName, single), upload: { uri: single ? place.uri.slice(0, place.uri.lastIndexOf("/")) : place.uri, single } };
  return { layout: layoutOf(single ? path.slice(0, slash) : path, fileName, single) };
};

export const progressOf = ({ files, miniBatches }: Planned, { done, failedFiles, failedMiniBatches, items }: Tally): Progress => ({ miniBatches, files, done, failedMiniBatches, results: items, failedFiles });

/** Runs a model deployment's job. Rejects with JobError, UriError or Stopped. */
export async function executeModel({ deployment, home, progress, record, signal, status }: Execution & { readonly deployment: BatchModelDeployment }): Promise<void> {
  const settings = record.settings ?? deployment.settings;
  const target = modelLayout(record.request, settings, home);
  await refuseExisting(deployment.driver, target, record.id);
  await runModelJob({
    owner: record.id,
    deployment: { ...deployment, settings },
    input: inputOf(record.request),
    layout: target.layout,
    signal,
    status,
    progress: (planned, tally) => progress(() => progressOf(planned, tally)),
  });
  await send(deployment.driver, target);
}

/** Nothing is written over that is elsewhere. Once the job has begun, what is there may be its own. Rejects with JobError. */
export async function refuseExisting(python: Interpreter, { layout, upload }: Target, job: string): Promise<void> {
  if (upload === undefined || existsSync(layout.planned) || isFinished(layout, job)) return;
  const target = upload.single ? `${upload.uri}/${layout.results.slice(layout.folder.length + 1)}` : upload.uri;
  if (await existsRemote(python, target)) throw new JobError(`the output ${target} exists already: choose another`);
}

/** Brings the output to where it goes. The results last: whoever sees them sees everything. */
export async function send(python: Interpreter, { layout, upload }: Target): Promise<void> {
  if (upload === undefined) return;
  const { uri } = upload;
  const results = layout.results.slice(layout.folder.length + 1);
  const names = globSync("**/*", { cwd: layout.folder }).filter((name) => statSync(join(layout.folder, name)).isFile());
  for (const name of [...names.filter((each) => each !== results).sort(), ...names.filter((each) => each === results)]) await putRemote(python, join(layout.folder, name), `${uri}/${name}`);
}
