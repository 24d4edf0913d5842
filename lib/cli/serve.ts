/** `inference-endpoints serve`: the scoring server alone, with the flags of `azmlinfsrv`. */
import { runFront } from "../scoring/online/process.ts";

const HELP = `Usage: inference-endpoints serve [--entry_script score.py] [--model_dir folder] [options]

Serves a Python scoring script, or without one the ONNX model in the model folder.

  --entry_script <path>       scoring script, relative to AML_APP_ROOT (default: the working directory) [AZUREML_ENTRY_SCRIPT]
  --model_dir <folder>        folder of the model, handed to the script as AZUREML_MODEL_DIR [AZUREML_MODEL_DIR]
  --port <n>                  0 lets the system choose (default 5001)
  --host <address>            (default 127.0.0.1)
  --worker_count <n>          workers, each running one request at a time (default 1) [WORKER_COUNT]
  --python <path>             interpreter of the workers (default python3)
  --statuses <raw|managed>    raw: those of the scoring contract; managed: as Azure's router answers (default raw)
  --deployment <name>         name carried by every response; a request that names another gets 404
  --path-prefix <path>        stripped from every path
  --keys <file|folder>        primaryKey and secondaryKey, as JSON or as files; without it there is no authentication
  --max-in-flight <n>         requests held at once; one more gets 429
  --request-timeout-ms <n>    until 408
  --max-queue-wait-ms <n>     wait for a worker until 429
  --max-body-bytes <n>        largest request body, above it 413 (default 104857600)

Also from the environment: WORKER_TIMEOUT (seconds, 300), SCORING_TIMEOUT_MS (3600000).
`;

/** Serves until SIGTERM. Exit codes: 0 drained, 1 wrong arguments or a port in use, 3 the script or model cannot be served. */
export async function serve(argv: readonly string[]): Promise<void> {
  if (argv.includes("--help") || argv.includes("-h")) return void process.stdout.write(HELP);
  await runFront(argv);
}
