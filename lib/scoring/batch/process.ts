/** The invocation service as a process: signals, the parent's channel, exit codes. */
import { EXIT, type FrontMessage } from "../contract.ts";
import { either, openKeys } from "../online/auth.ts";
import { listen } from "../online/listen.ts";
import { fail, flush, info, logAs } from "../online/log.ts";
import { openTokens } from "../online/tokens.ts";
import { accountOf, inCluster } from "./cluster/access.ts";
import { connect } from "./cluster/api.ts";
import { ClusterJobs } from "./cluster/cluster-jobs.ts";
import { FolderStore } from "./folder-store.ts";
import type { JobService } from "./job-service.ts";
import { Jobs } from "./jobs.ts";
import { BatchOptionsError, parseBatchOptions, type BatchSettled } from "./options.ts";
import { batchServer } from "./server.ts";
import { readClusterFile, readServiceFile } from "./service-file.ts";

/** Serves until a signal. Jobs that run then stay open in their store: the next service goes on with them. */
export async function runBatchService(argv: readonly string[], help = ""): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {}); // whoever read the log is gone: that must not end the service
  try {
    await start(argv);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (error instanceof BatchOptionsError) process.stdout.write(help);
    fail(reason);
    tell({ type: "failed", reason }, () => process.exit(EXIT.usage));
  }
}

async function start(argv: readonly string[]): Promise<void> {
  const options = parseBatchOptions(argv);
  logAs(options.logFormat, {});
  const door = either(options.keys === undefined ? undefined : await openKeys(options.keys), options.tokens === undefined ? undefined : await openTokens(options.tokens));
  const jobs = open(options.jobs);
  const server = batchServer({ jobs, prefix: options.pathPrefix, door });
  const port = await listen(server, { host: options.host, port: options.port, flag: "--port" });
  let ending: Promise<void> | undefined;
  const end = (): Promise<void> =>
    (ending ??= (async () => {
      server.close();
      server.closeIdleConnections();
      await jobs.close();
      flush();
      process.exit(0);
    })());
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void end());
  process.once("disconnect", () => void end()); // the parent is gone
  tell({ type: "listening", port });
  info(`listening on port ${port}`);
  tell({ type: "ready" });
}

const open = (where: BatchSettled["jobs"]): JobService => {
  if (!("cluster" in where)) return new Jobs(readServiceFile(where.service), new FolderStore(where.folder));
  const file = readClusterFile(where.cluster);
  const access = inCluster();
  return new ClusterJobs(file, connect(access), accountOf(access.token()));
};

/** To the process that forked us, if one did. */
function tell(message: FrontMessage, then: () => void = () => {}): void {
  if (process.send === undefined || !process.connected) return then();
  process.send(message, undefined, undefined, then);
}
