import { readFileSync } from "node:fs";
import { request } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { describe, expect, it } from "vitest";
import { behind, dial, whole } from "./behind.ts";
import { eventually, ready } from "./harness.ts";

/** A promise that a test fulfils. */
const gate = (): { open: () => void; opened: Promise<void> } => {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
};

/** The start of an answer. */
const begin = (port: number, path: string, body?: string): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const outgoing = request({ port, path, method: body === undefined ? "GET" : "POST", headers: { "Content-Type": "application/json" } }, resolve);
    outgoing.on("error", reject).end(body);
  });

/** As little of an OpenAI-style server as its clients need. */
const openAi =
  (next: Promise<void>[]) =>
  async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (incoming.url === "/v1/models") {
      response.writeHead(200, { "Content-Type": "application/json" });
      return void response.end('{"object":"list","data":[{"id":"tiny","object":"model"}]}');
    }
    const { messages, stream } = JSON.parse(await whole(incoming)) as { messages: { content: string }[]; stream?: boolean };
    const words = (messages.at(-1)?.content ?? "").split(" ");
    if (stream !== true) {
      response.writeHead(200, { "Content-Type": "application/json" });
      return void response.end(JSON.stringify({ choices: [{ message: { role: "assistant", content: words.join(" ") } }] }));
    }
    response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-cache" });
    response.flushHeaders();
    for (const [at, word] of words.entries()) {
      await next[at];
      response.write(`data: ${JSON.stringify({ choices: [{ delta: { content: word } }] })}\n\n`);
    }
    response.end("data: [DONE]\n\n");
  };

describe("an OpenAI-style server behind the front", () => {
  it("answers", async () => {
    const server = await behind((incoming, response) => void openAi([])(incoming, response));
    const front = await ready({ upstreamScoring: server.url("/v1/chat/completions"), upstreamPaths: "/v1", deployment: "blue" });
    const models = await front.send("/v1/models");
    expect([models.status, models.headers["azureml-model-deployment"], JSON.parse(models.body).data[0].id]).toEqual([200, "blue", "tiny"]);
    for (const path of ["/v1/chat/completions", "/score"]) {
      const answer = await begin(front.port, path, JSON.stringify({ messages: [{ content: "good day" }] }));
      expect(JSON.parse(await whole(answer)).choices[0].message.content).toBe("good day");
    }
  });

  it("streams: headers before the first event, and each event before the next is sent", async () => {
    const gates = [gate(), gate(), gate()];
    const server = await behind((incoming, response) => void openAi(gates.map(({ opened }) => opened))(incoming, response));
    const front = await ready({ upstreamScoring: server.url("/v1/chat/completions"), upstreamPaths: "/v1", statuses: "managed" });
    const answer = await begin(front.port, "/v1/chat/completions", JSON.stringify({ stream: true, messages: [{ content: "a b c" }] }));
    expect([answer.statusCode, answer.headers["content-type"], answer.headers["content-length"]]).toEqual([200, "text/event-stream", undefined]);
    const events = answer[Symbol.asyncIterator]();
    for (const [at, word] of ["a", "b", "c"].entries()) {
      gates[at]?.open();
      const text = String((await events.next()).value);
      expect(text).toContain(`{"content":"${word}"}`);
      expect(text.split("data:")).toHaveLength(word === "c" && text.includes("[DONE]") ? 3 : 2);
    }
  });
});

describe("bodies", () => {
  it("reach the server part by part, head first", async () => {
    const parts: string[] = [];
    const heads: string[] = [];
    const server = await behind((incoming, response) => {
      heads.push(incoming.url ?? "");
      incoming.on("data", (chunk) => parts.push(String(chunk)));
      incoming.on("end", () => response.end("all"));
    });
    const front = await ready({ upstreamScoring: server.url("/predict") });
    const line = dial(front.port);
    line.socket.write("POST /score HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    await eventually(() => heads.length === 1);
    line.socket.write("3\r\none\r\n");
    await eventually(() => parts.join("") === "one");
    line.socket.write("3\r\ntwo\r\n0\r\n\r\n");
    await line.until("all");
    expect(parts.join("")).toBe("onetwo");
  });

  it("of 50 MB pass in both directions at once, in little memory", async () => {
    const server = await behind((incoming, response) => {
      response.writeHead(200, { "Content-Type": "application/octet-stream" });
      incoming.pipe(response);
    });
    const front = await ready({ upstreamScoring: server.url("/") });
    await front.send("/score", { method: "POST", body: "warm" });
    const before = peakOf(front.pid);
    const size = 50 * 1024 * 1024;
    const part = Buffer.alloc(256 * 1024, 7);
    const outgoing = request({ port: front.port, path: "/score", method: "POST", headers: { "Content-Length": size } });
    const answered = new Promise<IncomingMessage>((resolve, reject) => outgoing.on("response", resolve).on("error", reject));
    const write = (left: number): void => {
      if (left === 0) return void outgoing.end();
      if (outgoing.write(part)) write(left - part.length);
      else outgoing.once("drain", () => write(left - part.length));
    };
    write(size);
    const answer = await answered;
    // Nobody reads: the server can write no more than the sockets hold, and so it reads no more either.
    let sent = 0;
    let still = 0;
    await eventually(() => {
      const now = outgoing.socket?.bytesWritten ?? 0;
      still = now > sent || now === 0 ? 0 : still + 1;
      sent = now;
      return still > 50;
    });
    expect(sent).toBeLessThan(size);
    let got = 0;
    for await (const chunk of answer) got += (chunk as Buffer).length;
    expect(got).toBe(size);
    expect(peakOf(front.pid) - before).toBeLessThan(40 * 1024);
  });
});

/** The most memory that a process has had, in KB. */
const peakOf = (pid: number): number => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
