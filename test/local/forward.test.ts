import { once } from "node:events";
import { type IncomingMessage, request, type ServerResponse } from "node:http";
import { connect, createServer, type Socket, type AddressInfo } from "node:net";
import { setImmediate } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { Upstream } from "../../lib/local/upstream.ts";
import { freePort } from "../ports.ts";
import { all, answerTo, backend, call, route } from "./support.ts";

/** A front below HTTP: the test says what happens on each connection. */
async function sockets(onConnection: (socket: Socket, count: number) => void) {
  let count = 0;
  const server = createServer((socket) => onConnection(socket.on("error", () => undefined), (count += 1))).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return { deployment: "blue", upstream: new Upstream((server.address() as AddressInfo).port), connections: () => count };
}

test("an upstream is idle when its last request has ended, not its first", async () => {
  const held: ServerResponse[] = [];
  const blue = await backend("blue", (_, response) => held.push(response));
  const { url } = await route([blue], { traffic: all("blue") });
  const answers = [call(url), call(url)];
  await vi.waitFor(() => expect(held).toHaveLength(2));
  let idle = false;
  const whenIdle = blue.upstream.idle().then(() => (idle = true));
  held[0]!.end();
  await Promise.race(answers);
  await setImmediate();
  expect(idle).toBe(false);
  held[1]!.end();
  await Promise.all([...answers, whenIdle]);
});

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

test("a front that is not there is 503 from the router, by name", async () => {
  const { url } = await route([{ deployment: "blue", upstream: undefined }], { traffic: all("blue") });
  const answer = await call(url, { method: "POST", body: "{}" });
  expect(answer).toMatchObject({ status: 503, headers: { "retry-after": "1" } });
  expect(answer.body).toBe('{"message": "Deployment \\"blue\\" of endpoint \\"credit\\" is not ready"}');
});

test("a refused connection is 503", async () => {
  const { url } = await route([{ deployment: "blue", upstream: new Upstream(await freePort()) }], { traffic: all("blue") });
  expect((await call(url)).status).toBe(503);
});

test.each([
  ["that breaks off before it answers", (socket: Socket) => socket.destroy(), "ECONNRESET"],
  ["that speaks no HTTP", (socket: Socket) => socket.end("SSH-2.0-x\r\n\r\n"), "HPE_"],
  ["with an impossible status", (socket: Socket) => socket.end("HTTP/1.1 000 Zero\r\nContent-Length: 0\r\n\r\n"), ""],
])("a front %s is 502, and the connection of the caller lives on", async (_, misbehave, reason) => {
  const blue = await sockets((socket) => socket.once("data", () => misbehave(socket)));
  const { url } = await route([blue], { traffic: all("blue") });
  const answer = await call(url, { method: "POST", body: "{}" });
  expect(answer).toMatchObject({ status: 502, headers: { connection: "keep-alive" } });
  expect(answer.body).toContain('Deployment \\"blue\\" of endpoint \\"credit\\" broke off');
  expect(answer.body).toContain(reason);
});

test("a front that is gone in the middle of a large body is 502, and the rest of the body is swallowed", async () => {
  const blue = await sockets((socket) => socket.once("data", () => socket.resetAndDestroy()));
  const { url } = await route([blue], { traffic: all("blue") });
  const outgoing = request(url, { method: "POST", headers: { "content-length": 32 << 20 } });
  const answer = answerTo(outgoing);
  outgoing.end(Buffer.alloc(32 << 20));
  await once(outgoing, "finish");
  expect(await answer).toMatchObject({ status: 502 });
});

/** Answers the first request of the first connection and resets it at the second: what a front does that closes as the request leaves. */
const staleOnce = () =>
  sockets((socket, count) => {
    socket.once("data", () => {
      socket.write(OK);
      socket.once("data", () => (count === 1 ? socket.resetAndDestroy() : socket.write(OK)));
    });
  });

test("a request without body that met a stale connection is sent again", async () => {
  const blue = await staleOnce();
  const { url } = await route([blue], { traffic: all("blue") });
  expect((await call(url)).body).toBe("ok");
  expect(await call(url)).toMatchObject({ status: 200, body: "ok" });
  expect(blue.connections()).toBe(2);
});

test("the second attempt trusts no kept connection", async () => {
  const first: Socket[] = [];
  const blue = await sockets((socket, count) => {
    socket.once("data", () => {
      if (count > 2) return socket.write(OK);
      socket.once("data", () => socket.resetAndDestroy());
      // Both wait for each other, so that two connections are kept.
      if (first.push(socket) === 2) for (const each of first) each.write(OK);
    });
  });
  const { url } = await route([blue], { traffic: all("blue") });
  await Promise.all([call(url), call(url)]);
  expect(await call(url)).toMatchObject({ status: 200, body: "ok" });
});

test.each(["{}", ""])("a POST of %j is not: the front may have begun with it", async (body) => {
  const blue = await staleOnce();
  const { url } = await route([blue], { traffic: all("blue") });
  await call(url);
  expect((await call(url, { method: "POST", body })).status).toBe(502);
  expect(blue.connections()).toBe(1);
});

test("a caller that goes away in the middle of its body is felt by the front", async () => {
  const { promise, resolve } = gate<string>();
  const blue = await backend("blue", (incoming) => {
    incoming.once("data", () => outgoing.destroy());
    incoming.once("error", (error) => resolve(error.message));
  });
  const { url } = await route([blue], { traffic: all("blue") });
  const outgoing = request(url, { method: "POST" }).on("error", () => undefined);
  outgoing.write("half");
  expect(await promise).toBe("aborted");
  await blue.upstream.idle();
});

test("a caller that goes away while the answer streams ends the front's work", async () => {
  const { promise, resolve } = gate<boolean>();
  const blue = await backend("blue", (_, response) => {
    response.once("close", () => resolve(response.writableFinished));
    response.write("first");
  });
  const { url } = await route([blue], { traffic: all("blue") });
  const outgoing = request(url).on("error", () => undefined).end();
  const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
  await once(answer, "data");
  outgoing.destroy();
  expect(await promise).toBe(false);
  await blue.upstream.idle();
});

test("a front that dies in the middle of an answer cuts the caller off, so that half is never taken for whole", async () => {
  const blue = await backend("blue", (_, response) => response.write("half", () => response.destroy()));
  const { url } = await route([blue], { traffic: all("blue") });
  const outgoing = request(url).end();
  const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
  await expect(answer.toArray()).rejects.toThrow("aborted");
});

test("the head of a message does not wait for a body that begins slowly, either way", async () => {
  const blue = await backend("blue", (incoming, response) => {
    response.flushHeaders();
    incoming.once("data", () => response.end("done"));
  });
  const { url } = await route([blue], { traffic: all("blue") });
  const outgoing = request(url, { method: "POST" });
  outgoing.flushHeaders();
  const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
  outgoing.end("body");
  expect((await answer.toArray()).join("")).toBe("done");
});

test("an answer before the end of the body is passed on, and the connection is good for the next request", async () => {
  const blue = await backend("blue", (incoming, response) => {
    if (incoming.method === "POST") response.writeHead(413).end("too large");
    else response.end("next");
  });
  const { port } = await route([blue], { traffic: all("blue") });
  const socket = connect(port, "127.0.0.1").setEncoding("latin1");
  onTestFinished(() => void socket.destroy());
  socket.write(`POST /endpoints/credit HTTP/1.1\r\nHost: x\r\nContent-Length: ${8 << 20}\r\n\r\n`);
  socket.write(Buffer.alloc(1 << 20));
  expect(await readUntil(socket, "\r\n0\r\n\r\n")).toMatch(/^HTTP\/1.1 413 [^]*too large/);
  socket.write(Buffer.alloc(7 << 20));
  socket.write("GET /endpoints/credit HTTP/1.1\r\nHost: x\r\n\r\n");
  expect(await readUntil(socket, "next")).toMatch(/^HTTP\/1.1 200 /);
});

/** What a socket brings, up to and with these characters. */
async function readUntil(socket: Socket, end: string): Promise<string> {
  for (let got = ""; ; ) {
    if (got.endsWith(end)) return got;
    got += (await once(socket, "data"))[0] as string;
  }
}

test("a slow front slows the caller, a slow caller slows the front", async () => {
  let held: [IncomingMessage, ServerResponse] | undefined;
  const { promise: arrived, resolve } = gate<boolean>();
  const blue = await backend("blue", (incoming, response) => {
    held = [incoming, response];
    resolve(true);
  });
  const { url } = await route([blue], { traffic: all("blue") });
  const outgoing = request(url, { method: "POST" }).on("error", () => undefined);
  // A listener that reads nothing; without one Node throws the answer away.
  outgoing.once("response", () => undefined);
  const sent = pump(outgoing);
  await arrived;
  expect(await sent).toBeLessThan(64 << 20);
  const [incoming, response] = held!;
  incoming.resume();
  await once(outgoing, "drain");
  outgoing.end();
  await once(incoming, "end");
  expect(await pump(response)).toBeLessThan(64 << 20);
});

/** Writes until the other side has not taken anything for a while; gives the bytes written, at most 256 MB. */
async function pump(to: NodeJS.WritableStream & { writableNeedDrain: boolean }): Promise<number> {
  const chunk = Buffer.alloc(1 << 20);
  for (let written = 0; written < 256 << 20; written += chunk.length) {
    if (to.write(chunk)) continue;
    const stuck = await Promise.race([once(to, "drain").then(() => false), new Promise((resolve) => setTimeout(resolve, 300, true))]);
    if (stuck) return written;
  }
  return 256 << 20;
}

function gate<T>() {
  let resolve!: (value: T | PromiseLike<T>) => void;
  const promise = new Promise<T>((done) => (resolve = done));
  return { promise, resolve };
}
