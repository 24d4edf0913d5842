/** What a worker thread and the front hand each other: bodies in one piece, as many requests as it can answer soon, streams at their reader's pace. */
import { describe, expect, test, vi } from "vitest";
import { ThreadBody, smallBody } from "../../lib/scoring/online/thread-body.ts";
import { Outbox, TEXT_BYTES, WINDOW_BYTES, bufferOf } from "../../lib/scoring/online/thread-messages.ts";
import { Pace } from "../../lib/scoring/online/thread-pace.ts";
import { ThreadStream } from "../../lib/scoring/online/thread-stream.ts";
import { utf8Problem } from "../../lib/scoring/online/python-utf8.ts";

describe("a body", () => {
  const parts = Array.from({ length: 40 }, (_, at) => Buffer.alloc(10_000, at));
  const whole = Buffer.concat(parts);
  const gathered = (declared: number | undefined, offset = 0): Buffer => {
    const body = new ThreadBody(declared, offset);
    for (const part of parts) body.add(part);
    return bufferOf(body.take());
  };

  test.each([undefined, whole.length, 1, 10 * whole.length])("comes out as it went in, whatever length was declared: %s", (declared) => {
    expect(gathered(declared)).toEqual(whole);
  });

  test("begins where its numbers can be read", () => {
    expect(gathered(whole.length, 5).byteOffset % 8).toBe(5);
    expect(gathered(undefined, 5)).toEqual(whole);
  });

  test("of a declared length is never copied again", () => {
    const body = new ThreadBody(whole.length);
    body.add(parts[0] as Buffer);
    for (const part of parts.slice(1)) body.add(part);
    expect((body.take() as Uint8Array).buffer.byteLength).toBe(whole.length);
  });

  test("that is small is text, each character a byte", () => {
    expect(smallBody([Buffer.from([0, 255]), Buffer.from("ü")])).toBe("\u0000\u00ff\u00c3\u00bc");
    expect(bufferOf("\u0000\u00ff\u00c3\u00bc")).toEqual(Buffer.from([0, 255, 0xc3, 0xbc]));
    expect(smallBody([Buffer.alloc(TEXT_BYTES)])).toHaveLength(TEXT_BYTES);
    expect(smallBody([Buffer.alloc(TEXT_BYTES), Buffer.alloc(1)])).toBeUndefined();
    expect(new ThreadBody(0).take()).toBe("");
  });
});

test("messages go in one post, and the buffers in them are moved", () => {
  const posts: [unknown[], ArrayBuffer[]][] = [];
  const outbox = new Outbox<readonly unknown[]>((messages, transfers) => posts.push([messages, transfers]));
  const bytes = new Uint8Array(3);
  outbox.flush();
  outbox.put([1, "text"]);
  outbox.put([2, bytes]);
  outbox.flush();
  outbox.flush();
  expect(posts).toEqual([[[[1, "text"], [2, bytes]], [bytes.buffer]]]);
});

describe("a thread is given", () => {
  /** The depth after many answers, each bundle of `count` taking so long. */
  const depth = (ms: number, count: number): number => {
    vi.useFakeTimers({ toFake: ["performance"] });
    try {
      const pace = new Pace(16);
      pace.began();
      for (let at = 0; at < 100; at++) {
        vi.advanceTimersByTime(ms);
        pace.answered(count);
      }
      return pace.depth;
    } finally {
      vi.useRealTimers();
    }
  };

  test.each([
    [0.1, 1, 16],
    [1, 4, 16],
    [1.1, 1, 9],
    [100, 1, 2],
    [17, 16, 9],
  ])("as many as it answers soon: %s ms for %s", (ms, count, expected) => expect(depth(ms, count)).toBe(expected));

  test("two until it is known", () => expect(new Pace(16).depth).toBe(2));
});

describe("a stream", () => {
  const half = new Uint8Array(WINDOW_BYTES / 2);
  async function* items(count: number, ended: () => void): AsyncGenerator<Uint8Array> {
    try {
      for (let at = 0; at < count; at++) yield half;
    } finally {
      ended();
    }
  }

  test("waits for its reader, and goes on", async () => {
    const sent: number[] = [];
    const ended = vi.fn<() => void>();
    const stream = new ThreadStream(items(5, ended));
    const pumped = stream.pump((chunk) => sent.push(chunk.length));
    await new Promise((resolve) => setImmediate(resolve));
    expect(sent).toHaveLength(2);
    stream.credit(half.length);
    await new Promise((resolve) => setImmediate(resolve));
    expect(sent).toHaveLength(3);
    stream.credit(10 * half.length);
    await pumped;
    expect(sent).toHaveLength(5);
    expect(ended).toHaveBeenCalledOnce();
  });

  test("that nobody reads any more is ended where it is", async () => {
    const ended = vi.fn<() => void>();
    const stream = new ThreadStream(items(1000, ended));
    const pumped = stream.pump(() => {});
    await new Promise((resolve) => setImmediate(resolve));
    stream.stop();
    await pumped;
    expect(ended).toHaveBeenCalledOnce();
  });

  test("sends copies: what makes the items may use its buffer again", async () => {
    const bytes = new Uint8Array([1]);
    const sent: Uint8Array[] = [];
    await new ThreadStream((async function* () { yield bytes; bytes[0] = 2; yield bytes; })()).pump((chunk) => sent.push(chunk));
    expect(sent).toEqual([new Uint8Array([1]), new Uint8Array([2])]);
  });
});

test("bytes that are UTF-8 have no problem", () => {
  for (const text of ["", "a", "ü", "€", "😀", "\u07ff\u0800\ud7ff\ue000\uffff", "\u{10ffff}"]) expect(utf8Problem(Buffer.from(text))).toBeUndefined();
});
