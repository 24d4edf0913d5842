/** The jobs of an endpoint as objects of a cluster: records are ConfigMaps, and what runs is Jobs, or of pipelines Workflows. Nothing is kept here but times. */
import type { BatchClusterFile } from "../../contract/batch-cluster.ts";
import { info } from "../../online/log.ts";
import { checkCancellable, checkResumable, checkSame, deploymentOf, identify, noSuchJob, type Invocation } from "../invocation.ts";
import type { JobService } from "../job-service.ts";
import type { Estimate } from "../estimate.ts";
import type { JobRecord } from "../record.ts";
import { parseRequest } from "../request.ts";
import { hasEnded } from "../resource.ts";
import type { Owner } from "./access.ts";
import type { Api } from "./api.ts";
import { askEstimate } from "./estimates.ts";
import { Keeper } from "./keeper.ts";
import { jobOfId } from "./labels.ts";
import { planJob } from "./plan-job.ts";
import { plannedOf } from "./plan-pipeline.ts";
import { Records } from "./records.ts";
import { requireArgo } from "./runs.ts";

export class ClusterJobs implements JobService {
  readonly #file: BatchClusterFile;
  readonly #api: Api;
  readonly #records: Records;
  readonly #keeper: Keeper;
  #last = 0;

  /** `owner`: with it go records and jobs. `unknownMs`: how long a job waits whose deployment is not in `file`, and may be in that of the service to come. */
  constructor(file: BatchClusterFile, api: Api, owner: Owner | undefined, unknownMs?: number) {
    this.#file = file;
    this.#api = api;
    this.#records = new Records(api, file.endpoint, owner);
    this.#keeper = new Keeper(file, api, this.#records, unknownMs);
  }

  get ready(): boolean {
    return this.#keeper.hasLooked;
  }

  async invoke(invocation: Invocation): Promise<{ readonly record: JobRecord; readonly made: boolean }> {
    const [name, deployment] = deploymentOf(this.#file, invocation.deployment);
    const { fingerprint, id } = identify(this.#file.endpoint, name, invocation);
    const before = invocation.idempotencyKey === undefined ? undefined : await this.#records.read(id);
    if (before !== undefined) return { record: await this.#same(before, fingerprint), made: false };
    const request = parseRequest(invocation.body, deployment);
    const record = planJob(this.#file, deployment, { id, deployment: name, createdAt: this.#now(), fingerprint, request });
    if (deployment.kind === "pipeline") await requireArgo(this.#api, jobOfId(this.#file.endpoint, id));
    // Creating the record is the lock: of all calls with one key, one gets further.
    if (!(await this.#records.create(record))) {
      const first = await this.#records.read(id);
      return { record: await this.#same(first ?? noSuchJob(this.#file.endpoint, id), fingerprint), made: false };
    }
    info(`job ${id} of deployment ${name} was made`);
    this.#keeper.lookSoon();
    return { record, made: true };
  }

  async dryRun({ body, deployment: named }: Invocation): Promise<Estimate & { readonly deployment: string }> {
    const [name, deployment] = deploymentOf(this.#file, named);
    const request = parseRequest(body, deployment);
    const id = crypto.randomUUID();
    const record = planJob(this.#file, deployment, { id, deployment: name, createdAt: this.#now(), fingerprint: "", request });
    if (deployment.kind === "pipeline") await requireArgo(this.#api, jobOfId(this.#file.endpoint, id));
    return { deployment: name, ...(await askEstimate({ api: this.#api, records: this.#records, file: this.#file, deployment, record })) };
  }

  async find(id: string): Promise<JobRecord> {
    const record = (await this.#records.read(id)) ?? noSuchJob(this.#file.endpoint, id);
    return hasEnded(record) ? record : this.#keeper.lookAt(record);
  }

  /** As the last look has left them: a list asks no pods. */
  async list(deployment: string | undefined): Promise<JobRecord[]> {
    return (await this.#records.list(["open", "ended"])).filter((record) => deployment === undefined || record.deployment === deployment);
  }

  async cancel(id: string): Promise<JobRecord> {
    const now = await this.find(id);
    checkCancellable(now);
    const { progress } = now;
    const record = await this.#records.change(id, (before) => {
      if (before.status === "CancelRequested" || before.status === "Canceled") return undefined;
      checkCancellable(before);
      return { ...before, status: "CancelRequested", ...(progress === undefined ? {} : { progress }) };
    });
    this.#keeper.lookSoon();
    return record ?? noSuchJob(this.#file.endpoint, id);
  }

  async resume(id: string): Promise<JobRecord> {
    const now = await this.find(id);
    checkResumable(now);
    const [, deployment] = deploymentOf(this.#file, now.deployment);
    const record = await this.#records.change(id, (before) => {
      checkResumable(before);
      const { endedAt: _, reason: __, ...rest } = before;
      return { ...rest, ...(deployment.kind === "pipeline" ? { pipeline: plannedOf(deployment, before.pipeline) } : {}), status: "NotStarted", attempt: (before.attempt ?? 0) + 1 };
    });
    this.#keeper.lookSoon();
    return record ?? noSuchJob(this.#file.endpoint, id);
  }

  async close(): Promise<void> {
    await this.#keeper.close();
    this.#api.close();
  }

  async #same(record: JobRecord, fingerprint: string): Promise<JobRecord> {
    checkSame(record, fingerprint);
    return hasEnded(record) ? record : this.#keeper.lookAt(record);
  }

  /** Two jobs of one service never have the same time, so that a list has an order. */
  #now(): string {
    this.#last = Math.max(Date.now(), this.#last + 1);
    return new Date(this.#last).toISOString();
  }
}
