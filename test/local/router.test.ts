import { Agent, createServer, request } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { Router } from "../../lib/local/router.ts";
import { all, answerTo, backend, call, named, route } from "./support.ts";

const split = [
  { deployment: "blue", percent: 90 },
  { deployment: "green", percent: 10 },
];

/** Sends bytes as they are and reads all that comes back until the other side closes. */
async function raw(port: number, bytes: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.write(bytes);
  return text(socket);
}

test("10,000 requests at 90/10 put 9 to 11 percent on the ten", { timeout: 60_000 }, async () => {
  const [blue, green] = await Promise.all([named("blue"), named("green")]);
  const { url } = await route([blue, green], { traffic: split });
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  onTestFinished(() => agent.destroy());
  const answers = await Promise.all(Array.from({ length: 10_000 }, () => call(`${url}/score`, { agent })));
  const onGreen = answers.filter(({ body }) => body === "green").length;
  expect(answers.every(({ status }) => status === 200)).toBe(true);
  expect(onGreen).toBeGreaterThan(900);
  expect(onGreen).toBeLessThan(1100);
  expect(green.seen).toHaveLength(onGreen);
});

test("the source of chance decides", async () => {
  const numbers = [0, 0.89, 0.9, 0.99];
  const [blue, green] = await Promise.all([named("blue"), named("green")]);
  const { url } = await route([blue, green], { traffic: split }, { split: () => numbers.shift()!, mirror: () => 0 });
  const bodies = [];
  for (let count = 0; count < 4; count += 1) bodies.push((await call(url)).body);
  expect(bodies).toEqual(["blue", "blue", "green", "green"]);
});

test("the header reaches a deployment at zero percent, and never makes a copy", async () => {
  const [blue, green] = await Promise.all([named("blue"), named("green")]);
  const { url, mirror } = await route([blue, green], { traffic: [...all("blue"), { deployment: "green", percent: 0 }], mirror: { deployment: "green", percent: 100 } });
  const answer = await call(url, { headers: { "AzureML-Model-Deployment": "blue" } });
  expect(answer.body).toBe("blue");
  expect((await call(url, { headers: { "azureml-model-deployment": "green" } })).body).toBe("green");
  expect(mirror.counts.sent).toBe(0);
  expect(green.seen).toHaveLength(1);
});

test("an unknown name goes where the traffic goes, header and all", async () => {
  const blue = await named("blue");
  const { url, mirror } = await route([blue], { traffic: all("blue"), mirror: { deployment: "blue", percent: 100 } });
  expect((await call(url, { headers: { "azureml-model-deployment": "red" } })).body).toBe("blue");
  expect(blue.seen[0]!.headers["azureml-model-deployment"]).toBe("red");
  expect(mirror.counts.sent).toBe(0);
});

test.each([[[]], [[{ deployment: "blue", percent: 0 }]]])("without traffic (%j) the router answers 404 unless a deployment is named", async (traffic) => {
  const blue = await named("blue");
  const { url } = await route([blue], { traffic });
  const answer = await call(`${url}/score`);
  expect(answer.status).toBe(404);
  expect(JSON.parse(answer.body)).toEqual({ message: expect.stringContaining('No deployment of endpoint "credit" has traffic') });
  expect((await call(url, { headers: { "azureml-model-deployment": "red" } })).status).toBe(404);
  expect((await call(url, { headers: { "azureml-model-deployment": "blue" } })).body).toBe("blue");
});

test.each(["/", "/endpoints", "/endpoints/", "/endpoints/other/score", "/endpoints/creditor", "/endpoints/CREDIT", "/endpoints/cr%65dit", "/x?/endpoints/credit"])(
  "no endpoint has %s",
  async (path) => {
    const blue = await named("blue");
    const { port } = await route([blue], { traffic: all("blue") });
    const answer = await call(`http://127.0.0.1:${port}${path}`);
    expect(answer.status).toBe(404);
    expect(answer.headers["content-type"]).toBe("application/json");
    expect(JSON.parse(answer.body).message).toContain("/endpoints/credit");
    expect(blue.seen).toHaveLength(0);
  },
);

test.each(["/endpoints/credit", "/endpoints/credit/", "/endpoints/credit/score?a=%2F/..", "/endpoints/credit?x"])("%s goes on unchanged", async (path) => {
  const blue = await named("blue");
  const { port } = await route([blue], { traffic: all("blue") });
  await call(`http://127.0.0.1:${port}`, { path });
  await call(`http://127.0.0.1:${port}`, { path: `http://models.example.com${path}` });
  expect(blue.seen.map(({ url }) => url)).toEqual([path, path]);
});

test("fields of one connection stay on it, all others pass in their spelling and order", async () => {
  const blue = await backend("blue", (incoming, response) => {
    response.writeHead(207, "Odd But Legal", ["X-One", "1", "x-one", "2", "Connection", "X-Private, close", "X-Private", "p", "Keep-Alive", "timeout=1"]);
    response.end(JSON.stringify(incoming.rawHeaders));
  });
  const { url } = await route([blue], { traffic: all("blue") });
  const answer = await call(url, {
    headers: ["Host", "models.example.com", "X-Mixed", "a", "x-mixed", "b", "Connection", "x-secret, content-length, host", "X-Secret", "s", "TE", "trailers", "Content-Length", "2"],
    method: "POST",
    body: "{}",
  });
  const passed = ["Host", "models.example.com", "X-Mixed", "a", "x-mixed", "b", "Content-Length", "2"];
  expect(JSON.parse(answer.body)).toEqual([...passed, "Connection", "keep-alive"]);
  expect(answer.status).toBe(207);
  expect(answer.headers).toMatchObject({ "x-one": "1, 2" });
  expect(answer.headers).not.toHaveProperty("x-private");
});

test("HEAD and OPTIONS pass", async () => {
  const blue = await backend("blue", (incoming, response) => response.writeHead(200, { "content-length": 18, allow: incoming.method }).end());
  const { url } = await route([blue], { traffic: all("blue") });
  expect(await call(url, { method: "HEAD" })).toMatchObject({ status: 200, body: "", headers: { "content-length": "18", allow: "HEAD" } });
  const options = await backend("blue", (_, response) => response.writeHead(204, { allow: "POST" }).end());
  const other = await route([options], { traffic: all("blue") });
  expect(await call(other.url, { method: "OPTIONS" })).toMatchObject({ status: 204, headers: { allow: "POST" } });
});

test("chunks and trailers pass both ways, on GET too", async () => {
  const blue = await backend("blue", async (incoming, response) => {
    response.writeHead(200, { trailer: "x-sum" });
    response.write(await text(incoming));
    response.addTrailers({ "x-sum": incoming.trailers["x-check"] ?? "none" });
    response.end();
  });
  const { url } = await route([blue], { traffic: all("blue") });
  for (const method of ["POST", "GET"]) {
    const outgoing = request(url, { method, headers: { "transfer-encoding": "chunked", trailer: "x-check" } });
    const answer = answerTo(outgoing);
    outgoing.write("one ");
    outgoing.addTrailers({ "x-check": "42" });
    outgoing.end("two");
    expect(await answer).toMatchObject({ body: "one two", trailers: { "x-sum": "42" } });
  }
});

/** A POST that sends its body only after 100, and whether it did. */
function careful(url: string) {
  const outgoing = request(url, { method: "POST", headers: { expect: "100-continue", "content-length": 4 } });
  const asked: string[] = [];
  outgoing.once("continue", () => outgoing.end(asked.push("continue") && "body"));
  outgoing.flushHeaders();
  return { answer: answerTo(outgoing), asked };
}

test("a caller that waits for 100 gets the front's", async () => {
  const blue = await backend("blue", async (incoming, response) => response.end(`${incoming.headers.expect} ${await text(incoming)}`));
  const { url } = await route([blue], { traffic: all("blue") });
  expect((await careful(url).answer).body).toBe("100-continue body");
});

test("a front that refuses before it says 100 spares the caller the body", async () => {
  const blue = await backend("blue", () => expect.unreachable());
  blue.server.on("checkContinue", (_, response) => response.writeHead(401).end("no"));
  const { url } = await route([blue], { traffic: all("blue") });
  const { answer, asked } = careful(url);
  expect(await answer).toMatchObject({ status: 401, body: "no" });
  expect(asked).toEqual([]);
  await blue.upstream.idle();
});

test("a caller of HTTP/1.0 gets no chunks and needs no Host", async () => {
  const blue = await backend("blue", (_, response) => {
    response.write("a");
    response.end("b");
  });
  const { port } = await route([blue], { traffic: all("blue") });
  const answer = await raw(port, "GET /endpoints/credit/score HTTP/1.0\r\n\r\n");
  expect(answer).toMatch(/^HTTP\/1.1 200 OK\r\n/);
  expect(answer).toMatch(/\r\n\r\nab$/);
  expect(answer.toLowerCase()).not.toContain("transfer-encoding");
});

test("WebSocket is refused, HTTP/2 over cleartext ignored", async () => {
  const blue = await named("blue");
  const { port, url } = await route([blue], { traffic: all("blue") });
  const refusal = await raw(port, "GET /endpoints/credit/ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  expect(refusal).toMatch(/^HTTP\/1.1 501 Not Implemented\r\n/);
  expect(refusal).toContain('a change of protocol to \\"websocket\\" is not supported');
  expect(blue.seen).toHaveLength(0);
  const answer = await call(url, { headers: { connection: "Upgrade, HTTP2-Settings", upgrade: "h2c", "http2-settings": "AAA" } });
  expect(answer.body).toBe("blue");
  expect(blue.seen[0]!.headers).not.toHaveProperty("http2-settings");
});

test("two lengths of a body are refused before they reach a front", async () => {
  const blue = await named("blue");
  const { port } = await route([blue], { traffic: all("blue") });
  const head = "POST /endpoints/credit HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n";
  expect(await raw(port, `${head}0\r\n\r\n`)).toMatch(/^HTTP\/1.1 400 /);
  expect(blue.seen).toHaveLength(0);
});

test("a port in use is named, with the way out", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void taken.close());
  await new Promise((resolve) => taken.once("listening", resolve));
  const { port } = taken.address() as AddressInfo;
  await expect(new Router().listen("127.0.0.1", port)).rejects.toMatchObject({
    name: "PortUnavailable",
    message: `Port ${port} on 127.0.0.1 is in use; choose another with --port, or --port 0 for any free one`,
  });
});
