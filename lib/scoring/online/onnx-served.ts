/** Serves an ONNX model. */
import { groups, joins, runJoined } from "./onnx-batch.ts";
import type { OnnxModel, Tensors } from "./onnx-model.ts";
import { portsSchema } from "./onnx-schema.ts";
import { scoreReader } from "./onnx-score.ts";
import type { Task } from "./onnx-task.ts";
import { answering, describe, threadLog } from "./thread-log.ts";
import { InputError } from "./input-error.ts";
import { messageAnswer } from "./thread-served.ts";
import type { Answer, Served, ThreadRequest } from "./thread-served.ts";
import { errorAnswer, inferReader } from "./v2-infer.ts";
import type { Description } from "./worker.ts";

/** What is asked of the model beside itself. */
export interface OnnxServing {
  /** In the answers of the Open Inference Protocol. */
  readonly modelName: string;
  /** Rows that one run may have when requests are joined; 1: they are not. */
  readonly maxRows: number;
}

export class OnnxServed implements Served {
  readonly description: Description;
  /** One after another all the same: the runtime's calls do not return before they are done. */
  readonly concurrency = Infinity;
  readonly #model: OnnxModel;
  readonly #maxRows: number;
  readonly #score: ReturnType<typeof scoreReader>;
  readonly #infer: ReturnType<typeof inferReader>;

  constructor(model: OnnxModel, { modelName, maxRows }: OnnxServing) {
    const { inputs, outputs } = model;
    this.#model = model;
    this.#maxRows = maxRows;
    this.#score = scoreReader(model);
    this.#infer = inferReader(model, modelName);
    this.description = { schemas: { input: portsSchema(inputs), output: portsSchema(outputs) }, tensors: { inputs, outputs }, batches: maxRows > 1 && joins(model) };
  }

  async answer(request: ThreadRequest): Promise<Answer> {
    const task = this.#read(request);
    return "status" in task ? task : this.#alone(task);
  }

  async answerBatch(requests: readonly ThreadRequest[]): Promise<Answer[]> {
    const read = requests.map((request) => this.#read(request));
    const names = new Map(read.map((each, at) => [each, requests[at]?.name ?? ""]));
    const answers = new Map<Task, Answer>();
    for (const group of groups(read.flatMap((each) => ("status" in each ? [] : [each])), this.#maxRows)) {
      const made = await answering(group.map((task) => names.get(task) ?? ""), () => this.#together(group, names));
      group.forEach((task, at) => answers.set(task, made[at] ?? task.failed()));
    }
    return read.map((each) => ("status" in each ? each : (answers.get(each) ?? each.failed())));
  }

  #read(request: ThreadRequest): Task | Answer {
    const infer = request.target.startsWith("/v2/");
    try {
      return infer ? this.#infer(request) : this.#score(request.body);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return infer ? errorAnswer(400, error.message) : messageAnswer(400, error.message, false);
    }
  }

  async #alone(task: Task): Promise<Answer> {
    try {
      const started = performance.now();
      const results = await this.#model.run(task.feeds, task.fetches);
      return task.answer(results, performance.now() - started);
    } catch (error) {
      threadLog("W", `the model failed: ${error instanceof Error ? error.message : describe(error)}`);
      return task.failed();
    }
  }

  /** Where the run as such fails, each request runs alone: one of them may be the reason. */
  async #together(group: readonly Task[], names: ReadonlyMap<Task | Answer, string>): Promise<Answer[]> {
    const [only] = group;
    if (group.length === 1 && only !== undefined) return [await this.#alone(only)];
    let results: Tensors[];
    const started = performance.now();
    try {
      results = await runJoined(this.#model, group);
    } catch (error) {
      threadLog("W", `the model failed for ${group.length} requests together, each is run alone: ${error instanceof Error ? error.message : describe(error)}`);
      return Promise.all(group.map((task) => answering([names.get(task) ?? ""], () => this.#alone(task))));
    }
    const ms = performance.now() - started;
    return group.map((task, at) => task.answer(results[at] ?? {}, ms));
  }
}
