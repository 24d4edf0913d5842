/** The worker thread of a `score.ts` or `score.js`. */
import { workerData } from "node:worker_threads";
import { catchConsole } from "./js-console.ts";
import { explained, loadScript } from "./js-loader.ts";
import { JsServed } from "./js-served.ts";
import type { JsOptions } from "./js-worker.ts";
import { runThread } from "./thread-runner.ts";

const { file, scoringTimeoutMs, batching } = workerData as JsOptions;
catchConsole();
// Not awaited: a script with a top-level await of its own may still be loading when the first message comes.
void runThread(async () => new JsServed(await loadScript(file), scoringTimeoutMs), explained(file), batching);
