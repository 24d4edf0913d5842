/** ONNX's own test models, with their stored inputs and outputs: what the front answers is what they say. */
import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { onnxPython } from "./python.ts";

/** Debian's package libonnx-testdata: one folder a model, with `model.onnx` and `test_data_set_0`. */
const CORPUS = "/usr/share/libonnx-testdata/data/node";
/** Every so many of a thousand. */
const EVERY = 6;

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

interface Result {
  readonly model: string;
  readonly ok: boolean;
  readonly why: string;
}

/**
 * What onnxruntime-node 1.30 itself does not run, and says so: types that no request can carry, operators of training and of other
 * domains, sequences and optional values, and locales that the system lacks. A model that fails for any other reason fails the test.
 */
const UNSUPPORTED = /which a request cannot carry|sequences or maps|has no output that is a tensor|not a registered function|is not implemented|NOT_IMPLEMENTED|Could not find an implementation|DecodeError|Unsupported|under development|opset|Failed to construct locale/i;
/** What the runtime answers otherwise than the stored values say: how a float is written as text, and where the largest of a window goes back to. */
const OTHERWISE = ["test_castlike_FLOAT_to_STRING", "test_maxunpool_export_with_output_shape"];
/** Its answer is another each time. */
const RANDOM = /bernoulli|random|dropout|multinomial/;

test("at least 100 models give the stored outputs", async () => {
  if (!existsSync(CORPUS)) throw new Error("the models are not there: apt-get install libonnx-testdata");
  const models = readdirSync(CORPUS).sort().filter((name, at) => at % EVERY === 0 && !RANDOM.test(name)).map((name) => `${CORPUS}/${name}`);
  const { stdout } = await promisify(execFile)(onnxPython, [here("onnx_corpus.py"), process.execPath, here("../../lib/scoring/online/main.ts"), ...models], { maxBuffer: 1 << 26 });
  const results = stdout.trim().split("\n").map((line) => JSON.parse(line) as Result);
  const failed = results.filter(({ ok }) => !ok);
  console.log([`${results.length - failed.length} of ${results.length} models`, ...failed.map(({ model, why }) => `${model}: ${why.replace(/^.*cannot serve: \S+ /s, "").slice(0, 160)}`)].join("\n"));
  expect(results).toHaveLength(models.length);
  expect(failed.filter(({ model, why }) => !UNSUPPORTED.test(why) && !OTHERWISE.includes(model))).toEqual([]);
  expect(results.length - failed.length).toBeGreaterThanOrEqual(100);
});
