/** The front's own statuses: keys, deployment, prefix, limits; `raw` and `managed`. */
import { mkdtempSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { ServeOptions } from "../../lib/scoring/contract.ts";
import { launch, listening, post, ready, send } from "./harness.ts";
import type { TestFront } from "./harness.ts";

const bearer = (key: string): Record<string, string> => ({ Authorization: `Bearer ${key}` });
const folder = (): string => {
  const path = mkdtempSync(join(tmpdir(), "scoring-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
};
/** A front whose one worker is busy until `release`, and the answer of that request. */
async function busy(options: ServeOptions, env?: NodeJS.ProcessEnv): Promise<{ front: TestFront; release: () => void; first: ReturnType<typeof send> }> {
  const front = await ready({ entryScript: "score.py", ...options }, env);
  const gate = join(folder(), "gate");
  const first = front.send("/score", post(`wait ${gate}`));
  first.catch(() => {});
  return { front, release: () => writeFileSync(gate, ""), first };
}

describe("keys", () => {
  test("either key opens, anything else is 401 with a challenge, health needs none", async () => {
    const keys = join(folder(), "keys.json");
    writeFileSync(keys, JSON.stringify({ primaryKey: "one-key", secondaryKey: "two-key" }));
    const front = await ready({ entryScript: "score.py", keys, statuses: "managed", deployment: "blue" });
    for (const key of ["one-key", "two-key"]) expect((await front.send("/score", post("x", bearer(key)))).status).toBe(200);
    for (const headers of [{}, bearer("one-ke"), bearer("one-keyy"), bearer(""), { Authorization: "one-key" }, { Authorization: "Basic one-key" }]) {
      const refused = await front.send("/score", post("x", headers as Record<string, string>));
      expect(refused.status).toBe(401);
      expect(refused.headers).toMatchObject({ "WWW-Authenticate": "Bearer", "azureml-model-deployment": "blue" });
      expect(refused.headers["x-request-id"]).toBeDefined();
      expect(JSON.parse(refused.body)).toHaveProperty("message");
    }
    expect((await front.send("/swagger.json")).status).toBe(401);
    expect((await front.send("/")).status).toBe(200);
    expect(front.log()).not.toContain("one-key");
  });

  test("a script does not see the key that the front has checked", async () => {
    const keys = join(folder(), "keys.json");
    writeFileSync(keys, JSON.stringify({ primaryKey: "one-key" }));
    const front = await ready({ entryScript: "score.py", keys });
    const seen = await front.send("/score", post("headers", { ...bearer("one-key"), "x-a": "1" }));
    expect(JSON.parse(seen.body)).toMatchObject({ "X-A": "1" });
    expect(seen.body).not.toContain("one-key");
  });

  test("rotation of a mounted folder, whose files are links that Kubernetes swaps", async () => {
    const mount = folder();
    const write = (name: string, primary: string, secondary: string): void => {
      mkdirSync(join(mount, name));
      writeFileSync(join(mount, name, "primaryKey"), `${primary}\n`);
      writeFileSync(join(mount, name, "secondaryKey"), secondary);
    };
    write("..1", "a", "b");
    symlinkSync("..1", join(mount, "..data"));
    for (const name of ["primaryKey", "secondaryKey"]) symlinkSync(`..data/${name}`, join(mount, name));
    const front = await ready({ entryScript: "score.py", keys: mount });
    const status = async (key: string): Promise<number> => (await front.send("/score", post("x", bearer(key)))).status;
    expect([await status("a"), await status("b"), await status("c")]).toEqual([200, 200, 401]);
    write("..2", "a", "c");
    symlinkSync("..2", join(mount, "..data_tmp"));
    renameSync(join(mount, "..data_tmp"), join(mount, "..data"));
    await front.logged("keys were read again");
    expect([await status("a"), await status("b"), await status("c")]).toEqual([200, 401, 200]);
  });

  test("a file that breaks changes nothing; one that is broken at the start is refused without its text", async () => {
    const keys = join(folder(), "keys.json");
    writeFileSync(keys, JSON.stringify({ primaryKey: "a" }));
    const front = await ready({ entryScript: "score.py", keys });
    writeFileSync(keys, '{"primaryKey": "half-a-k');
    await front.logged(/the keys stay as they were.*not JSON/);
    expect((await front.send("/score", post("x", bearer("a")))).status).toBe(200);
    const refused = launch({ entryScript: "score.py", keys });
    expect((await refused.exit).code).toBe(1);
    expect(refused.log()).toMatch(/is not JSON/);
    expect(front.log() + refused.log()).not.toContain("half-a-k");
  });
});

describe("addresses", () => {
  const ends: (() => void)[] = [];
  let front: TestFront;
  beforeAll(async () => {
    const options: ServeOptions = { entryScript: "score.py", deployment: "blue", statuses: "managed", pathPrefix: "/endpoints/credit" };
    front = await ready(options, {}, (end) => ends.push(end));
  });
  afterAll(() => ends.forEach((end) => end()));

  test.each([
    ["/endpoints/credit/score", 200],
    ["/endpoints/credit/swagger.json", 200],
    ["/endpoints/credit/", 200],
    ["/", 200],
    ["/score", 404],
    ["/endpoints/credits/score", 404],
    ["/endpoints/credit/nope", 424],
  ])("%s is %i", async (path, status) => {
    const reply = await front.send(path);
    expect(reply.status).toBe(status);
    expect(reply.headers["azureml-model-deployment"]).toBe("blue");
    expect(reply.headers["x-request-id"]).toBeDefined();
  });

  test("another deployment's name is 404, its own is not", async () => {
    const ask = (name: string): ReturnType<typeof send> => front.send("/endpoints/credit/score", { headers: { "azureml-model-deployment": name } });
    expect((await ask("blue")).status).toBe(200);
    const refused = await ask("green");
    expect([refused.status, JSON.parse(refused.body)]).toEqual([404, { message: "There is no deployment green here." }]);
  });
});

describe("managed statuses", () => {
  const ends: (() => void)[] = [];
  let front: TestFront;
  beforeAll(async () => {
    front = await ready({ entryScript: "score.py", statuses: "managed" }, { SCORING_TIMEOUT_MS: "200" }, (end) => ends.push(end));
  });
  afterAll(() => ends.forEach((end) => end()));

  test.each([
    ["raises", post("raise"), 500, "unexpected error occurred in scoring script"],
    ["not UTF-8", post(Buffer.from([0xff])), 400, "cannot be decoded as UTF-8"],
    ["runs too long", post("sleep 5"), 500, "Scoring timeout after 200 ms"],
    ["wrong method", { method: "PUT" }, 405, "not allowed"],
    ["id too long", post("x", { "x-request-id": "a".repeat(101) }), 431, "100 characters"],
  ])("%s is 424 with the container's status", async (_name, sent, status, text) => {
    const reply = await front.send("/score", sent);
    expect(reply.status).toBe(424);
    expect(reply.headers).toMatchObject({
      "ms-azureml-model-error-statuscode": String(status),
      "ms-azureml-model-error-reason": "model_error",
    });
    expect(JSON.parse(reply.body).message).toContain(text);
  });

  test("200 carries the model's time and the request's id", async () => {
    const reply = await front.send("/score", post("x", { "x-request-id": "mine" }));
    expect(reply).toMatchObject({ status: 200, body: '"x"', headers: { "x-request-id": "mine" } });
    expect(reply.headers["ms-azureml-model-time"]).toMatch(/^\d+$/);
  });

  test("a worker that dies with the request is 424 with 502; in raw mode the connection closes", async () => {
    const reply = await front.send("/score", post("die"));
    expect(reply.headers).toMatchObject({ "ms-azureml-model-error-statuscode": "502", "ms-azureml-model-error-reason": "model_error" });
    const raw = await ready({ entryScript: "score.py" });
    await expect(raw.send("/score", post("die"))).rejects.toMatchObject({ code: "ECONNRESET" });
    expect((await raw.send("/score", post("x"))).body).toBe('"x"');
  });

  test("no worker is ready yet: health 503, score 424 model_not_ready", async () => {
    const gate = join(folder(), "gate");
    const slow = launch({ entryScript: "slow_init.py", statuses: "managed" }, { GATE: gate });
    await slow.message("listening");
    const port = listening(slow);
    const health = await send(port, "/");
    expect([health.status, JSON.parse(health.body).message]).toEqual([503, "0 of 1 workers have ended their init()."]);
    for (const path of ["/score", "/swagger.json"]) {
      const refused = await send(port, path);
      expect(refused.status).toBe(424);
      expect(refused.headers).toMatchObject({ "ms-azureml-model-error-statuscode": "503", "ms-azureml-model-error-reason": "model_not_ready" });
    }
    writeFileSync(gate, "");
    await slow.message("ready");
    expect((await send(port, "/")).body).toBe("Healthy");
  });
});

describe("limits", () => {
  test("one request too many is 429", async () => {
    const { front, release, first } = await busy({ maxInFlight: 2, statuses: "managed" });
    const second = front.send("/score", post("second"));
    let third = await front.send("/score", post("third"));
    while (third.status === 200) third = await front.send("/score", post("third")); // the other two were not there yet
    expect(third.status).toBe(429);
    expect(third.headers["ms-azureml-model-error-reason"]).toBe("too_many_pending_request");
    release();
    expect([(await first).status, (await second).body]).toEqual([200, '"second"']);
    expect((await front.send("/score", post("fourth"))).status).toBe(200);
  });

  test.each([0, 50])("a wait for a worker longer than %i ms is 429", async (maxQueueWaitMs) => {
    const { front, release, first } = await busy({ maxQueueWaitMs });
    const second = await front.send("/score", post("second"));
    expect([second.status, second.headers["ms-azureml-model-error-reason"]]).toEqual([429, "too_many_pending_request"]);
    release();
    expect((await first).status).toBe(200);
  });

  test("a request that takes too long is 408, and its worker is free only when it really is", async () => {
    const { front, release, first } = await busy({ requestTimeoutMs: 100, maxInFlight: 1 });
    expect(await first).toMatchObject({ status: 408, body: "upstream request timeout" });
    expect((await front.send("/score", post("x"))).status).toBe(429);
    release();
    let next = await front.send("/score", post("x"));
    while (next.status === 429) next = await front.send("/score", post("x"));
    expect(next.status).toBe(200);
  });

  test("a body that is too long is 413, declared or not, and nothing is left behind", async () => {
    const front = await ready({ entryScript: "score.py", maxBodyBytes: 100_000, statuses: "managed", maxInFlight: 1 });
    const body = Buffer.alloc(100_001, "a");
    expect((await front.send("/score", post(body))).status).toBe(413);
    expect((await front.send("/score", { ...post(body), headers: { "Transfer-Encoding": "chunked" } })).status).toBe(413);
    expect((await front.send("/score", post(body.subarray(1)))).status).toBe(200);
  });

  test("a worker that takes longer than WORKER_TIMEOUT is ended and replaced", async () => {
    const front = await ready({ entryScript: "score.py" }, { WORKER_TIMEOUT: "1" });
    await expect(front.send("/score", post("hang"))).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(front.log()).toContain("a request took longer than 1 s");
    expect((await front.send("/score", post("x"))).body).toBe('"x"');
  });
});
