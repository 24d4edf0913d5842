/** `/score` of MLflow models without code: azmlinfsrv with Azure's script, and ours: the same requests, the same answers. */
import { comparable } from "./azmlinfsrv.ts";
import { post } from "./harness.ts";
import { beside, genuine } from "./mlflow-servers.ts";
import type { Asked } from "./mlflow-servers.ts";

const COLUMNS = ["sepal_length", "sepal_width", "petal_length", "petal_width"];
const ROWS = [
  [5.1, 3.5, 1.4, 0.2],
  [6.3, 3.3, 6, 2.5],
];
const KINDS = {
  columns: ["boolean", "integer", "long", "float", "double", "string", "datetime", "binary"],
  index: [0],
  data: [[true, 1, 2, 0.1, 0.2, "x", "2020-01-02T03:04:05", "YWI="]],
};

const score = (body: unknown): Asked => ["/score", post(typeof body === "string" ? body : JSON.stringify(body))];
const input = (data: unknown, params?: unknown): Asked => score({ input_data: data, ...(params === undefined ? {} : { params }) });
const frame = (data: unknown, columns: readonly unknown[] = COLUMNS, index: unknown = (data as unknown[]).map((_, at) => at)): Asked => input({ columns, index, data });
const typed = (type: string | undefined): Asked => ["/score", { method: "POST", body: '{"input_data": []}', headers: type === undefined ? {} : { "Content-Type": type } }];

/** Sent to every model. */
const everywhere: Record<string, Asked> = {
  swagger: ["/swagger.json"],
  "swagger 3": ["/swagger.json?version=3"],
  "swagger 3.1": ["/swagger.json?version=3.1"],
  "swagger 9": ["/swagger.json?version=9"],
  frame: frame(ROWS),
  list: input(ROWS),
  null: input(null),
  "empty object": input({}),
  "empty list": input([]),
  text: input("hello"),
  number: input(1),
  "no input_data": score({ data: ROWS }),
};

const bodies: Record<string, Asked> = {
  "empty body": score(""),
  "not JSON": score("{"),
  "trailing junk": score('{"input_data": 1} x'),
  "not an object": score("[1]"),
  "not UTF-8": ["/score", post(Buffer.from([0x22, 0xff, 0x22]))],
  "UTF-16": ["/score", post(Buffer.from('\ufeff{"input_data": 1}', "utf16le"))],
  "no content type": typed(undefined),
  "text content type": typed("text/plain"),
  "form content type": typed("application/x-www-form-urlencoded"),
  "content type with a charset": typed("application/json; charset=utf-8"),
  "JSON-like content type": typed("application/vnd.x+json"),
  GET: ["/score"],
  "GET with a query": ["/score?input_data=%5B%5B1%2C2%2C3%2C4%5D%5D"],
  "GET with text": ["/score?input_data=x"],
  "id too long": ["/score", post("{}", { "x-request-id": "a".repeat(101) })],
};

const frames: Record<string, Asked> = {
  "one row": frame([ROWS[0]]),
  "one row again": frame([ROWS[0]]),
  integers: frame([[5, 3, 1, 0]]),
  "integers and numbers": frame([ROWS[0], [5, 3, 1, 0]]),
  "many digits": score(`{"input_data": {"columns": ${JSON.stringify(COLUMNS)}, "index": [0], "data": [[5.123456789012345678, 0.1234567890123456789, 1e-300, 1.7976931348623157e308]]}}`),
  "index of its own": frame(ROWS, COLUMNS, [7, 9]),
  "index of texts": frame(ROWS, COLUMNS, ["a", "b"]),
  "index of dates": frame(ROWS, COLUMNS, [1577836800, 1577836801]),
  "index too short": frame(ROWS, COLUMNS, [0]),
  "no index": input({ columns: COLUMNS, data: ROWS }),
  "no columns": input({ data: ROWS }),
  "other order": frame([[0.2, 1.4, 3.5, 5.1]], COLUMNS.toReversed()),
  "missing column": frame([[1, 2, 3]], COLUMNS.slice(1)),
  "extra column": frame([[1, 2, 3, 4, 5]], [...COLUMNS, "extra"]),
  "extra column of texts": frame([[1, 2, 3, 4, "x"]], [...COLUMNS, "extra"]),
  "extra column like a date": frame([[1, 2, 3, 4, 1577836800]], [...COLUMNS, "date"]),
  "twice the same column": frame([[1, 2, 3, 4, 5]], [...COLUMNS, "petal_width"]),
  "columns that are numbers": frame([[1, 2, 3, 4]], [0, 1, 2, 3]),
  "rows of other lengths": frame([[1, 2, 3, 4], [1]]),
  "no rows": frame([]),
  "numbers in texts": frame([["5.1", "3.5", "1.4", "0.2"]]),
  texts: frame([["a", "b", "c", "d"]]),
  nulls: frame([[null, 3.5, 1.4, 0.2]]),
  "NaN and infinities": score(`{"input_data": {"columns": ${JSON.stringify(COLUMNS)}, "index": [0], "data": [[NaN, Infinity, -Infinity, 1]]}}`),
  booleans: frame([[true, false, true, false]]),
  "integers too large": frame([["1"], [2]], ["sepal_length"]),
  "huge integer": score(`{"input_data": {"columns": ["sepal_length"], "index": [0], "data": [[${"9".repeat(30)}]]}}`),
  "more keys than three": input({ columns: COLUMNS, index: [0], data: [ROWS[0]], name: "x" }),
  "split in text": input(JSON.stringify({ columns: COLUMNS, index: [0], data: [ROWS[0]] })),
  "input_data in input_data": input({ input_data: { columns: COLUMNS, index: [0], data: [ROWS[0]] } }),
  records: input([Object.fromEntries(COLUMNS.map((name, at) => [name, at]))]),
  "named lists": input(Object.fromEntries(COLUMNS.map((name, at) => [name, [at]]))),
  "params nobody asked for": input({ columns: COLUMNS, index: [0], data: [ROWS[0]] }, { a: 1 }),
};

const params = (given: unknown): Asked => input({ columns: ["a", "b"], index: [0, 1], data: [[1, 2], [3, 4.5]] }, given);
const deed = (text: string): Asked => input([text]);

const cases: Record<string, Record<string, Asked>> = {
  frame: { ...bodies, ...frames },
  example: frames,
  tensor: {
    ...bodies,
    "one row": input([ROWS[0]]),
    integers: input([[1, 2, 3, 4]]),
    "three columns": input([[1, 2, 3]]),
    "one dimension": input([1, 2, 3, 4]),
    "three dimensions": input([ROWS]),
    ragged: input([[1, 2, 3, 4], [1]]),
    texts: input([["a", "b", "c", "d"]]),
    nulls: input([[null, 1, 2, 3]]),
    named: input({ x: ROWS }),
  },
  "tensor-example": { integers: input([[1, 2, 3, 4]]) },
  plain: { ...bodies, ...frames, "one dimension": input([1, 2, 3, 4]), "list in text": input(JSON.stringify(ROWS)), "input_data in a list": input(["input_data"]) },
  named: {
    named: input({ a: [[1, 2], [3, 4]], b: [5, 6] }),
    "named, numbers for integers": input({ a: [[1, 2]], b: [5.5] }),
    "one missing": input({ a: [[1, 2]] }),
    "one too many": input({ a: [[1, 2]], b: [5], c: [6] }),
    "wrong shape": input({ a: [[1, 2, 3]], b: [5] }),
    "not lists": input({ a: 1, b: 2 }),
  },
  params: {
    "no params": params(undefined),
    "null params": params(null),
    "empty params": params({}),
    "some params": params({ scale: 3 }),
    "all params": params({ scale: 0.5, label: "é", ids: [3, 4, 5] }),
    "unknown params": params({ other: 1 }),
    "params of a wrong kind": params({ scale: "x" }),
    "a list for a scalar": params({ scale: [1] }),
    "params that are no object": params([1]),
    "params in text": params("{}"),
    "GET with params": ["/score?input_data=%7B%22columns%22%3A%5B%22a%22%2C%22b%22%5D%2C%22index%22%3A%5B0%5D%2C%22data%22%3A%5B%5B1%2C2%5D%5D%7D&params=%7B%22scale%22%3A5%7D"],
  },
  kinds: {
    "every kind": input(KINDS),
    "a null": input({ ...KINDS, data: [[true, 1, 2, 0.1, 0.2, null, "2020-01-02T03:04:05", "YWI="]] }),
    "no date": input({ ...KINDS, data: [[true, 1, 2, 0.1, 0.2, "x", "no date", "YWI="]] }),
    "number for an integer": input({ ...KINDS, data: [[true, 1.5, 2, 0.1, 0.2, "x", "2020-01-02", "YWI="]] }),
  },
  odd: Object.fromEntries(
    ["none", "nan", "array", "datetimes", "series", "frame", "bytes", "scalar", "dict", "set", "text", "value error", "mlflow error", "timeout error", "sleep", "else"].map((name) => [name, deed(name)]),
  ),
  words: {
    texts: input(["a", "b"]),
    "texts and numbers": input(["a", 1]),
    "inner parameters": input({ input_string: ["a"], parameters: { scale: 3 } }),
    "inner parameters and others": input({ input_string: ["a"], more: 1, parameters: { scale: 3 } }),
    params: input(["a"], { scale: 3 }),
  },
  question: {
    question: input({ question: "q", context: "c" }),
    questions: input({ question: ["q", "r"], context: ["c", "d"] }),
    "a number": input({ question: 1, context: "c" }),
    inner: input({ input_data: { question: "q", context: "c" } }),
  },
  chain: {
    texts: input(["a", "b"]),
    "JSON in text": input('["a"]'),
    objects: input([{ a: "b", c: ["d"] }]),
    "objects with numbers": input([{ a: 1 }]),
    "object of texts": input({ a: "b" }),
    "object with numbers": input({ a: [1] }),
    "input_data in input_data": input({ input_data: "x" }),
  },
};

/** Only where a model sleeps: elsewhere a busy machine may take its time. */
const environment = (model: string): NodeJS.ProcessEnv => (model === "odd" ? { SCORING_TIMEOUT_MS: "5000" } : {});

const sent = ([path, options]: Asked): Asked => [path, { ...options, headers: { Host: "test", Connection: "close", ...options?.headers } }];
beside(cases, everywhere, { oracle: genuine, environment, sent, comparable });
