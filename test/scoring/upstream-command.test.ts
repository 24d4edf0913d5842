import { describe, expect, it } from "vitest";
import type { ServeOptions } from "../../lib/scoring/contract.ts";
import { freePort } from "../ports.ts";
import { eventually, fixtures, launch, ready, send } from "./harness.ts";
import type { TestFront } from "./harness.ts";

const program = `${fixtures}upstream/server.mjs`;

async function options(...mode: string[]): Promise<ServeOptions> {
  const port = await freePort();
  return {
    upstreamScoring: `http://127.0.0.1:${port}/predict`,
    upstreamReadiness: `http://127.0.0.1:${port}/health`,
    upstreamPaths: "/set,/crash,/hang",
    upstreamCommand: JSON.stringify([process.execPath, program, String(port), ...mode]),
  };
}

const pidOf = async (front: TestFront): Promise<number> => (JSON.parse((await front.send("/score")).body) as { pid: number }).pid;

const lives = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe("a server that the front starts", () => {
  it("is ready when the server is, and shares environment, stdout and stderr", async () => {
    const front = await ready(await options(), { COLOUR: "blue" });
    expect(JSON.parse((await front.send("/score")).body)).toMatchObject({ colour: "blue" });
    await front.logged("the server listens");
    await front.logged("and says so on stderr");
  });

  it("is told a port that is free where it leaves the choice, in every address", async () => {
    const own = (): ServeOptions => ({
      upstreamScoring: "http://127.0.0.1:1/predict",
      upstreamReadiness: "http://127.0.0.1:1/health",
      upstreamPaths: "/",
      upstreamCommand: JSON.stringify([process.execPath, program, "{port}"]),
    });
    const [blue, green] = await Promise.all([ready(own()), ready(own())]);
    expect(await pidOf(blue)).not.toBe(await pidOf(green));
    expect((await blue.send("/health")).status).toBe(200); // passed on, as every path is
  });

  it("is started again when it has died, and its requests get 502", async () => {
    const front = await ready(await options());
    const first = await pidOf(front);
    expect((await front.send("/crash")).status).toBe(502);
    await front.logged("exited with 9; the next one starts in 0 ms");
    await eventually(async () => (await front.send("/readyz")).status === 200);
    expect(await pidOf(front)).not.toBe(first);
  });

  it("is ended last when the front drains", async () => {
    const front = await ready(await options());
    const pid = await pidOf(front);
    front.child.kill("SIGTERM");
    expect(await front.exit).toEqual({ code: 0, signal: null });
    const log = front.log();
    expect(log.indexOf("the server was asked to end")).toBeGreaterThan(log.indexOf("finishing the requests that have begun"));
    expect(lives(pid)).toBe(false);
  });

  it("is killed when it does not want to end", async () => {
    const front = await ready(await options("stubborn"));
    const pid = await pidOf(front);
    front.child.kill("SIGTERM");
    expect((await front.exit).code).toBe(0);
    expect(front.log()).toContain("not yet");
    expect(lives(pid)).toBe(false);
  });

  it("does not outlive a front that ends without a drain", async () => {
    const front = await ready(await options("stubborn"));
    const pid = await pidOf(front);
    front.child.disconnect(); // as when the parent dies
    expect((await front.exit).code).toBe(0);
    await eventually(() => !lives(pid));
  });

  it("does not outlive a front that is killed", async () => {
    const front = await ready(await options("stubborn"));
    const pid = await pidOf(front);
    front.child.kill("SIGKILL");
    await front.exit;
    await eventually(() => !lives(pid));
    expect(lives(pid)).toBe(false);
  });

  it("ends the front with 3 when it cannot start", async () => {
    const failing = launch(await options("fail"));
    expect((await failing.exit).code).toBe(3);
    expect(failing.log()).toMatch(/cannot serve: the command ".*node" exited with 7 before it was ready/);
    const missing = launch({ ...(await options()), upstreamCommand: '["no-such-program", "--password=x"]' });
    expect((await missing.exit).code).toBe(3);
    expect(missing.log()).toContain('cannot run the command "no-such-program": there is no such program');
    expect(missing.log()).not.toContain("--password");
  });
});

describe("readiness", () => {
  it("takes the server out of service while it says so, and back", async () => {
    const given = await options();
    const front = await ready(given);
    await front.send("/set?health=503");
    await front.logged("is not ready: it answered 503");
    expect((await front.send("/readyz")).status).toBe(503);
    expect((await front.send("/")).status).toBe(503);
    const refused = await front.send("/score");
    expect([refused.status, refused.body]).toEqual([503, '{"message": "The model is not ready."}']);
    expect((await front.send("/livez")).status).toBe(200);
    expect((await front.send("/startupz")).status).toBe(200);
    await send(Number(new URL(given.upstreamScoring ?? "").port), "/set?health=200");
    await eventually(async () => (await front.send("/readyz")).status === 200);
    expect((await front.send("/score")).status).toBe(200);
  });
});
