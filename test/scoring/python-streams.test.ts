/** Answers of a generator: each item leaves at once; clients that go and generators that fail. */
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually, ready } from "./harness.ts";
import type { TestFront } from "./harness.ts";
import { direct } from "./python-direct.ts";

const ends: (() => void)[] = [];
let front: TestFront;
beforeAll(async () => {
  front = await ready({ entryScript: "streams.py" }, {}, (end) => ends.push(end));
});
afterAll(() => ends.forEach((end) => end()));

const file = (): string => join(mkdtempSync(join(tmpdir(), "scoring-")), "file");

/** An answer whose head has come, and what of its body has. */
async function open(lines: string[], path = "/score"): Promise<{ incoming: IncomingMessage; until: (text: string) => Promise<void>; end: Promise<string> }> {
  const outgoing = request({ host: "127.0.0.1", port: front.port, path, method: "POST", headers: { "Content-Type": "text/plain" } });
  outgoing.end(lines.join("\n"));
  const incoming = await new Promise<IncomingMessage>((resolve, reject) => outgoing.once("response", resolve).once("error", reject));
  outgoing.on("error", () => {});
  let text = "";
  const end = new Promise<string>((resolve, reject) => incoming.once("end", () => resolve(text)).once("error", reject));
  end.catch(() => {});
  incoming.on("data", (chunk: Buffer) => (text += chunk.toString()));
  return { incoming, end, until: (wanted) => eventually(() => text.includes(wanted)) };
}

test("an item is with the client before the next one is made", async () => {
  const [first, second] = [file(), file()];
  const { until, end } = await open(["one", `gate ${first}`, "two", `gate ${second}`, "three"]);
  await until("one");
  writeFileSync(first, "");
  await until("onetwo");
  writeFileSync(second, "");
  expect(await end).toBe("onetwothree");
});

test("a client that leaves ends the generator, and the worker goes on", async () => {
  const [gate, closed] = [file(), file()];
  const pid = (await front.send("/score")).body;
  const { incoming, until } = await open(["one", `gate ${gate}`, "many 1000000"], `/score?closed=${closed}`);
  await until("one");
  incoming.destroy();
  expect(existsSync(closed)).toBe(false);
  writeFileSync(gate, "");
  await eventually(() => existsSync(closed));
  expect((await front.send("/score")).body).toBe(pid);
});

test("a client that reads nothing holds a bounded part of an endless answer, and may leave", async () => {
  const closed = file();
  const { incoming } = await open(["many 1000000"], `/score?closed=${closed}`);
  incoming.pause();
  await new Promise((resolve) => setTimeout(resolve, 300)); // nothing happens, which sends no event
  incoming.destroy();
  await eventually(() => existsSync(closed));
  expect((await front.send("/score")).status).toBe(200);
});

test("a generator that fails breaks the answer off, so that it does not look whole", async () => {
  const { until, end } = await open(["one", "raise on purpose"]);
  await until("one");
  await expect(end).rejects.toMatchObject({ code: "ECONNRESET" }); // "one" has come, the last chunk has not
  await front.logged("ValueError: on purpose");
  expect((await front.send("/score")).status).toBe(200);
});

test("an item that is neither bytes nor text breaks the answer off, and nothing else", async () => {
  const worker = await direct({ entryScript: "batch_streams.py" });
  const floats = worker.ask("floats");
  await expect(floats.answer).rejects.toThrow("lost");
  await floats.received("ab");
  const answers = [await worker.ask("none").answer, await worker.ask("list").answer, await worker.ask("x").answer];
  expect(answers.map(({ status }) => status)).toEqual([500, 500, 200]);
});

test("a generator that fails before its first item is an error like any other", async () => {
  const { incoming, end } = await open(["raise at once"]);
  expect(incoming.statusCode).toBe(500);
  expect(await end).toBe('{"message": "An unexpected internal error occurred. Check the logs for more info."}');
});
