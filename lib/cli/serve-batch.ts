/** `inference-endpoints serve-batch`: the invocation service of a batch endpoint alone. */
import { runBatchJob } from "../scoring/batch/cluster/pod.ts";
import { runBatchService } from "../scoring/batch/process.ts";

const HELP = `Usage: inference-endpoints serve-batch --service file.json --jobs folder [options]
       inference-endpoints serve-batch --cluster file.json [options]

Takes batch jobs over HTTP (POST /jobs, GET /jobs, GET /jobs/{id}, POST /jobs/{id}/cancel, POST /jobs/{id}/resume) and runs them in worker
processes of this machine, or as Jobs and Workflows of the cluster whose pod it stands in. A service that ends leaves its jobs open, and the next
one goes on with them.

  --service <file>             JSON: the endpoint's deployments (lib/scoring/contract/batch.ts, BatchServiceFile)
  --jobs <folder>              records of the jobs, and outputs of those that name none; made where it is missing
  --cluster <file>             JSON: the deployments and the pods of their jobs (lib/scoring/contract/batch-cluster.ts, BatchClusterFile)
  --host <address>             (default 127.0.0.1)
  --port <n>                   0 lets the system choose (default 5001)
  --path-prefix <path>         stripped from every path, such as /endpoints/credit
  --keys <file|folder>         primaryKey and secondaryKey, as JSON or as files; without it and --tokens, everybody
  --tokens <file>              JSON: which tokens are accepted (issuer, audience, keys, callers)
  --log-format <text|json>     (default text)
`;

/** Runs one instance of a job in a pod, and exits as `JOB_EXIT` says. */
export async function runJob(argv: readonly string[]): Promise<void> {
  await runBatchJob(argv);
}

/** Serves until SIGTERM. Exit codes: 0 ended, 1 wrong arguments, file or keys, or a port in use. */
export async function serveBatch(argv: readonly string[]): Promise<void> {
  if (argv.includes("--help") || argv.includes("-h")) return void process.stdout.write(HELP);
  await runBatchService(argv, HELP);
}
