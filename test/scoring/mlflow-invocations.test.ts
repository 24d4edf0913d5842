/** The other routes of an MLflow model: `mlflow models serve` of the same version, and ours: the same requests, the same answers. */
import { post } from "./harness.ts";
import type { Reply } from "./harness.ts";
import { beside, mlflowServe } from "./mlflow-servers.ts";
import type { Asked } from "./mlflow-servers.ts";

const COLUMNS = ["sepal_length", "sepal_width", "petal_length", "petal_width"];
const ROWS = [
  [5.1, 3.5, 1.4, 0.2],
  [6.3, 3.3, 6, 2.5],
];
const RECORDS = ROWS.map((row) => Object.fromEntries(COLUMNS.map((name, at) => [name, row[at]])));
const KINDS = { boolean: true, integer: 1, long: 2, float: 0.1, double: 0.2, string: "x", datetime: "2020-01-02T03:04:05", binary: "YWI=" };
const CHAT = { messages: [{ role: "user", content: "é" }] };

const invoke = (body: unknown, type = "application/json"): Asked => [
  "/invocations",
  { method: "POST", body: typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body), headers: { "Content-Type": type } },
];
const csv = (body: string | Buffer, type = "text/csv"): Asked => invoke(body, type);
const split = (data: unknown, columns: unknown = COLUMNS, more: object = {}): Asked => invoke({ dataframe_split: { columns, data, ...more } });

const everywhere: Record<string, Asked> = {
  ping: ["/ping"],
  health: ["/health"],
  version: ["/version"],
  "ping with a query": ["/ping?a=1"],
  split: split(ROWS),
  records: invoke({ dataframe_records: RECORDS }),
  instances: invoke({ instances: ROWS }),
  "instances of records": invoke({ instances: RECORDS }),
  inputs: invoke({ inputs: ROWS }),
  "inputs by name": invoke({ inputs: Object.fromEntries(COLUMNS.map((name, at) => [name, ROWS.map((row) => row[at])])) }),
  chat: invoke(CHAT),
  "input of language models": invoke({ input: "x" }),
  "prompt of language models": invoke({ prompt: ["x"], temperature: 2 }),
  csv: csv(`${COLUMNS.join(",")}\n${ROWS.map((row) => row.join(",")).join("\n")}\n`),
  "text in inputs": invoke({ inputs: "x" }),
  "texts in inputs": invoke({ inputs: ["x", "y"] }),
  "nothing in inputs": invoke({ inputs: null }),
};

const bodies: Record<string, Asked> = {
  "no known key": invoke({ data: ROWS }),
  "two known keys": invoke({ inputs: ROWS, instances: ROWS }),
  "other keys beside": invoke({ inputs: ROWS, other: 1 }),
  "a list": invoke(ROWS),
  "a text": invoke('"x"'),
  "an empty object": invoke({}),
  "not JSON": invoke("{not json"),
  "empty body": invoke(""),
  "not UTF-8": invoke(Buffer.from([0x7b, 0xff, 0x7d])),
  "byte order mark": invoke("\ufeff{}"),
  "content type with a charset": invoke({ inputs: ROWS }, "application/json; charset=UTF-8"),
  "content type with another charset": invoke({ inputs: ROWS }, "application/json; charset=latin-1"),
  "content type with a parameter": invoke({ inputs: ROWS }, "application/json; version=1"),
  "content type in capitals": invoke({ inputs: ROWS }, "Application/JSON"),
  "content type nobody knows": invoke("x", "text/plain"),
  "content type of forms": invoke("a=1", "application/x-www-form-urlencoded"),
  "no content type": ["/invocations", { method: "POST", body: "{}" }],
  "empty content type": invoke("{}", ""),
  "CSV not UTF-8": csv(Buffer.from([0xff, 0x0a])),
  "CSV without rows": csv(`${COLUMNS.join(",")}\n`),
  "CSV of nothing": csv(""),
  "CSV with other columns": csv("a,b\n1,2\n"),
  "CSV with texts": csv(`${COLUMNS.join(",")}\na,b,c,d\n`),
  "CSV with gaps": csv(`${COLUMNS.join(",")}\n1,,3,4\n`),
  "CSV with ragged rows": csv("a,b\n1,2,3\n4\n"),
  "not Parquet": invoke("x", "application/vnd.apache.parquet"),
  "split without columns": invoke({ dataframe_split: { data: ROWS } }),
  "split without data": invoke({ dataframe_split: { columns: COLUMNS } }),
  "split with an index": split(ROWS, COLUMNS, { index: ["a", "b"] }),
  "split with other keys": split(ROWS, COLUMNS, { name: "x" }),
  "split of a list": invoke({ dataframe_split: ROWS }),
  "split of a number": invoke({ dataframe_split: 1 }),
  "split with rows of other lengths": split([[1, 2, 3, 4], [1]]),
  "split without rows": split([]),
  "split with a missing column": split([[1, 2, 3]], COLUMNS.slice(1)),
  "split with an extra column": split([[1, 2, 3, 4, "x"]], [...COLUMNS, "extra"]),
  "split in another order": split([[0.2, 1.4, 3.5, 5.1]], COLUMNS.toReversed()),
  "split with integers": split([[5, 3, 1, 0]]),
  "split with texts": split([["a", "b", "c", "d"]]),
  "split with numbers in texts": split([["1", "2", "3", "4"]]),
  "split with nulls": split([[null, 2, 3, 4]]),
  "split with NaN": invoke(`{"dataframe_split": {"columns": ${JSON.stringify(COLUMNS)}, "data": [[NaN, 1, 2, Infinity]]}}`),
  "split with integers too large": split([["9".repeat(30), 1, 2, 3]]),
  "records of an object": invoke({ dataframe_records: RECORDS[0] }),
  "records of a text": invoke({ dataframe_records: "x" }),
  "records of numbers": invoke({ dataframe_records: [1, 2] }),
  "records with a missing key": invoke({ dataframe_records: [{ sepal_length: 1 }] }),
  "instances of an object": invoke({ instances: RECORDS[0] }),
  "instances, ragged": invoke({ instances: [[1, 2, 3, 4], [1]] }),
  "instances of one dimension": invoke({ instances: [1, 2, 3, 4] }),
  "inputs of too many columns": invoke({ inputs: [[1, 2, 3, 4, 5]] }),
  "inputs of three dimensions": invoke({ inputs: [ROWS] }),
  "params nobody asked for": invoke({ inputs: ROWS, params: { a: 1 } }),
  "params that are no object": invoke({ inputs: ROWS, params: [1] }),
};

const params = (given: unknown): Asked => invoke({ dataframe_split: { columns: ["a", "b"], data: [[1, 2.5]] }, params: given });
const deed = (text: string): Asked => invoke({ inputs: [text] });

const cases: Record<string, Record<string, Asked>> = {
  frame: { ...bodies, "GET of invocations": ["/invocations"], "PUT of ping": ["/ping", { method: "PUT" }], "POST of version": ["/version", post("x")] },
  tensor: bodies,
  kinds: {
    "every kind": invoke({ dataframe_records: [KINDS] }),
    "every kind by column": invoke({ inputs: Object.fromEntries(Object.entries(KINDS).map(([name, value]) => [name, [value]])) }),
    "every kind as an instance": invoke({ instances: [KINDS] }),
    "every kind in CSV": csv(`${Object.keys(KINDS).join(",")}\n${Object.values(KINDS).join(",")}\n`),
    "number for an integer": invoke({ dataframe_records: [{ ...KINDS, integer: 1.5 }] }),
    "null for a text": invoke({ dataframe_records: [{ ...KINDS, string: null }] }),
    "no date": invoke({ dataframe_records: [{ ...KINDS, datetime: "never" }] }),
    "no base64": invoke({ dataframe_records: [{ ...KINDS, binary: 1 }] }),
    "with the optional one": invoke({ dataframe_records: [{ ...KINDS, maybe: 1.5 }] }),
  },
  params: {
    "no params": params(undefined),
    "null params": params(null),
    "empty params": params({}),
    "some params": params({ scale: 3 }),
    "all params": params({ scale: 0.5, label: "é", ids: [3, 4, 5] }),
    "unknown params": params({ other: 1 }),
    "params of a wrong kind": params({ scale: "x" }),
    "params that are no object": params([1]),
    "params in text": params("x"),
    "params of a language model": invoke({ input: "x", scale: 3 }),
  },
  named: {
    named: invoke({ inputs: { a: [[1, 2]], b: [3] } }),
    "named instances": invoke({ instances: [{ a: [1, 2], b: 3 }] }),
    "one missing": invoke({ inputs: { a: [[1, 2]] } }),
    "wrong shape": invoke({ inputs: { a: [[1, 2, 3]], b: [3] } }),
  },
  odd: Object.fromEntries(
    ["none", "nan", "array", "datetimes", "series", "frame", "bytes", "scalar", "dict", "set", "text", "value error", "mlflow error", "timeout error", "sleep", "else"].map((name) => [name, deed(name)]),
  ),
  chat: {
    "chat with parameters": invoke({ ...CHAT, temperature: 0.5 }),
    "chat with a wrong role": invoke({ messages: [{ content: 1 }] }),
    "chat of nobody": invoke({ messages: [] }),
    "chat in records": invoke({ dataframe_records: [CHAT] }),
  },
  texts: { "a number": invoke({ inputs: ["x", 1] }), "with params": invoke({ inputs: ["x"], params: { a: 1 } }), empty: invoke({ inputs: [] }) },
  whens: { dates: invoke({ inputs: ["2020-01-02T03:04:05"] }), "no dates": invoke({ inputs: ["x"] }) },
};

/** Only where a model sleeps: elsewhere a busy machine may take its time. */
const environment = (model: string): NodeJS.ProcessEnv => (model === "odd" ? { MLFLOW_SCORING_SERVER_REQUEST_TIMEOUT: "5" } : {});

/** What both must agree on: our front adds ids and its version. A stack trace is there or not, its text is nobody's contract. */
function comparable(reply: Reply): unknown {
  const headers = Object.fromEntries(Object.entries(reply.headers).map(([name, value]) => [name.toLowerCase(), value]));
  const body = reply.body.replace(/("stack_trace": ")(?:[^"\\]|\\.)*"/, '$1…"');
  const { "content-type": type, allow } = headers;
  return { status: reply.status, type, allow, body, length: headers["content-length"] === String(Buffer.byteLength(reply.body)) };
}

beside(cases, everywhere, { oracle: mlflowServe, environment, sent: (asked) => asked, comparable });
