/** The wire is a file: one snapshot per message, read by both languages. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { FRAME, Parts, decodeAnswer, decodeResponse, decoder, encode, encodeRequest } from "../../lib/scoring/online/protocol.ts";
import { python } from "../python.ts";

interface Case {
  name: string;
  type: keyof typeof FRAME;
  request: number;
  body?: string | null;
  method?: string;
  target?: string;
  remote?: string;
  id?: string;
  headers?: string[];
  status?: number;
  json?: unknown;
  payload?: string;
  hex: string;
}

const cases = JSON.parse(readFileSync(new URL("protocol.json", import.meta.url), "utf8")) as Case[];

function encoded(each: Case): Buffer {
  if (each.type === "request") {
    const { method = "", target = "", remote = "", id = "", headers = [], body } = each;
    const parts = typeof body === "string" ? [Buffer.from(body.slice(0, 3), "latin1"), Buffer.from(body.slice(3), "latin1")] : undefined;
    return encodeRequest(each.request, { method, target, remote, id, headers }, parts);
  }
  return encode(FRAME[each.type], each.request, Buffer.from(each.payload ?? "", "latin1"));
}

test("there is a snapshot of every type", () => {
  expect(new Set(cases.map((each) => each.type))).toEqual(new Set(Object.keys(FRAME)));
});

test.each(cases)("$name", (each) => {
  const data = Buffer.from(each.hex, "hex");
  const found: [number, number, Buffer][] = [];
  decoder((type, request, payload) => found.push([type, request, payload]))(data);
  const [[type, request, payload] = [0, 0, Buffer.alloc(0)]] = found;
  expect([found.length, type, request]).toEqual([1, FRAME[each.type], each.request]);
  if (each.type === "response") expect(decodeResponse(payload)).toEqual({ status: each.status, headers: each.headers });
  else if (each.type === "answer") {
    const { content, ...head } = decodeAnswer(payload);
    expect({ ...head, payload: content.toString("latin1") }).toEqual({ status: each.status, headers: each.headers, payload: each.payload });
  } else if (each.json !== undefined) expect(JSON.parse(payload.toString())).toEqual(each.json);
  else expect(encoded(each).toString("hex")).toBe(each.hex);
});

test.each([1, 7, 4096])("frames arrive whole in chunks of %i bytes", (size) => {
  const stream = Buffer.concat(cases.map((each) => Buffer.from(each.hex, "hex")));
  const found: number[] = [];
  const decode = decoder((type) => found.push(type));
  for (let at = 0; at < stream.length; at += size) decode(stream.subarray(at, at + size));
  expect(found).toEqual(cases.map((each) => FRAME[each.type]));
});

test.each(["000000080100000001", "ffffffff0100000001"])("%s is no frame", (hex) => {
  expect(() => decoder(() => {})(Buffer.from(hex, "hex"))).toThrow(RangeError);
});

test("nothing is taken after bytes that are no frames, nor after a frame that was refused", () => {
  const [good, wrong] = [encode(FRAME.finish, 1), Buffer.from("ffffffff0100000001", "hex")];
  const found: number[] = [];
  const after = decoder((type) => found.push(type));
  after(good);
  expect(() => after(wrong)).toThrow(RangeError);
  after(good);
  const refusing = decoder((type) => {
    found.push(type);
    throw new Error("refused");
  });
  expect(() => refusing(Buffer.concat([good, good]))).toThrow("refused");
  refusing(good);
  expect(found).toEqual([FRAME.finish, FRAME.finish]);
});

test("what comes in parts is put together, and has an end", () => {
  const parts = new Parts();
  const chunk = Buffer.from('{"a":');
  parts.add(chunk);
  chunk.fill(0); // a payload is a view of what is read next
  expect(parts.end(Buffer.from("1}"))).toBe('{"a":1}');
  expect(parts.end(Buffer.from("{}"))).toBe("{}");
  const mebibyte = Buffer.alloc(1 << 20);
  for (let at = 0; at < 32; at++) parts.add(mebibyte);
  expect(() => parts.add(Buffer.alloc(1))).toThrow("it says more than 33554432 bytes of itself");
});

test("Python reads and writes the same snapshots", () => {
  const script = fileURLToPath(new URL("protocol_test.py", import.meta.url));
  expect(execFileSync(python, [script], { encoding: "utf8" })).toBe(`${cases.length} messages\n`);
});
