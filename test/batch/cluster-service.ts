/** An invocation service over the fake cluster, in the test's own process: what it keeps in memory can be thrown away at any time. */
import { mkdirSync, readFileSync, existsSync, writeFileSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { openKeys } from "../../lib/scoring/online/auth.ts";
import { listen } from "../../lib/scoring/online/listen.ts";
import { connect } from "../../lib/scoring/batch/cluster/api.ts";
import { ClusterJobs } from "../../lib/scoring/batch/cluster/cluster-jobs.ts";
import { batchServer } from "../../lib/scoring/batch/server.ts";
import { batchJobArguments, JOB_VERB, type BatchClusterFile, type BatchJobOptions, type ClusterModel, type PodTemplate } from "../../lib/scoring/contract/batch-cluster.ts";
import type { BatchSettings } from "../../lib/scoring/contract/batch.ts";
import { python } from "../python.ts";
import { Caller } from "./caller.ts";
import { FakeCluster } from "./fake-cluster.ts";
import { fixtures, settings } from "./service.ts";

export const OWNER = { apiVersion: "v1", kind: "ServiceAccount", name: "it", uid: "7d8a" };

/** A deployment of a script of the fixtures. */
export const inPods = (entryScript: string, own: Partial<BatchSettings> = {}, env: Readonly<Record<string, string>> = {}): ClusterModel => ({ kind: "model", settings: settings(own), pod: podFor({ entryScript }, env) });

/** A pod as compilers write it. */
export const podFor = (options: Partial<BatchJobOptions> = {}, env: Readonly<Record<string, string>> = {}): PodTemplate => ({
  metadata: { labels: { team: "cellar" } },
  spec: {
    automountServiceAccountToken: false,
    containers: [
      {
        name: "scoring",
        image: "registry/scoring:1",
        args: [JOB_VERB, ...batchJobArguments(options)],
        env: Object.entries({ AML_APP_ROOT: fixtures, PATH: `${dirname(python)}:${process.env["PATH"]}`, ...env }).map(([name, value]) => ({ name, value })),
      },
    ],
    restartPolicy: "Never",
    serviceAccountName: "it--it",
  },
});

export const fileOf = (deployments: BatchClusterFile["deployments"], own: Partial<BatchClusterFile> = {}): BatchClusterFile => ({
  endpoint: "it",
  defaultDeployment: Object.keys(deployments)[0] as string,
  deployments,
  jobsClaim: "jobs",
  maxConcurrentJobs: 4,
  recordRetentionDays: 30,
  ttlSecondsAfterFinished: 60,
  ...own,
});

/** A service; several may stand over one cluster. */
export class ClusterService extends Caller {
  readonly cluster: FakeCluster;
  readonly url: string;
  readonly jobs: ClusterJobs;
  readonly #stop: () => void;

  private constructor(cluster: FakeCluster, url: string, jobs: ClusterJobs, stop: () => void) {
    super(url);
    this.cluster = cluster;
    this.url = url;
    this.jobs = jobs;
    this.#stop = stop;
  }

  /** `unknownMs`: how long it lets a job be whose deployment it does not know. */
  static async start(file: BatchClusterFile, cluster?: FakeCluster, keys?: string, unknownMs = 0): Promise<ClusterService> {
    const over = cluster ?? (await FakeCluster.start());
    const jobs = new ClusterJobs(file, connect(over.access), OWNER, unknownMs);
    const server = batchServer({ jobs, prefix: "/endpoints/it", door: keys === undefined ? undefined : await openKeys(keys) });
    const port = await listen(server, { host: "127.0.0.1", port: 0, flag: "--port" });
    const stop = (): void => {
      server.close();
      server.closeAllConnections();
      void jobs.close();
    };
    onTestFinished(stop);
    return new ClusterService(over, `http://127.0.0.1:${port}/endpoints/it`, jobs, stop);
  }

  /** It is gone, and the cluster stays. */
  stop(): void {
    this.#stop();
  }

  /** A folder with these files on a claim; its address. */
  input(files: Readonly<Record<string, string>>): string {
    const name = `in-${randomUUID()}`;
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(join(this.cluster.claims, "data", name, file, ".."), { recursive: true });
      writeFileSync(join(this.cluster.claims, "data", name, file), text);
    }
    mkdirSync(join(this.cluster.claims, "data", name), { recursive: true });
    return `pvc://data/${name}`;
  }

  output(): string {
    return `pvc://data/out-${randomUUID()}`;
  }

  path(address: string, name = ""): string {
    return join(this.cluster.claims, address.slice("pvc://".length), name);
  }

  read(address: string, name = "predictions.csv"): string | undefined {
    const path = this.path(address, name);
    return existsSync(path) ? readFileSync(path, "utf8") : undefined;
  }
}

/** The body of an invocation. */
export const overClaim = (input: string, output?: string, more: object = {}): object => ({
  properties: {
    InputData: { data: { JobInputType: "UriFolder", Uri: input } },
    ...(output === undefined ? {} : { OutputData: { score: { JobOutputType: "UriFolder", Uri: output } } }),
    ...more,
  },
});
