/**
 * What everybody outside the scoring container may know about it: names on the wire, names in the environment, paths in the image, and the
 * options of `serve`. Compilers write these options, the container reads them, so that one list serves Kubernetes and localhost.
 */

/** Routes of the server contract. Under a path prefix they stand behind it. */
export const ROUTES = { health: "/", score: "/score", swagger: "/swagger.json" } as const;

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
} as const;

/** Where Azure's images put things, and so does ours. */
export const CONTAINER = {
  port: 5001,
  appRoot: "/var/azureml-app",
  modelRoot: "/var/azureml-app/azureml-models",
  keys: "/var/run/inference-endpoints/keys",
} as const;

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
  /** Path of the Python or JavaScript scoring script, relative to `AML_APP_ROOT`. Absent: the model folder decides (ONNX). */
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
}

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
];

/** The flags of `serve` for these options, in a fixed order. Flags that `azmlinfsrv` has keep its spelling, with underscores. */
export const serveArguments = (options: ServeOptions): string[] =>
  FLAGS.flatMap(([key, flag]) => (options[key] === undefined ? [] : [flag, String(options[key])]));

/** What a front tells the process that forked it, over Node's IPC channel. */
export type FrontMessage =
  /** It accepts connections; workers may still be starting. */
  | { readonly type: "listening"; readonly port: number }
  /** Every worker's `init()` has ended. */
  | { readonly type: "ready" }
  /** A worker cannot start: the script's own error, with file and reason. The process exits with 3 after it. */
  | {
      readonly type: "failed";
      readonly reason: string;
      /** The Python module that is not installed, when that is what is wrong. */
      readonly missingModule?: string;
    };

/** Exit codes of `serve`: 1 for wrong arguments, 3 when a worker cannot start (as gunicorn's "worker failed to boot"). */
export const EXIT = { usage: 1, workerFailed: 3 } as const;
