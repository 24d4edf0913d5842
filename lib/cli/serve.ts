/** `inference-endpoints serve`: the scoring server alone, with the flags of `azmlinfsrv` and more. */
import { runFront } from "../scoring/online/process.ts";

const HELP = `Usage: inference-endpoints serve [--entry_script score.py] [--model_dir folder] [options]

Serves a scoring script; without one the MLflow or ONNX model in the model folder; or stands before another HTTP server.
Names in brackets are variables of the environment, which flags override, and which override the config file.

What is served
  --entry_script <path>        score.py, score.js or score.ts, from here or from AML_APP_ROOT (default: here) [AZUREML_ENTRY_SCRIPT]
  --model_dir <folder>         folder of the model, handed to the script as it is written [AZUREML_MODEL_DIR]
  --model-name <name>          name in the routes /v2/models/<name> of an ONNX model (default: --deployment, else model)
  --python <path>              interpreter of Python scripts and MLflow models (default python3)

Workers
  --worker_count <n>           workers, each running one request at a time (default 1) [WORKER_COUNT]
  --max-batch-size <n>         requests that one call of the model may answer together (default 1)
                               [INFERENCE_ENDPOINTS_MAX_BATCH_SIZE]
  --max-batch-wait-ms <n>      a batch that is not full waits so long for more (default: for as long as it pays, up to a third of a run)
                               [INFERENCE_ENDPOINTS_MAX_BATCH_WAIT_MS]
  --max-requests <n>           a worker is replaced after so many requests (default never)
  --max-requests-jitter <n>    they vary by up to so many at random (default 0)

Another server in place of workers
  --upstream-scoring <url>     its scoring route, such as http://127.0.0.1:8080/predict
  --upstream-readiness <url>   answers 2xx when it is ready (default: its port accepts connections)
  --upstream-liveness <url>    answers 2xx as long as it is alive (default: not asked)
  --upstream-paths <list>      prefixes that go there as they are, such as /v1,/docs; / is every path
  --upstream-command <json>    starts it, such as '["python3", "app.py", "{port}"]'; {port} is one that is free (default: somebody else does)

Address
  --host <address>             (default 127.0.0.1)
  --port <n>                   0 lets the system choose (default 5001)
  --health_port <n>            second port, when SEPERATE_HEALTH_ENDPOINT is true (default 5000) [HEALTH_PORT]
  --metrics-port <n>           port of its own for /metrics (default: it stands on --port)
  --path-prefix <path>         stripped from every path, such as /endpoints/credit
  --access_control_allow_origins <list>
                               origins whose pages may call; * is any [AML_CORS_ORIGINS]

Who may call, and how much
  --keys <file|folder>         primaryKey and secondaryKey, as JSON or as files; without it and --tokens, everybody
  --tokens <file>              JSON: which tokens are accepted (issuer, audience, keys, callers)
  --max-in-flight <n>          requests held at once; one more gets 429 (default no limit)
  --request-timeout-ms <n>     until 408 (default no limit)
  --max-queue-wait-ms <n>      wait for a worker until 429 (default no limit)
  --max-body-bytes <n>         largest request body, above it 413 (default 104857600)

What answers and logs look like
  --deployment <name>          carried by every response; a request that names another gets 404
  --statuses <raw|managed>     raw: those of the scoring contract; managed: as Azure's router answers (default raw)
  --log-format <text|json>     text: lines of Azure's images; json: one object a line (default text)
                               [INFERENCE_ENDPOINTS_LOG_FORMAT]
  --data-collector <file>      JSON: what to collect of requests and answers, and where it goes (default nothing)
  --termination-log <file>     gets the reason when the server cannot start (default /dev/termination-log, where that exists)
  --appinsights_instrumentation_key <uuid>
                               key of an Application Insights resource, which gets a record per request [AML_APP_INSIGHTS_KEY]

  --config_file <file>         JSON: values for variables of the environment (default: config.json in AML_APP_ROOT or beside the script)
                               [AZUREML_CONFIG_FILE]

From the environment only: AML_APP_ROOT, AZUREML_SOURCE_DIRECTORY, WORKER_TIMEOUT (seconds, 300; 0 is none), WORKER_PRELOAD (load once, fork
the Python workers), SCORING_TIMEOUT_MS (3600000), SERVICE_NAME, SERVICE_VERSION, SERVICE_PATH_PREFIX, SERVER_VERSION_LOG_RESPONSE_ENABLED,
SEPERATE_HEALTH_ENDPOINT, AML_APP_INSIGHTS_ENABLED, APP_INSIGHTS_LOG_RESPONSE_ENABLED, AZUREML_DEBUG_PORT, OTEL_*.
`;

/** Serves until SIGTERM. Exit codes: 0 drained, 1 wrong arguments or a port in use, 3 the script, model or config file cannot be served. */
export async function serve(argv: readonly string[]): Promise<void> {
  if (argv.includes("--help") || argv.includes("-h")) return void process.stdout.write(HELP);
  await runFront(argv, HELP, true);
}
