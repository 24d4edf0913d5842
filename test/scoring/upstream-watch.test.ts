import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { startFront } from "../../lib/scoring/online/front.ts";
import type { Front } from "../../lib/scoring/online/front.ts";
import { parseOptions } from "../../lib/scoring/online/options.ts";
import { serveArguments } from "../../lib/scoring/contract.ts";
import type { ServeOptions } from "../../lib/scoring/contract.ts";
import { Watch } from "../../lib/scoring/online/upstream-watch.ts";
import { freePort } from "../ports.ts";
import { behind } from "./behind.ts";
import { eventually, fixtures, send } from "./harness.ts";

const pace = { everyMs: 5, againMs: 5, failures: 3, timeoutMs: 1000 };
vi.mock("../../lib/scoring/online/upstream-pace.ts", () => ({ PACE: { readiness: { everyMs: 5, againMs: 5, failures: 3, timeoutMs: 1000 }, liveness: { everyMs: 5, againMs: 5, failures: 3, timeoutMs: 1000 } } }));

let printed = "";
beforeEach(() => {
  printed = "";
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, "write").mockImplementation((text) => {
      printed += String(text);
      return true;
    });
  }
});
afterEach(() => void vi.restoreAllMocks());

async function start(options: ServeOptions): Promise<Front> {
  const front = await startFront(parseOptions(serveArguments({ port: 0, ...options }), {}, "/"));
  onTestFinished(() => front.close());
  return front;
}

const status = async (front: Front, path: string): Promise<number> => (await send(front.port, path)).status;

describe("a server that somebody else starts", () => {
  it("may come later; until then nobody waits", async () => {
    const port = await freePort();
    const upstreamScoring = `http://127.0.0.1:${port}/predict`;
    const front = await start({ upstreamScoring });
    expect(await Promise.all(["/livez", "/startupz", "/readyz", "/", "/score"].map((path) => status(front, path)))).toEqual([200, 503, 503, 503, 503]);
    expect((await send(front.port, "/")).body).toBe('{"message": "The other server is not ready."}');
    for (const path of ["/startupz", "/readyz"]) expect((await send(front.port, path)).body).toBe("the other server is not ready\n");
    const managed = await start({ upstreamScoring, statuses: "managed" });
    const refused = await send(managed.port, "/score", { method: "PUT", body: "x" });
    expect([refused.status, refused.headers["ms-azureml-model-error-reason"]]).toEqual([424, "model_not_ready"]);
    await behind(undefined, port);
    await front.started;
    expect(await Promise.all(["/startupz", "/readyz", "/score"].map((path) => status(front, path)))).toEqual([200, 200, 200]);
  });

  it("is out of service while its readiness says so, keeps what it holds, and comes back", async () => {
    let ready = 200;
    let finish = (): void => {};
    const server = await behind((request, response) => {
      if (request.url === "/ready") return void response.writeHead(ready).end();
      if (request.url === "/v1/slow") return void (finish = () => response.end("late"));
      response.end("ok");
    });
    const front = await start({ upstreamScoring: server.url("/predict"), upstreamReadiness: server.url("/ready"), upstreamPaths: "/v1" });
    await front.started;
    const slow = send(front.port, "/v1/slow");
    await eventually(() => server.seen.some(({ target }) => target === "/v1/slow"));
    ready = 503;
    await eventually(async () => (await status(front, "/readyz")) === 503);
    expect(await Promise.all(["/livez", "/startupz", "/", "/score"].map((path) => status(front, path)))).toEqual([200, 200, 503, 503]);
    expect(printed).toContain(`the server at 127.0.0.1:${server.port} is not ready: it answered 503`);
    finish();
    expect((await slow).body).toBe("late");
    ready = 204;
    await eventually(async () => (await status(front, "/readyz")) === 200);
    expect(await status(front, "/score")).toBe(200);
  });

  it("is reported as dead, and alive again", async () => {
    let alive = 200;
    const server = await behind((request, response) => void response.writeHead(request.url === "/alive" ? alive : 200).end());
    const front = await start({ upstreamScoring: server.url("/"), upstreamLiveness: server.url("/alive") });
    await front.started;
    expect(await status(front, "/livez")).toBe(200);
    alive = 500;
    await eventually(async () => (await status(front, "/livez")) === 503);
    expect((await send(front.port, "/livez")).body).toBe(`the server at 127.0.0.1:${server.port} is not alive: it answered 500\n`);
    alive = 200;
    await eventually(async () => (await status(front, "/livez")) === 200);
  });
});

it("a server that the front has started is ended and started again when it is dead", async () => {
  const port = await freePort();
  const at = `http://127.0.0.1:${port}`;
  const upstreamCommand = JSON.stringify([process.execPath, `${fixtures}upstream/server.mjs`, String(port)]);
  const front = await start({ upstreamScoring: `${at}/predict`, upstreamLiveness: `${at}/alive`, upstreamPaths: "/set", upstreamCommand });
  await front.started;
  const pid = async (): Promise<unknown> => JSON.parse((await send(front.port, "/score")).body).pid;
  const first = await pid();
  await send(front.port, "/set?alive=500");
  await eventually(() => printed.includes("is ended: asked whether it is alive, it answered 500"));
  await eventually(async () => (await status(front, "/readyz")) === 200 && (await pid()) !== first);
  expect(await status(front, "/livez")).toBe(200);
});

describe("a probe", () => {
  const hear = () => {
    const heard: string[] = [];
    return { heard, up: () => void heard.push("up"), down: (reason: string) => void heard.push(reason) };
  };
  const watch = (url: string, rhythm = pace, connects = false, up = true): string[] => {
    const hearer = hear();
    const watched = new Watch({ url: new URL(url), connects }, rhythm, up, hearer);
    onTestFinished(() => watched.stop());
    return hearer.heard;
  };

  it("says what is wrong", async () => {
    const server = await behind((request, response) => void (request.url === "/hang" ? undefined : response.writeHead(302, { Location: "/" }).end()));
    const port = await freePort();
    const once = { ...pace, failures: 1 };
    const all = [watch(server.url("/"), once), watch(server.url("/hang"), { ...once, timeoutMs: 20 }), watch(`http://127.0.0.1:${port}/`, once), watch(`http://127.0.0.1:${port}/`, once, true)];
    await eventually(() => all.every((heard) => heard.length > 0));
    expect(all).toEqual([["answered 302"], ["did not answer within 20 ms"], ["refused the connection"], ["refused the connection"]]);
  });

  it("forgives two failures and not three, and asks at once when somebody doubts", async () => {
    let failing = 0;
    let asked = 0;
    const server = await behind((_request, response) => {
      asked += 1;
      response.writeHead(failing-- > 0 ? 500 : 200).end();
    });
    const hearer = hear();
    const patient = new Watch({ url: new URL(server.url("/")) }, { ...pace, everyMs: 60_000 }, true, hearer);
    onTestFinished(() => patient.stop());
    await eventually(() => asked === 1);
    failing = 2;
    await eventually(() => (patient.doubt(), asked >= 4)); // two bad answers, and a good one
    expect(hearer.heard).toEqual([]);
    failing = 3;
    await eventually(() => (patient.doubt(), hearer.heard.length === 2));
    expect(hearer.heard).toEqual(["answered 500", "up"]);
  });
});
