/** Does what a record asks for, wherever somebody before has stopped. */
import { existsSync, globSync, statSync } from "node:fs";
import { join } from "node:path";
import type { BatchDeploymentFile, BatchModelDeployment, BatchSettings, JobStatus } from "../contract/batch.ts";
import type { Input } from "./inputs.ts";
import { JobError } from "./job-error.ts";
import type { Tally } from "./journal.ts";
import { layoutOf, type Layout } from "./layout.ts";
import type { Planned } from "./manifest.ts";
import { runModelJob } from "./model-job.ts";
import type { JobRecord, Progress } from "./record.ts";
import { existsRemote, putRemote, type Interpreter } from "./remote.ts";
import type { DataInput, JobRequest } from "./request.ts";
import { inputPlace, outputPlace } from "./uri.ts";

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
export const settingsFor = ({ settings }: BatchModelDeployment, { settings: own }: JobRequest): BatchSettings => ({
  ...settings,
  ...own,
  retrySettings: { ...settings.retrySettings, ...own.retrySettings },
});

/** The one input of a model job. Throws UriError. */
export const inputOf = ({ inputs }: JobRequest): Input => {
  const [only] = Object.values(inputs) as DataInput[];
  if (only === undefined) throw new JobError("the job has no input");
  return { type: only.type, place: inputPlace(only.uri) };
};

/** Where a model job writes: what the caller names, else its own folder; before an upload, its own folder too. */
export const modelLayout = ({ outputs }: JobRequest, { outputFileName }: BatchSettings, home: string): { layout: Layout; upload?: { readonly uri: string; readonly single: boolean } } => {
  const own = join(home, "output");
  const [named] = Object.values(outputs);
  if (named === undefined) return { layout: layoutOf(own, outputFileName, false) };
  const place = outputPlace(named.uri);
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
  const { layout, upload } = modelLayout(record.request, settings, home);
  const target = upload === undefined ? undefined : upload.single ? `${upload.uri}/${layout.results.slice(layout.folder.length + 1)}` : upload.uri;
  // Once the job has begun, what is there may be its own.
  if (target !== undefined && !existsSync(layout.planned) && (await existsRemote(deployment.driver, target))) throw new JobError(`the output ${target} exists already: choose another`);
  await runModelJob({
    owner: record.id,
    deployment: { ...deployment, settings },
    input: inputOf(record.request),
    layout,
    signal,
    status,
    progress: (planned, tally) => progress(() => progressOf(planned, tally)),
  });
  if (upload !== undefined) await send(deployment.driver, layout, upload.uri);
}

/** The results last: whoever sees them sees everything. */
async function send(python: Interpreter, layout: Layout, uri: string): Promise<void> {
  const results = layout.results.slice(layout.folder.length + 1);
  const names = globSync("**/*", { cwd: layout.folder }).filter((name) => statSync(join(layout.folder, name)).isFile());
  for (const name of [...names.filter((each) => each !== results).sort(), ...names.filter((each) => each === results)]) await putRemote(python, join(layout.folder, name), `${uri}/${name}`);
}
