/**
 * What everybody outside the scoring container may know about it: names on the wire, names in the environment, paths in the image, and the
 * options of `serve`. Compilers write these options, the container reads them, so that one list serves Kubernetes and localhost.
 */

/** Routes of the server contract. Under a path prefix they stand behind it. */
export const ROUTES = { health: "/", score: "/score", swagger: "/swagger.json" } as const;

/**
 * What the platform asks, never behind a prefix and without a key. `startup`: every worker has been ready once. `readiness`: one can take a
 * request now, and the server is not draining. `liveness`: the server itself works; a restart would help if it did not.
 */
export const PROBES = { startup: "/startupz", readiness: "/readyz", liveness: "/livez", metrics: "/metrics" } as const;

/** Header names, lower case as Node gives them. */
export const HEADERS = {
  /** On a request: which deployment must answer. On a response: which one did. */
  deployment: "azureml-model-deployment",
  /** On a 424: the status that the container answered. */
  modelStatus: "ms-azureml-model-error-statuscode",
  /** On a 424 or 429: why, one of {@link MODEL_REASONS}. */
  modelReason: "ms-azureml-model-error-reason",
  /** Milliseconds that the model took. */
  modelTime: "ms-azureml-model-time",
  requestId: "x-request-id",
  clientRequestId: "x-ms-client-request-id",
} as const;

/** Values of {@link HEADERS.modelReason}. */
export const MODEL_REASONS = { error: "model_error", notReady: "model_not_ready", tooManyPending: "too_many_pending_request" } as const;

/** Environment variables of Azure's inference server that the container and its workers honour. */
export const ENVIRONMENT = {
  appRoot: "AML_APP_ROOT",
  entryScript: "AZUREML_ENTRY_SCRIPT",
  modelDir: "AZUREML_MODEL_DIR",
  workerCount: "WORKER_COUNT",
  workerTimeoutSeconds: "WORKER_TIMEOUT",
  scoringTimeoutMs: "SCORING_TIMEOUT_MS",
  serverVersionHeader: "SERVER_VERSION_LOG_RESPONSE_ENABLED",
  corsOrigins: "AML_CORS_ORIGINS",
  configFile: "AZUREML_CONFIG_FILE",
  healthPort: "HEALTH_PORT",
  /** The original's spelling. */
  separateHealth: "SEPERATE_HEALTH_ENDPOINT",
  preload: "WORKER_PRELOAD",
  appInsightsEnabled: "AML_APP_INSIGHTS_ENABLED",
  appInsightsKey: "AML_APP_INSIGHTS_KEY",
  serviceName: "SERVICE_NAME",
  serviceVersion: "SERVICE_VERSION",
  servicePathPrefix: "SERVICE_PATH_PREFIX",
  workspaceName: "WORKSPACE_NAME",
} as const;

/** Environment variables of our own: from the deployment to the front, where no flag says it, and from the front to its workers. */
export const WORKER_ENVIRONMENT = {
  maxBatchSize: "INFERENCE_ENDPOINTS_MAX_BATCH_SIZE",
  maxBatchWaitMs: "INFERENCE_ENDPOINTS_MAX_BATCH_WAIT_MS",
  logFormat: "INFERENCE_ENDPOINTS_LOG_FORMAT",
} as const;

/** Where Azure's images put things, and so does ours. */
export const CONTAINER = {
  port: 5001,
  appRoot: "/var/azureml-app",
  modelRoot: "/var/azureml-app/azureml-models",
  keys: "/var/run/inference-endpoints/keys",
  /** The file of `--tokens`. */
  tokens: "/var/run/inference-endpoints/tokens",
  /** What opens the API server: `token` and `ca.crt`. */
  cluster: "/var/run/inference-endpoints/cluster",
  /** The folder of `--data-collector`'s file, and the one that it writes to. */
  collector: "/var/run/inference-endpoints/collector",
  collected: "/var/run/inference-endpoints/collected",
  /** What brings a model from a URI, before the server starts. It has Python packages of its own, so that a script's never clash with them. */
  fetch: { python: "/opt/fetch/bin/python", script: "/opt/inference-endpoints/dist/scoring/fetch/main.py" },
} as const;

/** Environment variable of our own: `false` leaves out what a front says of its settings when it starts. */
export const BANNER = "INFERENCE_ENDPOINTS_BANNER";

/** The largest request body, in bytes, unless an option says otherwise: what nginx in Azure's images takes (100 MB). */
export const MAX_BODY_BYTES = 100 * 1024 * 1024;

/** How long running requests may take to end after SIGTERM, in milliseconds: gunicorn's graceful timeout. */
const DRAIN_MS = 30_000;
/** A longer timer would fire at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The same for a front with these limits: a request that is within them is never cut off. */
export const drainMs = ({ maxQueueWaitMs = 0, requestTimeoutMs = 0 }: Pick<ServeOptions, "maxQueueWaitMs" | "requestTimeoutMs">): number =>
  Math.min(Math.max(DRAIN_MS, requestTimeoutMs + maxQueueWaitMs), LONGEST_TIMER_MS);

/**
 * `raw`: the statuses of the inference server's own contract. `managed`: what a caller of Azure's router sees (401, 404 for another
 * deployment's name, 408, 424 for any answer but 200, 429).
 */
export type Statuses = "raw" | "managed";

/** Options of `inference-endpoints serve`. Absent means the default named here. */
export interface ServeOptions {
  /** Address to listen on. Default 127.0.0.1; the image says 0.0.0.0. */
  readonly host?: string;
  /** 0 lets the system choose. Default 5001. */
  readonly port?: number;
  /** Path of the Python, JavaScript or TypeScript scoring script, from where the command stands, else from `AML_APP_ROOT`. Absent: the model folder decides (MLflow, ONNX). */
  readonly entryScript?: string;
  /** Folder of the model, `AZUREML_MODEL_DIR`. */
  readonly modelDir?: string;
  /** Number of workers, each running one request at a time. Default `WORKER_COUNT`, else 1. */
  readonly workerCount?: number;
  /** Python interpreter of the workers. Default `python3`. */
  readonly python?: string;
  /** Name carried by every response; a request that names another in the header gets 404. Default none. */
  readonly deployment?: string;
  /** Default `raw`. */
  readonly statuses?: Statuses;
  /** A prefix stripped from every path, such as `/endpoints/ml/credit`. Default none. */
  readonly pathPrefix?: string;
  /** Where the two keys are: a JSON file or a folder with `primaryKey` and `secondaryKey`. Absent: no authentication. */
  readonly keys?: string;
  /** Requests held at once, running and queued; one more is 429. Default no limit. */
  readonly maxInFlight?: number;
  /** Milliseconds until 408. Default no limit. */
  readonly requestTimeoutMs?: number;
  /** Milliseconds that a request may wait for a worker, then 429. Default no limit. */
  readonly maxQueueWaitMs?: number;
  /** Bytes of a request body, above it 413. Default {@link MAX_BODY_BYTES}. */
  readonly maxBodyBytes?: number;
  /** Name of the model in the routes of the Open Inference Protocol, `/v2/models/<name>`. Default: the deployment's name, else `model`. */
  readonly modelName?: string;
  /** A JSON file that says which tokens are accepted: issuer, audience, keys, callers. Default: no tokens. */
  readonly tokens?: string;
  /** Requests that one call of the model may answer together: 1 is no batching. Default 1. */
  readonly maxBatchSize?: number;
  /**
   * Milliseconds that a batch which is not full may wait for more; 0: it takes what is there. Default: after several requests at once, for as many
   * again, up to a third of what a run costs however few it answers, and 100 ms; a request that comes to a free worker alone does not wait.
   */
  readonly maxBatchWaitMs?: number;
  /** A worker is replaced after so many requests. Default never. */
  readonly maxRequests?: number;
  /** The requests above vary by up to so many at random, so that workers are not replaced all at once. Default 0. */
  readonly maxRequestsJitter?: number;
  /** A port of its own for `/metrics`, 0 for any. Default: `/metrics` stands on the main port, outside the prefix. */
  readonly metricsPort?: number;
  /** `text`: lines of Azure's images; `json`: one object a line. Default `text`. */
  readonly logFormat?: LogFormat;
  /** A JSON file that says what to collect of requests and answers, and where it goes. Default: nothing is collected. */
  readonly dataCollector?: string;
  /** Where the reason goes when a worker cannot start. Default `/dev/termination-log` where it exists. */
  readonly terminationLog?: string;
  /** Address of a scoring route of another server, such as `http://127.0.0.1:8080/predict`, which answers in place of workers. */
  readonly upstreamScoring?: string;
  /** Address that answers 2xx when that server is ready. Default: its port accepts connections. */
  readonly upstreamReadiness?: string;
  /** Address that answers 2xx as long as that server is alive. Default: not asked. */
  readonly upstreamLiveness?: string;
  /** Path prefixes, separated by commas, that go to that server as they are, such as `/v1`; `/` is every path. Default none. */
  readonly upstreamPaths?: string;
  /**
   * The command that starts that server, as a JSON list. `{port}` in it stands for a port that is free, which then takes the place of the ports
   * in the addresses. Default: somebody else starts it.
   */
  readonly upstreamCommand?: string;
  /** Origins, separated by commas, whose pages may call; `*` is any. Default `AML_CORS_ORIGINS`, else none. */
  readonly corsOrigins?: string;
  /** Port of a second listener that answers the same, for health checks. Default `HEALTH_PORT`, else 5000; opened only when `SEPERATE_HEALTH_ENDPOINT` is `true`. */
  readonly healthPort?: number;
  /** A JSON file with values for the environment variables above, which flags and environment override. Default `AZUREML_CONFIG_FILE`, else `config.json` of the app root or beside the script. */
  readonly configFile?: string;
  /** Key of an Application Insights resource, a UUID. Default `AML_APP_INSIGHTS_KEY`. */
  readonly appInsightsKey?: string;
}

/** How log lines are written. */
export type LogFormat = "text" | "json";

/** Every flag of `serve` with the option it sets, in the order of {@link serveArguments}. */
export const FLAGS: readonly (readonly [keyof ServeOptions, string])[] = [
  ["host", "--host"],
  ["port", "--port"],
  ["entryScript", "--entry_script"],
  ["modelDir", "--model_dir"],
  ["workerCount", "--worker_count"],
  ["python", "--python"],
  ["deployment", "--deployment"],
  ["statuses", "--statuses"],
  ["pathPrefix", "--path-prefix"],
  ["keys", "--keys"],
  ["maxInFlight", "--max-in-flight"],
  ["requestTimeoutMs", "--request-timeout-ms"],
  ["maxQueueWaitMs", "--max-queue-wait-ms"],
  ["maxBodyBytes", "--max-body-bytes"],
  ["modelName", "--model-name"],
  ["tokens", "--tokens"],
  ["maxBatchSize", "--max-batch-size"],
  ["maxBatchWaitMs", "--max-batch-wait-ms"],
  ["maxRequests", "--max-requests"],
  ["maxRequestsJitter", "--max-requests-jitter"],
  ["metricsPort", "--metrics-port"],
  ["logFormat", "--log-format"],
  ["dataCollector", "--data-collector"],
  ["terminationLog", "--termination-log"],
  ["upstreamScoring", "--upstream-scoring"],
  ["upstreamReadiness", "--upstream-readiness"],
  ["upstreamLiveness", "--upstream-liveness"],
  ["upstreamPaths", "--upstream-paths"],
  ["upstreamCommand", "--upstream-command"],
  ["corsOrigins", "--access_control_allow_origins"],
  ["healthPort", "--health_port"],
  ["configFile", "--config_file"],
  ["appInsightsKey", "--appinsights_instrumentation_key"],
];

/** The flags of `serve` for these options, in a fixed order. Flags that `azmlinfsrv` has keep its spelling, with underscores. */
export const serveArguments = (options: ServeOptions): string[] =>
  FLAGS.flatMap(([key, flag]) => (options[key] === undefined ? [] : [flag, String(options[key])]));

/** How often a new folder of collected data begins. */
export const ROLLING_RATES = ["year", "month", "day", "hour", "minute"] as const;

/** The file of `--data-collector`: `dataCollector` of a deployment, with where the data comes from and where it goes. */
export interface DataCollectorFile {
  /** Names of the first two folders, and of the source that events name. */
  readonly endpoint: string;
  readonly deployment: string;
  /** `source` of every event. Default `/onlineEndpoints/<endpoint>/deployments/<deployment>`. */
  readonly source?: string;
  /** `modelversion` of every event. Default: what a script's collector says, else none. */
  readonly modelVersion?: string;
  /** `request` and `response` are the payloads of `/score`; at most five others are those of `Collector(name=…)` in the script. */
  readonly collections: Readonly<Record<string, { readonly enabled?: boolean; readonly samplingRate?: number }>>;
  /** Share of the events kept, 0 to 1, where a collection does not say. Default 1. */
  readonly samplingRate?: number;
  /** Default `hour`. */
  readonly rollingRate?: (typeof ROLLING_RATES)[number];
  /** Request headers kept with `request`, as attributes without dashes. */
  readonly requestLogging?: { readonly captureHeaders: readonly string[] };
  /** Bytes of a payload; of a longer one the event is kept without data. Default 1 MB. */
  readonly maxPayloadBytes?: number;
  /** Bytes of payloads that may wait for the sink; what comes on top is dropped and counted. Default 32 MB. */
  readonly maxWaitingBytes?: number;
  /** Name of the files: one writer each. Default `<hostname>-<process id>`. */
  readonly instance?: string;
  /** A folder, relative to this file's; or an address that takes batches of CloudEvents by POST. */
  readonly sink: { readonly folder: string } | { readonly url: string; readonly headers?: Readonly<Record<string, string>> };
}

/** What a front tells the process that forked it, over Node's IPC channel. */
export type FrontMessage =
  /** It accepts connections; workers may still be starting. */
  | { readonly type: "listening"; readonly port: number }
  /** Every worker's `init()` has ended. */
  | { readonly type: "ready" }
  /** A worker cannot start: the script's own error, with file and reason. The process exits with 3 after it, with 94 where only debugpy is missing. */
  | {
      readonly type: "failed";
      readonly reason: string;
      /** The Python module that is not installed, when that is what is wrong. */
      readonly missingModule?: string;
    };

/** Exit codes of `serve`: 1 for wrong arguments or a port in use, 3 for a wrong config file and when a worker cannot start (as gunicorn's "worker failed to boot"). */
export const EXIT = { usage: 1, workerFailed: 3 } as const;
