/** From settings to a kind of model: how its workers start, and which routes it has beyond the contract's. */
import { availableParallelism } from "node:os";
import { ENVIRONMENT, WORKER_ENVIRONMENT } from "../contract.ts";
import { findModel } from "./kind.ts";
import { isJsScript, jsWorker } from "./js-worker.ts";
import { warn } from "./log.ts";
import type { Model } from "./model.ts";
import { ONNX_DEPTH, onnxWorker } from "./onnx-worker.ts";
import type { Settings } from "./options.ts";
import { preloadedWorkers } from "./preload.ts";
import { pythonWorker } from "./python-worker.ts";
import { upstreamModel, upstreamOptions } from "./upstream-model.ts";
import { v2Routes } from "./v2.ts";
import type { WorkerKind } from "./worker.ts";

/** A crash of a script's worker loses the one request it runs. */
const SCRIPT_DEPTH = 1;
/** So many more wait where it finds them without waiting for the front. */
const SCRIPT_AHEAD = 3;

/** Where neither `--model-name` nor `--deployment` says how it is called. */
const MODEL_NAME = "model";

/** Chooses: another server, else a script, else what the model folder holds. Throws KindError when there is none of them. */
export function chooseModel(settings: Settings): Model {
  const model = choose(settings);
  if (settings.preload && !isPython(model)) warn(NOT_PYTHON);
  return model;
}

/** Preloaded workers have something in common that must be ended, and no others have. */
const isPython = ({ kind }: Model): boolean => kind.close !== undefined;

const NOT_PYTHON = `${ENVIRONMENT.preload} has no effect here: only workers in Python are forked.`;

function choose(settings: Settings): Model {
  const upstream = upstreamOptions(settings);
  if (upstream !== undefined) return upstreamModel(upstream);
  const { entryScript, modelDir, workerCount } = settings;
  if (entryScript !== undefined && isJsScript(entryScript)) return script(settings, entryScript);
  if (entryScript !== undefined) return { kind: python(settings, "script") };
  const found = findModel(modelDir);
  if (found.kind === "mlflow") return { kind: python(settings, "mlflow"), find: mlflowRoute };
  return onnx(settings, found.file, Math.max(1, Math.floor(availableParallelism() / workerCount)));
}

/** Each worker loads the model itself, or all are forked from a process that has loaded it. What waits at a worker's door is not lost with it. */
function python(settings: Settings, kind: "script" | "mlflow"): WorkerKind {
  const options = { ...settings, kind, environment: workerEnvironment(settings) };
  const workers = settings.preload ? preloadedWorkers(options, settings.workerTimeoutMs) : { start: pythonWorker(options) };
  return { ...workers, depth: SCRIPT_DEPTH, batchDepth: batchDepth(settings), ahead: SCRIPT_AHEAD };
}

function script(settings: Settings, entryScript: string): Model {
  return { kind: { start: jsWorker({ ...settings, entryScript, environment: workerEnvironment(settings) }), depth: SCRIPT_DEPTH, batchDepth: batchDepth(settings) } };
}

function onnx(settings: Settings, file: string, threads: number): Model {
  const { modelName = settings.deployment ?? MODEL_NAME, maxBatchSize, maxBatchWaitMs } = settings;
  const start = onnxWorker({ file, threads, modelName, batching: { maxSize: maxBatchSize, maxWaitMs: maxBatchWaitMs } }, workerEnvironment(settings));
  return { kind: { start, depth: ONNX_DEPTH, batchDepth: batchDepth(settings) }, find: v2Routes(modelName), prepare: asRouted };
}

/** The thread reads the route that the front has found, however the client has written it. No query means anything to it. */
const asRouted: Model["prepare"] = (call, path) => {
  call.target = path;
};

/** While a worker runs one batch, the next gathers at its door. */
const batchDepth = ({ maxBatchSize }: Settings): number => 2 * maxBatchSize;

/** What a Python worker reads of the settings, wherever they came from. */
function workerEnvironment({ maxBatchSize, maxBatchWaitMs, logFormat, environment }: Settings): Record<string, string> {
  return {
    [WORKER_ENVIRONMENT.maxBatchSize]: String(maxBatchSize),
    [WORKER_ENVIRONMENT.maxBatchWaitMs]: String(maxBatchWaitMs ?? ""),
    [WORKER_ENVIRONMENT.logFormat]: logFormat,
    ...environment,
  };
}

const mlflowRoute: Model["find"] = (_method, path) => (MLFLOW_ROUTES.includes(path) ? "worker" : undefined);

/** Those of `mlflow models serve`; its answers to wrong methods are the worker's too. */
const MLFLOW_ROUTES: readonly string[] = ["/invocations", "/ping", "/health", "/version"];
