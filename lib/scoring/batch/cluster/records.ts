/** Jobs remembered as ConfigMaps: one a job. Creating it is the lock, and a record is replaced only as it was read. */
import { RECORD_FILE } from "../../contract/batch-cluster.ts";
import type { JobRecord } from "../record.ts";
import { Refused } from "../refused.ts";
import { hasEnded } from "../resource.ts";
import type { Owner } from "./access.ts";
import type { Api, KubernetesObject } from "./api.ts";
import { isOf, recordLabels, recordsOf, type Standing } from "./labels.ts";

export interface ConfigMap extends KubernetesObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** What a ConfigMap holds; 1 MiB is all of it, with labels and whatever others write there. */
const MOST_BYTES = 900 * 1024;
/** Writers at a time are two services at most, and a caller each. */
const TRIES = 10;

/** Name of a job's record, and of what belongs to it. */
export const recordName = (id: string): string => `job-${id}`;

export class Records {
  readonly #api: Api;
  readonly #endpoint: string;
  readonly #owner: Owner | undefined;

  /** `owner`: with it go all records. */
  constructor(api: Api, endpoint: string, owner: Owner | undefined) {
    this.#api = api;
    this.#endpoint = endpoint;
    this.#owner = owner;
  }

  /** False when there is one of this id; then nothing has changed. Throws {@link Refused} for one that no ConfigMap holds. */
  create(record: JobRecord): Promise<boolean> {
    return this.createAs(recordName(record.id), record, "open");
  }

  /** The same under another name, which {@link list} does not tell of. */
  createAs(name: string, record: JobRecord, standing: Standing): Promise<boolean> {
    const object = this.#object(name, record, standing, this.#owner === undefined ? {} : { ownerReferences: [this.#owner] });
    if (Buffer.byteLength(object.data?.[RECORD_FILE] ?? "") > MOST_BYTES) throw new Refused(413, `the body is too long for a job's record, ${MOST_BYTES} bytes: shorten its tags`);
    return this.#api.create("configmaps", object);
  }

  async read(id: string): Promise<JobRecord | undefined> {
    const found = await this.get(id);
    return found === undefined ? undefined : recordIn(found);
  }

  /** Its object, which owns the job's Jobs. */
  async get(id: string): Promise<ConfigMap | undefined> {
    if (!/^[0-9a-f-]+$/.test(id)) return undefined;
    const found = await this.#api.get<ConfigMap>("configmaps", recordName(id));
    return found === undefined || !isOf(this.#endpoint, found.metadata.labels) ? undefined : found;
  }

  /** The newest first. */
  async list(standings: readonly Standing[]): Promise<JobRecord[]> {
    return (await this.objects(standings)).map(recordIn).sort((a, b) => (a.createdAt === b.createdAt ? (a.id < b.id ? -1 : 1) : a.createdAt < b.createdAt ? 1 : -1));
  }

  objects(standings: readonly Standing[]): Promise<ConfigMap[]> {
    return this.#api.list<ConfigMap>("configmaps", recordsOf(this.#endpoint, standings));
  }

  /** Changes the record as it is; a change that gives nothing is none. Nothing when there is no such record. */
  async change(id: string, change: (record: JobRecord) => JobRecord | undefined): Promise<JobRecord | undefined> {
    for (let tried = 0; tried < TRIES; tried++) {
      const found = await this.get(id);
      if (found === undefined) return undefined;
      const before = recordIn(found);
      const after = change(before);
      if (after === undefined) return before;
      const { labels: _, ...metadata } = found.metadata;
      if (await this.#api.replace("configmaps", this.#object(found.metadata.name, after, hasEnded(after) ? "ended" : "open", metadata))) return after;
    }
    throw new Refused(503, `job ${id} is being changed by others: try again`, "ServiceUnavailable");
  }

  /** By the name of its object; what it owns goes with it. */
  remove(name: string): Promise<void> {
    return this.#api.remove("configmaps", name, "Background");
  }

  #object(name: string, record: JobRecord, standing: Standing, metadata: object): ConfigMap {
    return { apiVersion: "v1", kind: "ConfigMap", metadata: { ...metadata, name, labels: recordLabels(this.#endpoint, record, standing) }, data: { [RECORD_FILE]: JSON.stringify(record) } } as ConfigMap;
  }
}

/** Of what goes with a record. */
export const ownedBy = ({ metadata: { name, uid } }: ConfigMap) => ({ apiVersion: "v1", kind: "ConfigMap", name, uid });

/** What it says. */
export const recordIn = ({ data }: ConfigMap): JobRecord => JSON.parse(data?.[RECORD_FILE] ?? "{}") as JobRecord;
