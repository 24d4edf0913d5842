import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import type { ServeOptions } from "../../lib/scoring/contract.ts";
import { behind, dial, listen } from "./behind.ts";
import { folder } from "./collected.ts";
import { launch, post, ready } from "./harness.ts";

const keyFile = (): string => {
  const file = `${folder()}/keys.json`;
  writeFileSync(file, JSON.stringify({ primaryKey: "first" }));
  return file;
};

describe("what goes through", () => {
  it("maps /score to the scoring address, with every method and query", async () => {
    const server = await behind();
    const front = await ready({ upstreamScoring: server.url("/v2/predict?mode=fast"), pathPrefix: "/endpoints/credit" });
    for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"]) {
      const body = { body: method, headers: { "Content-Length": String(method.length) } };
      const reply = await front.send("/endpoints/credit/score?a=1&b=%20", { method, ...(method === "HEAD" || method === "GET" ? {} : body) });
      expect(reply.status).toBe(200);
    }
    expect(server.seen.map(({ method, target, body }) => [method, target, body])).toEqual(
      ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"].map((method) => [
        method,
        "/v2/predict?mode=fast&a=1&b=%20",
        method === "HEAD" || method === "GET" ? "" : method,
      ]),
    );
  });

  it("tells the server who asked, and nothing of the connection", async () => {
    const server = await behind();
    const front = await ready({ upstreamScoring: server.url("/predict") });
    const line = dial(front.port);
    line.socket.write(
      "POST /score HTTP/1.1\r\nHost: models.example.com\r\nConnection: keep-alive, X-Secret\r\nX-Secret: 1\r\nKeep-Alive: 5\r\nTE: trailers\r\n" +
        "X-Forwarded-For: 10.1.2.3\r\nX-Forwarded-Proto: https\r\nCookie: a=1\r\nCookie: b=2\r\nContent-Length: 2\r\n\r\n{}",
    );
    await line.until("ok");
    const { headers } = server.seen[0]!;
    expect(headers).toEqual({
      host: `127.0.0.1:${server.port}`,
      connection: "keep-alive",
      "x-forwarded-for": "10.1.2.3",
      "x-forwarded-proto": "https",
      "x-forwarded-host": "models.example.com",
      cookie: "a=1; b=2",
      "content-length": "2",
      "x-request-id": expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(line.text()).toContain(`x-request-id: ${String(headers["x-request-id"])}`);
  });

  it("keeps an id and a forwarded host that are there already", async () => {
    const server = await behind();
    const front = await ready({ upstreamScoring: server.url("/predict") });
    await front.send("/score", { headers: { "x-request-id": "mine", "X-Forwarded-Host": "first.example.com" } });
    expect(server.seen[0]!.headers).toMatchObject({ "x-request-id": "mine", "x-forwarded-host": "first.example.com" });
  });

  it("answers with the server's headers and its own ids and name", async () => {
    const server = await behind((_request, response) => {
      response.writeHead(200, ["X-Request-Id", "theirs", "azureml-model-deployment", "green", "X-Private", "1", "Connection", "X-Private", "Set-Cookie", "a", "Set-Cookie", "b", "Server", "uvicorn"]);
      response.end("ok");
    });
    const front = await ready({ upstreamScoring: server.url("/"), deployment: "blue" });
    const line = dial(front.port);
    line.socket.write("GET /score HTTP/1.1\r\nHost: x\r\nx-request-id: mine\r\nConnection: close\r\n\r\n");
    await line.closed;
    const names = line.text().split("\r\n").slice(1, -3);
    expect(names.filter((each) => /^(x-request-id|azureml|set-cookie|x-private|server|x-ms-server)/i.test(each))).toEqual([
      "Set-Cookie: a",
      "Set-Cookie: b",
      "Server: uvicorn",
      "x-request-id: mine",
      "azureml-model-deployment: blue",
    ]);
  });

  it("checks a key and takes it away; where it has none, it passes on what came", async () => {
    const server = await behind();
    const open = await ready({ upstreamScoring: server.url("/") });
    const locked = await ready({ upstreamScoring: server.url("/"), upstreamPaths: "/v1", keys: keyFile() });
    const Authorization = "Bearer first";
    await open.send("/score", { headers: { Authorization } });
    expect((await locked.send("/score")).status).toBe(401);
    expect((await locked.send("/v1/models")).status).toBe(401);
    expect((await locked.send("/score", { headers: { Authorization } })).status).toBe(200);
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual([Authorization, undefined]);
  });

  it("passes prefixes on as they are, and nothing else", async () => {
    const server = await behind();
    const front = await ready({ upstreamScoring: server.url("/"), upstreamPaths: "/v1,/docs", pathPrefix: "/e" });
    const statuses: number[] = [];
    for (const path of ["/v1", "/v1/models/a%2Fb?x=%20y", "/docs/", "/v1beta", "/v1/../admin", "/v1/%2e%2e/admin", "/v1/..", "/other"]) {
      const line = dial(front.port);
      line.socket.write(`GET /e${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      await line.closed;
      statuses.push(Number(line.text().split(" ")[1]));
    }
    expect(statuses).toEqual([200, 200, 200, 404, 404, 404, 404, 404]);
    expect(server.seen.map(({ target }) => target)).toEqual(["/v1", "/v1/models/a%2Fb?x=%20y", "/docs/"]);
  });

  it.each([
    ["what cannot be decoded before the dots", "/v1/%ff/%2e%2e/%2e%2e/admin"],
    ["bytes that some servers take for dots", "/v1/%c0%ae%c0%ae/admin"],
    ["a sign that is none", "/v1/%zz/%2e%2e/%2e%2e/admin"],
    ["backslashes", "/v1/..\\admin"],
    ["backslashes with percent signs", "/v1/a%5c..%5C..%5cadmin"],
    ["slashes with percent signs", "/v1/%2e%2E%2fadmin"],
    ["dots that are written so twice", "/v1/%252e%252E/admin"],
    ["slashes that are written so twice", "/v1/..%252fadmin"],
    ["parameters of a segment", "/v1/..;a=1/admin"],
    ["the end of a text in C", "/v1/..%00/admin"],
    ["a blank that some servers drop", "/v1/.%09./admin"],
    ["a query that begins with a percent sign", "/v1/a/..%3fx"],
    ["a doubled slash", "//v1//../../admin"],
  ])("lets nothing climb out of a prefix: %s", async (_name, path) => {
    const server = await behind();
    const front = await ready({ upstreamScoring: server.url("/"), upstreamPaths: "/v1" });
    const line = dial(front.port);
    line.socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    await line.closed;
    expect([line.text().split(" ")[1], server.seen.map(({ target }) => target)]).toEqual(["404", []]);
  });

  it("takes dots within names, and percent signs that stand for themselves", async () => {
    const server = await behind();
    const front = await ready({ upstreamScoring: server.url("/"), upstreamPaths: "/v1" });
    const paths = ["/v1/a..b/...", "/v1/100%25", "/v1/%E4%BD%A0", "/v1/a;b=..c"];
    for (const path of paths) expect((await front.send(path)).status).toBe(200);
    expect(server.seen.map(({ target }) => target)).toEqual(paths);
  });

  it("refuses ids over 100 characters on every path", async () => {
    const server = await behind();
    const front = await ready({ upstreamScoring: server.url("/"), upstreamPaths: "/v1" });
    for (const path of ["/score", "/v1/models"]) expect((await front.send(path, { headers: { "x-request-id": "a".repeat(101) } })).status).toBe(431);
    expect(server.seen).toEqual([]);
  });

  it("understands a whole address and a prefix in another spelling", async () => {
    const server = await behind();
    const front = await ready({ upstreamScoring: server.url("/predict"), upstreamPaths: "/v1", pathPrefix: "/e" });
    for (const target of ["http://x/e/v1/models?q=1", "/%65/v1/m:predict%3F", "http://x/e/score?q=1", "/%65/%73core"]) {
      const line = dial(front.port);
      line.socket.write(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      await line.closed;
    }
    expect(server.seen.map(({ target }) => target)).toEqual(["/v1/models?q=1", "/v1/m%3Apredict%3F", "/predict?q=1", "/predict"]);
  });

  it("has no swagger of its own, and passes on the server's where that is asked for", async () => {
    const server = await behind();
    const without = await ready({ upstreamScoring: server.url("/") });
    const reply = await without.send("/swagger.json");
    expect([reply.status, reply.body]).toEqual([404, '{"message": "The server behind this front describes itself: give /swagger.json to --upstream-paths if it has one."}']);
    const having = await ready({ upstreamScoring: server.url("/"), upstreamPaths: "/swagger.json" });
    expect((await having.send("/swagger.json?version=3")).body).toBe("ok");
    expect(server.seen.map(({ target }) => target)).toEqual(["/swagger.json?version=3"]);
  });

  it("is not held to WORKER_COUNT", async () => {
    let held = 0;
    const server = await behind((_request, response) => {
      held += 1;
      if (held === 3) for (const each of waiting) each();
      waiting.push(() => response.end("ok"));
      if (held >= 3) response.end("ok");
    });
    const waiting: (() => void)[] = [];
    const front = await ready({ upstreamScoring: server.url("/"), workerCount: 1 });
    const replies = await Promise.all([1, 2, 3].map(() => front.send("/score"))); // each waits for the third
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200]);
  });
});

describe("statuses", () => {
  const status = (request: { url?: string | undefined }): number => Number(new URL(request.url ?? "", "http://x").searchParams.get("status") ?? 200);

  it("raw: as they are", async () => {
    const server = await behind((request, response) => void response.writeHead(status(request)).end("body"));
    const front = await ready({ upstreamScoring: server.url("/"), upstreamPaths: "/v1" });
    for (const path of ["/score?status=201", "/v1/x?status=404", "/score?status=302"]) {
      const reply = await front.send(path);
      expect([reply.status, reply.body]).toEqual([Number(path.slice(-3)), "body"]);
    }
  });

  it("managed: anything but 200 is 424, of passed paths too", async () => {
    const server = await behind((request, response) => void response.writeHead(status(request)).end("body"));
    const front = await ready({ upstreamScoring: server.url("/"), upstreamPaths: "/v1", statuses: "managed", deployment: "blue" });
    for (const path of ["/score?status=201", "/v1/x?status=404", "/score?status=204", "/score?status=304"]) {
      const reply = await front.send(path);
      expect([reply.status, reply.headers["ms-azureml-model-error-statuscode"]]).toEqual([424, path.slice(-3)]);
      expect(reply.headers["ms-azureml-model-error-reason"]).toBe("model_error");
    }
    expect((await front.send("/score")).headers["ms-azureml-model-time"]).toMatch(/^\d+$/);
  });

  it("says 502, or 424 with 502, where there is no answer", async () => {
    const server = createServer((socket) => {
      socket.once("data", (bytes) => (bytes.toString().includes("/nonsense") ? socket.end("SSH-2.0-OpenSSH\r\n") : bytes.toString().includes("/head") ? socket.end("HTTP/1.1 099 Odd\r\nContent-Length: 0\r\n\r\n") : socket.resetAndDestroy()));
      socket.on("error", () => {});
    });
    const port = await listen(server);
    const options: ServeOptions = { upstreamScoring: `http://127.0.0.1:${port}/predict`, upstreamPaths: "/nonsense,/head" };
    const raw = await ready(options);
    const reset = await raw.send("/score", post("{}"));
    expect([reset.status, reset.headers["Content-Type"], reset.body]).toEqual([
      502,
      "application/json",
      '{"message": "The server behind this front closed the connection without an answer."}',
    ]);
    expect((await raw.send("/nonsense")).body).toContain("did not answer in HTTP/1.1");
    expect((await raw.send("/head")).status).toBe(502);
    const managed = await ready({ ...options, statuses: "managed" });
    const mapped = await managed.send("/score", post("{}"));
    expect([mapped.status, mapped.headers["ms-azureml-model-error-statuscode"], mapped.headers["ms-azureml-model-error-reason"]]).toEqual([424, "502", "model_error"]);
  });

  it("cuts the client off when the server breaks off in the middle", async () => {
    const server = await behind((_request, response) => {
      response.writeHead(200, { "Content-Length": "10" });
      response.write("half", () => response.destroy());
    });
    const front = await ready({ upstreamScoring: server.url("/") });
    await expect(front.send("/score")).rejects.toThrow("aborted");
    expect((await front.send("/")).status).toBe(200);
  });

  it("tells the server when the client leaves", async () => {
    const arrived: (() => void)[] = [];
    const left = new Promise<void>((resolve) => arrived.push(resolve));
    const server = await behind((_request, response) => {
      response.on("close", () => arrived[0]?.());
      response.write("begun");
    });
    const front = await ready({ upstreamScoring: server.url("/"), maxInFlight: 1 });
    const line = dial(front.port);
    line.socket.write("GET /score HTTP/1.1\r\nHost: x\r\n\r\n");
    await line.until("begun");
    line.socket.destroy();
    await left;
    const again = dial(front.port);
    again.socket.write("GET /score HTTP/1.1\r\nHost: x\r\n\r\n");
    expect(await again.until("begun")).toContain("200 OK"); // its place is free again
  });

  it("408 when the server has not answered in time", async () => {
    const server = await behind(() => {});
    const front = await ready({ upstreamScoring: server.url("/"), requestTimeoutMs: 50 });
    expect((await front.send("/score", post("{}"))).status).toBe(408);
  });
});

it("takes no address with a password in it", async () => {
  const front = launch({ upstreamScoring: "http://a:secret@127.0.0.1:1/" });
  expect((await front.exit).code).toBe(1);
  expect(front.log()).toBe("--upstream-scoring: expected an address without user and password\n");
});
