import { once } from "node:events";
import { Agent, request, type RequestListener } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { Upstream } from "../../lib/local/upstream.ts";
import { all, answerTo, backend, call, named, route } from "./support.ts";

const shadowed = (percent: number) => ({ traffic: all("blue"), mirror: { deployment: "shadow", percent } });

/** Posts so many requests, sixteen at a time, and gives the distinct answers. */
async function post(url: string, count: number): Promise<Set<string>> {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  onTestFinished(() => agent.destroy());
  const one = async () => {
    const { status, body } = await call(`${url}/score`, { agent, method: "POST", body: '{"data": 1}' });
    return `${status} ${body}`;
  };
  return new Set(await Promise.all(Array.from({ length: count }, one)));
}

test.each([0, 10, 50])("%i percent of the requests are copied, whole", { timeout: 60_000 }, async (percent) => {
  const bodies: string[] = [];
  const shadow = await backend("shadow", async (incoming, response) => {
    bodies.push(`${incoming.method} ${incoming.url} ${(await incoming.setEncoding("utf8").toArray()).join("")}`);
    response.end();
  });
  const blue = await named("blue");
  const { url, mirror } = await route([blue, shadow], shadowed(percent));
  expect(await post(url, 1000)).toEqual(new Set(["200 blue"]));
  await shadow.upstream.idle();
  expect(Math.abs(bodies.length - 10 * percent)).toBeLessThanOrEqual(5);
  expect(new Set(bodies)).toEqual(new Set(percent === 0 ? [] : ['POST /endpoints/credit/score {"data": 1}']));
  expect(mirror.counts).toEqual({ sent: bodies.length, dropped: 0, failed: 0 });
});

test("the copies are a fair sample of every deployment's requests", async () => {
  const [blue, green, shadow] = await Promise.all([named("blue"), named("green"), named("shadow")]);
  const traffic = [{ deployment: "blue", percent: 50 }, { deployment: "green", percent: 50 }];
  const { router, url } = await route([blue, green, shadow], { traffic, mirror: { deployment: "shadow", percent: 50 } });
  const { next, nextShadow } = router.table.get("/endpoints/credit")!;
  const pairs = Array.from({ length: 4000 }, () => [next()!.deployment, nextShadow() !== undefined].join());
  for (const pair of ["blue,true", "blue,false", "green,true", "green,false"]) {
    expect(Math.abs(pairs.filter((each) => each === pair).length - 1000)).toBeLessThan(60);
  }
  expect(url).toContain("credit");
});

const shadows: [string, RequestListener][] = [
  ["answers 500", (_, response) => response.writeHead(500).end("no")],
  ["answers at once and reads nothing", (_, response) => response.writeHead(401, { connection: "close" }).end()],
  ["breaks off", (incoming) => incoming.socket.destroy()],
  ["breaks off in the middle of its answer", (_, response) => response.write("half", () => response.destroy())],
  ["never answers", () => undefined],
];

test.each(shadows)("callers notice nothing of a shadow that %s", async (_, listener) => {
  const blue = await named("blue");
  const shadow = await backend("shadow", listener);
  const { url, mirror } = await route([blue, shadow], shadowed(100));
  expect(await post(url, 200)).toEqual(new Set(["200 blue"]));
  expect(blue.seen).toHaveLength(200);
  expect(mirror.counts.sent + mirror.counts.dropped).toBe(200);
});

test.each([
  ["gone", () => new Upstream(9)],
  ["not started", () => undefined],
])("callers notice nothing of a shadow that is %s", async (_, upstream) => {
  const blue = await named("blue");
  const { url, mirror } = await route([blue, { deployment: "shadow", upstream: upstream() }], shadowed(100));
  expect(await post(url, 100)).toEqual(new Set(["200 blue"]));
  expect(mirror.counts.failed + mirror.counts.dropped).toBe(100);
});

test("a hung shadow holds no more than 32 copies; the rest are dropped and counted", async () => {
  const blue = await named("blue");
  const shadow = await backend("shadow", () => undefined);
  const { url, mirror } = await route([blue, shadow], shadowed(100));
  await post(url, 100);
  expect(mirror.counts).toEqual({ sent: 32, dropped: 68, failed: 0 });
});

test("a shadow that reads slower than the caller sends loses the copy, not the caller", async () => {
  const size = 64 << 20;
  const blue = await backend("blue", async (incoming, response) => {
    let bytes = 0;
    for await (const chunk of incoming) bytes += (chunk as Buffer).length;
    response.end(String(bytes));
  });
  const shadow = await backend("shadow", (incoming) => incoming.pause());
  const { url, mirror } = await route([blue, shadow], shadowed(100));
  const outgoing = request(url, { method: "POST" });
  const answer = answerTo(outgoing);
  const chunk = Buffer.alloc(1 << 20);
  for (let sent = 0; sent < size; sent += chunk.length) if (!outgoing.write(chunk)) await once(outgoing, "drain");
  outgoing.end();
  expect((await answer).body).toBe(String(size));
  expect(mirror.counts).toEqual({ sent: 1, dropped: 1, failed: 0 });
  await shadow.upstream.idle();
});

test("a caller that goes away takes its copy along", async () => {
  const blue = await backend("blue", () => undefined);
  const shadow = await backend("shadow", (incoming) => incoming.once("data", () => outgoing.destroy()));
  const { url, mirror } = await route([blue, shadow], shadowed(100));
  const outgoing = request(url, { method: "POST" }).on("error", () => undefined);
  outgoing.write("half");
  await new Promise((resolve) => outgoing.once("close", resolve));
  // The shadow's copy is open from its first byte on, so idle means that it ended.
  await shadow.upstream.idle();
  expect(mirror.counts.sent).toBe(1);
});
