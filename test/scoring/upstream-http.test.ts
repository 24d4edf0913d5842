import { once } from "node:events";
import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { behind, dial, listen } from "./behind.ts";
import { post, ready } from "./harness.ts";

describe("connections that are kept", () => {
  /** Answers the first request of a connection; ends the connection when another one comes. */
  const forgetful = (seen: string[]) =>
    createServer((socket) => {
      let first = true;
      socket.on("error", () => {});
      socket.on("data", (bytes: Buffer) => {
        if (!first) return void socket.resetAndDestroy();
        first = false;
        seen.push(bytes.toString().split("\r\n\r\n")[1] ?? "");
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
      });
    });

  it("sends a request again, once, when the server had closed its connection before it came", async () => {
    const seen: string[] = [];
    const port = await listen(forgetful(seen));
    const front = await ready({ upstreamScoring: `http://127.0.0.1:${port}/` });
    for (const body of ["one", "two", "three"]) expect((await front.send("/score", post(body))).status).toBe(200);
    expect((await front.send("/score")).status).toBe(200);
    expect(seen).toEqual(["one", "two", "three", ""]);
  });

  it("does not send a request again that was on a new connection, or whose body is gone", async () => {
    let requests = 0;
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.on("data", (bytes) => {
        if (bytes.toString().startsWith("POST")) requests += 1;
        if (requests === 1) return void socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        socket.resetAndDestroy();
      });
    });
    const port = await listen(server);
    const front = await ready({ upstreamScoring: `http://127.0.0.1:${port}/` });
    expect((await front.send("/score", post("{}"))).status).toBe(200);
    const large = await front.send("/score", post(Buffer.alloc(1024 * 1024)));
    expect([large.status, requests]).toEqual([502, 2]);
    expect([(await front.send("/score", post("{}"))).status, requests]).toEqual([502, 3]);
  });
});

describe("what HTTP has besides", () => {
  it("refuses WebSocket, on every path and kind of front, and ignores h2c", async () => {
    const server = await behind();
    const upstream = await ready({ upstreamScoring: server.url("/"), upstreamPaths: "/v1" });
    const script = await ready({ entryScript: "plain.py" });
    for (const [front, path] of [[upstream, "/score"], [upstream, "/v1/realtime"], [script, "/score"]] as const) {
      const line = dial(front.port);
      line.socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`);
      expect(await line.until("server-sent events.")).toMatch(/^HTTP\/1.1 501 /);
      line.socket.write(`POST /score HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\nContent-Length: 2\r\n\r\n{}`);
      expect(await line.until("HTTP/1.1 200 OK")).not.toContain("HTTP/1.1 101");
    }
    expect(server.seen.map(({ headers }) => [headers.upgrade, headers["http2-settings"], headers.connection])).toEqual([1, 2].map(() => [undefined, undefined, "keep-alive"]));
  });

  it("refuses an upgrade that the server makes unasked", async () => {
    const server = createServer((socket) => socket.on("error", () => {}).once("data", () => socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: odd\r\n\r\n")));
    const front = await ready({ upstreamScoring: `http://127.0.0.1:${await listen(server)}/` });
    const reply = await front.send("/score");
    expect([reply.status, reply.body]).toEqual([502, '{"message": "The server behind this front changed the protocol, which nobody had asked for."}']);
  });

  it("answers Expect itself, drops trailers and other heads before the answer, and takes chunks", async () => {
    const server = await behind((request, response) => {
      request.on("end", () => {
        response.writeEarlyHints({ link: "</a.css>; rel=preload" });
        response.writeHead(200, { Trailer: "X-Sum" });
        response.write("ok");
        response.addTrailers({ "X-Sum": "1" });
        response.end();
      });
    });
    const front = await ready({ upstreamScoring: server.url("/") });
    const line = dial(front.port);
    line.socket.write("POST /score HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\nTrailer: X-Mine\r\n\r\n");
    await line.until("100 Continue");
    line.socket.write("3\r\nabc\r\n2\r\nde\r\n0\r\nX-Mine: 1\r\n\r\n");
    const text = await line.until("0\r\n\r\n");
    expect(text).not.toMatch(/X-Sum|Trailer|103/);
    expect(server.seen[0]).toMatchObject({ body: "abcde", trailers: {} });
    expect(server.seen[0]?.headers).not.toHaveProperty("expect");
    expect(server.seen[0]?.headers).not.toHaveProperty("trailer");
  });

  it("knows answers without a body", async () => {
    const server = await behind((request, response) => {
      const status = request.url === "/v1/204" ? 204 : request.url === "/v1/304" ? 304 : 200;
      response.writeHead(status, status === 204 ? {} : { "Content-Length": "5", ETag: "a" });
      response.end(request.method === "HEAD" || status !== 200 ? undefined : "hello");
    });
    const front = await ready({ upstreamScoring: server.url("/"), upstreamPaths: "/v1" });
    const line = dial(front.port);
    const ask = async (method: string, path: string): Promise<string> => {
      const before = line.text().length;
      line.socket.write(`${method} ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
      await line.until("\r\n\r\n");
      while (!line.text().slice(before).includes("\r\n\r\n")) await once(line.socket, "data");
      return line.text().slice(before);
    };
    expect(await ask("HEAD", "/score")).toMatch(/^HTTP\/1.1 200 OK\r\n(.|\r\n)*Content-Length: 5\r\n(.|\r\n)*\r\n\r\n$/);
    expect(await ask("GET", "/v1/204")).toMatch(/^HTTP\/1.1 204 No Content\r\n(.|\r\n)*\r\n\r\n$/);
    expect(await ask("GET", "/v1/304")).toMatch(/^HTTP\/1.1 304 Not Modified\r\n(.|\r\n)*ETag: a\r\n(.|\r\n)*\r\n\r\n$/);
    expect(await ask("GET", "/score")).toMatch(/hello$/); // the connection is still in step
  });

  it("answers when the server answers before it has read everything", async () => {
    const server = await behind((_request, response) => void response.writeHead(413, { Connection: "close" }).end("too large"));
    const front = await ready({ upstreamScoring: server.url("/") });
    const line = dial(front.port);
    line.socket.write("POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n");
    await line.until("too large");
    line.socket.write(Buffer.alloc(1_000_000));
    line.socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    expect(await line.until("Healthy")).toContain("413 Payload Too Large");
  });
});
