/** What is compared: how each server is started in its documented production settings, one worker each, and how it is asked. */
import { fileURLToPath } from "node:url";

export const MODELS = ["echo", "logistic", "forest"] as const;
/** `echo`: the server's own cost. The others are scikit-learn on the iris data set: a LogisticRegression, and a forest of 100 trees. */
export type Model = (typeof MODELS)[number];

/** What a server's start depends on. */
export interface Start {
  readonly model: Model;
  /** Where to listen, and two more free ports. */
  readonly ports: readonly [number, number, number];
  /** The environment's `bin`, with a slash at the end. */
  readonly bin: string;
  /** Folder with `<model>/model.joblib`, and `<model>/` folders that mlflow saved. */
  readonly models: string;
  readonly mlflowModels: string;
}

export interface Server {
  /** For `--only`. */
  readonly id: string;
  /** In the table. */
  readonly name: string;
  /** Name of the folder with its requirements.txt: whose environment it runs in. */
  readonly environment: string;
  readonly models: readonly Model[];
  readonly command: (start: Start) => readonly string[];
  readonly env?: (start: Start) => Readonly<Record<string, string>>;
  /** Answers 200 once the model is loaded. */
  readonly health: string;
  readonly path: (model: Model) => string;
  readonly body: (row: readonly number[]) => unknown;
  /** Where the values stand in the answer. */
  readonly values: readonly (string | number)[];
  /** The connection ends with each answer, because the server or, for `Connection: close` in the request, the client wants it. */
  readonly closes?: "server" | "client";
  /** Requests that wait together are answered by one call of the model. */
  readonly batches?: true;
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const joblib = ({ models, model }: Start): string => `${models}/${model}/model.joblib`;
const modelEnv = (start: Start): Record<string, string> => (start.model === "echo" ? {} : { MODEL: joblib(start) });
const data = (row: readonly number[]): unknown => ({ data: [row] });
const PREDICT = ["logistic", "forest"] as const;
const BATCH = 16;

const azureFlags = (script: string, { ports, models, model }: Start): string[] => {
  const folder = model === "echo" ? [] : ["--model_dir", `${models}/${model}`];
  return ["--entry_script", here(script), "--port", String(ports[0]), ...folder];
};
const azureScript = (model: Model): string => (model === "echo" ? "azmlinfsrv/echo.py" : "azmlinfsrv/predict.py");

const azure = { environment: "azmlinfsrv", health: "/", path: () => "/score", body: data, values: ["predictions"] } as const;
const serve = (start: Start, script: string, ...flags: string[]): string[] => {
  const main = here("../../../dist/cli/main.js");
  return [process.execPath, main, "serve", ...azureFlags(script, start), "--python", `${start.bin}python`, ...flags];
};

const ours: readonly Server[] = [
  { ...azure, id: "ours", name: "ours", models: MODELS, command: (start) => serve(start, azureScript(start.model)) },
  { ...azure, id: "ours-close", name: "ours, Connection: close", models: ["echo", "logistic"], closes: "client", command: (start) => serve(start, azureScript(start.model)) },
  {
    ...azure,
    id: "ours-batch",
    name: "ours, micro-batching",
    models: PREDICT,
    batches: true,
    command: (start) => serve(start, "ours/batch.py", "--max-batch-size", String(BATCH)),
  },
  {
    ...azure,
    id: "ours-onnx",
    name: "ours, ONNX in Node",
    models: ["logistic"],
    values: ["label"],
    command: ({ ports }) => [process.execPath, here("../../../dist/cli/main.js"), "serve", "--model_dir", here("../../scoring/fixtures/onnx/iris"), "--port", String(ports[0])],
  },
];

const mlserver = {
  environment: "mlserver",
  health: "/v2/models/iris/ready",
  path: () => "/v2/models/iris/infer",
  body: (row: readonly number[]) => ({ id: "1", inputs: [{ name: "predict", shape: [1, row.length], datatype: "FP64", data: [row] }] }),
  values: ["outputs", 0, "data"],
  command: ({ bin }: Start) => [`${bin}mlserver`, "start", here("mlserver")],
} as const;
const mlserverEnv = (start: Start): Record<string, string> => ({
  MLSERVER_HTTP_PORT: String(start.ports[0]),
  MLSERVER_GRPC_PORT: String(start.ports[1]),
  MLSERVER_METRICS_PORT: String(start.ports[2]),
  MLSERVER_MODEL_NAME: "iris",
  PYTHONPATH: here("mlserver"),
  ...(start.model === "echo"
    ? { MLSERVER_MODEL_IMPLEMENTATION: "echo.Echo" }
    : { MLSERVER_MODEL_IMPLEMENTATION: "mlserver_sklearn.SKLearnModel", MLSERVER_MODEL_URI: joblib(start) }),
});

const bentoml = {
  environment: "bentoml",
  health: "/readyz",
  path: (model: Model) => (model === "echo" ? "/echo" : "/predict"),
  body: data,
  values: [],
  env: (start: Start) => ({ ...modelEnv(start), BENTOML_DO_NOT_TRACK: "True" }),
} as const;
const bento = (service: string, { bin, ports }: Start): string[] => {
  const where = ["--working-dir", here("bentoml"), "--host", "127.0.0.1", "--port", String(ports[0])];
  return [`${bin}bentoml`, "serve", `service:${service}`, ...where];
};

const litserve = {
  environment: "litserve",
  health: "/health",
  path: () => "/predict",
  body: data,
  values: ["predictions"],
  command: ({ bin }: Start) => [`${bin}python`, here("litserve/server.py")],
} as const;
const litEnv = (start: Start): Record<string, string> => ({ ...modelEnv(start), PORT: String(start.ports[0]) });

const peers: readonly Server[] = [
  { ...azure, id: "azmlinfsrv", name: "azmlinfsrv", models: MODELS, closes: "server", command: (start) => [`${start.bin}azmlinfsrv`, ...azureFlags(azureScript(start.model), start)] },
  {
    id: "fastapi",
    name: "FastAPI + uvicorn",
    environment: "fastapi",
    models: MODELS,
    command: ({ bin, ports }) => [`${bin}uvicorn`, "--app-dir", here("fastapi"), "app:app", "--host", "127.0.0.1", "--port", String(ports[0]), "--workers", "1"],
    env: modelEnv,
    health: "/health",
    path: (model) => (model === "echo" ? "/echo" : "/predict"),
    body: data,
    values: ["predictions"],
  },
  {
    id: "kserve",
    name: "KServe",
    environment: "kserve",
    models: MODELS,
    command: ({ bin, ports }) => [`${bin}python`, here("kserve/server.py"), "--http_port", String(ports[0]), "--enable_grpc", "false", "--model_name", "iris"],
    env: modelEnv,
    health: "/v1/models/iris",
    path: () => "/v1/models/iris:predict",
    body: (row) => ({ instances: [row] }),
    values: ["predictions"],
  },
  { ...mlserver, id: "mlserver", name: "MLServer", models: MODELS, env: mlserverEnv },
  {
    ...mlserver,
    id: "mlserver-batch",
    name: "MLServer, adaptive batching",
    models: PREDICT,
    batches: true,
    env: (start) => ({ ...mlserverEnv(start), MLSERVER_MODEL_MAX_BATCH_SIZE: String(BATCH), MLSERVER_MODEL_MAX_BATCH_TIME: "0.002" }),
  },
  {
    id: "mlflow",
    name: "mlflow models serve",
    environment: "mlflow",
    models: MODELS,
    command: ({ bin, ports, model, mlflowModels }) =>
      [`${bin}mlflow`, "models", "serve", "-m", `${mlflowModels}/${model}`, "--env-manager", "local", "-h", "127.0.0.1", "-p", String(ports[0]), "--workers", "1"],
    env: () => ({ MLFLOW_DISABLE_TELEMETRY: "true" }),
    health: "/ping",
    path: () => "/invocations",
    body: (row) => ({ inputs: [row] }),
    values: ["predictions"],
  },
  { ...bentoml, id: "bentoml", name: "BentoML", models: MODELS, command: (start) => bento(start.model === "echo" ? "Echo" : "Predict", start) },
  { ...bentoml, id: "bentoml-batch", name: "BentoML, adaptive batching", models: PREDICT, batches: true, command: (start) => bento("Batch", start) },
  { ...litserve, id: "litserve", name: "LitServe", models: MODELS, env: litEnv },
  { ...litserve, id: "litserve-batch", name: "LitServe, batching", models: PREDICT, batches: true, env: (start) => ({ ...litEnv(start), BATCH: String(BATCH) }) },
];

/** In the order of the tables. */
export const SERVERS: readonly Server[] = [...ours, ...peers];

/** The values in an answer, or the answer itself where there are none. */
export function valuesOf(server: Server, answer: unknown): unknown {
  let found = answer;
  for (const key of server.values) found = (found as Record<string | number, unknown> | null | undefined)?.[key];
  return Array.isArray(found) ? found.flat(2) : answer;
}
