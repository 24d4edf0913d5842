/** `@input_schema` and `@output_schema`: bodies, queries, conversions and swagger. */
import { differential, text } from "./azmlinfsrv.ts";
import type { Cases } from "./azmlinfsrv.ts";
import { post } from "./harness.ts";
import type { SendOptions } from "./harness.ts";

const json = (value: unknown, headers: Record<string, string> = {}): SendOptions => post(JSON.stringify(value), headers);

const swagger: Cases = {
  swagger: ["/swagger.json"],
  "swagger 2.0": ["/swagger.json?version=2.0"],
  "swagger 3": ["/swagger.json?version=3"],
  "swagger 3.0": ["/swagger.json?version=3.0"],
  "swagger 3.1": ["/swagger.json?version=3.1"],
  "swagger 9": ["/swagger.json?version=9"],
};

const standard: Cases = {
  ...swagger,
  "a number": ["/score", json({ num: 7 })],
  "all parameters": ["/score", json({ num: 7, nested: { rows: [1, 2.5], name: "x", flag: false }, asis: "2", extra: [1] }, { "X-A": "h" })],
  "a key too many": ["/score", json({ num: 7, more: 1, request_headers: { "X-A": "forged" } })],
  "text for a number": ["/score", json({ num: "7" })],
  "a fraction for a whole number": ["/score", json({ num: 7.5 })],
  "null for a number": ["/score", json({ num: null })],
  "NaN for a number": ["/score", post('{"num": NaN}')],
  "a boolean is a number": ["/score", json({ num: true })],
  "a number of 5000 digits": ["/score", post(`{"num": ${"9".repeat(5000)}}`)],
  "a list for an object": ["/score", json({ num: 1, nested: [] })],
  "null for an optional object": ["/score", json({ num: 1, nested: null })],
  "an empty optional object": ["/score", json({ num: 1, nested: {} })],
  "half an object": ["/score", json({ num: 1, nested: { rows: [1] } })],
  "a wrong type inside": ["/score", json({ num: 1, nested: { rows: ["x"] } })],
  "no value": ["/score", json({})],
  "no value, another key": ["/score", json({ nested: {} })],
  "an empty body": ["/score", post("")],
  "a body of blanks": ["/score", post("  ")],
  "not JSON": ["/score", post("{not json")],
  "trailing junk": ["/score", post('{"num": 1} x')],
  "a list": ["/score", post("[1]")],
  "a text": ["/score", post('"num"')],
  "one key twice": ["/score", post('{"num": 1, "num": 2}')],
  "UTF-16": ["/score", post(Buffer.from('{"num": 7}', "utf16le"))],
  "UTF-8 byte order mark": ["/score", post("\ufeff{\"num\": 7}")],
  "not UTF-8": ["/score", post(Buffer.from([0x7b, 0xff, 0xfe, 0x7d]))],
  "a lone surrogate": ["/score", post('{"num": 1, "extra": "\\ud83d"}')],
  "lists without end": ["/score", post(`{"num": ${"[".repeat(100_000)}`)],
  "text/plain": ["/score", text('{"num": 7}')],
  "no content type": ["/score", { method: "POST", body: '{"num": 7}' }],
  "application/vnd.x+json": ["/score", text('{"num": 7}', "application/vnd.x+json")],
  "application/json with a charset": ["/score", text('{"num": 7}', "Application/JSON; charset=utf-8")],
  "text/x+json": ["/score", text('{"num": 7}', "text/x+json")],
  "form-encoded": ["/score", text("num=7", "application/x-www-form-urlencoded")],
  "chunked body": ["/score", { method: "POST", body: '{"num": 7}', headers: { "Transfer-Encoding": "chunked", "Content-Type": "application/json" } }],
  "GET with values": ["/score?num=7&extra=x&asis=%22a%22"],
  "GET with a repeated value": ["/score?num=7&extra=1&extra=2"],
  "GET with text for a number": ["/score?num=seven"],
  "GET with an object": ["/score?num=1&nested=%7B%22name%22%3A%22x%22%7D"],
  "GET without values": ["/score"],
  "GET with a body": ["/score?num=3", { method: "GET", body: '{"num": 7}', headers: { "Content-Type": "application/json", "Content-Length": "10" } }],
  "HEAD score": ["/score?num=1", { method: "HEAD" }],
  "OPTIONS score": ["/score", { method: "OPTIONS" }],
  "an id too long": ["/score", json({ num: 7 }, { "x-request-id": "a".repeat(101) })],
  "the client's ids": ["/score", json({ num: 7 }, { "x-ms-client-request-id": "C", "x-request-id": "R" })],
};

const types: Cases = {
  ...swagger,
  "nothing at all": ["/score", json({})],
  "a day": ["/score", json({ day: "2026-11-22", moment: "2026-11-22T07:38:36", hour: "07:38:36", blob: "Ynl0ZXM=", mixed: [1, "two", 3] })],
  "a day that is none": ["/score", json({ day: "2026-13-22" })],
  "base64 that is none": ["/score", json({ day: "2026-11-22", moment: "2026-11-22T07:38:36", hour: "07:38:36", blob: "?", mixed: [1] })],
  "a wrong type in a list": ["/score", json({ day: "2026-11-22", moment: "2026-11-22T07:38:36", hour: "07:38:36", blob: "", mixed: ["x", {}] })],
};

const numpy: Cases = {
  ...swagger,
  "an array": ["/score", json({ data: [[1, 2], [3, 4]] })],
  "one row": ["/score", json({ data: [[1, 2]] })],
  "no row": ["/score", json({ data: [] })],
  "three columns": ["/score", json({ data: [[1, 2, 3]] })],
  "one dimension": ["/score", json({ data: [1, 2] })],
  "text in it": ["/score", json({ data: [["x", 2]] })],
  "numbers as text": ["/score", json({ data: [["1", "2"]] })],
  "null in it": ["/score", json({ data: [[null, 2]] })],
  "NaN in it": ["/score", post('{"data": [[NaN, 2]]}')],
  "a number": ["/score", json({ data: 1 })],
  "rows of different length": ["/score", json({ data: [[1, 2], [3]] })],
  records: ["/score", json({ data: [[1, 2]], records: [[7, "abc"]] })],
  "records as objects": ["/score", json({ data: [[1, 2]], records: [{ id: 7, tag: "abc" }] })],
  "GET with an array": ["/score?data=%5B%5B1%2C2%5D%5D"],
};

const row = { a: 1, b: 0.5, c: "x", d: "2026-01-01T00:00:00.000" };
const pandas: Cases = {
  ...swagger,
  records: ["/score", json({ data: [row, { ...row, a: 2, b: 2 }] })],
  "no record": ["/score", json({ data: [] })],
  "a missing column": ["/score", json({ data: [{ a: 1 }] })],
  "a column too many": ["/score", json({ data: [{ ...row, e: 1 }] })],
  "columns in another order": ["/score", json({ data: [{ d: row.d, c: "y", b: 1, a: 3 }] })],
  "text for a number": ["/score", json({ data: [{ ...row, a: "one" }] })],
  "null in it": ["/score", json({ data: [{ ...row, b: null }] })],
  "a date that is none": ["/score", json({ data: [{ ...row, d: "yesterday" }] })],
  "one object": ["/score", json({ data: row })],
  "a text": ["/score", json({ data: "[]" })],
  split: ["/score", json({ data: [row], split: { columns: ["a", "b"], index: [0], data: [[1, 2]] } })],
  "half a split": ["/score", json({ data: [row], split: { columns: ["a"] } })],
};

differential({ "schema_standard.py": standard, "schema_types.py": types, "schema_numpy.py": numpy, "schema_pandas.py": pandas });
