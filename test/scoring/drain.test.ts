/** How the server ends: what it waits for, for how long, and what cannot keep it. */
import { execFileSync, spawn } from "node:child_process";
import { closeSync, constants, openSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { drainMs } from "../../lib/scoring/contract.ts";
import { collectorFile } from "./collected.ts";
import { folder } from "./folders.ts";
import { eventually, launch, post, ready } from "./harness.ts";
import type { TestFront } from "./harness.ts";
import { keyServer, signingKey, token, tokensFile } from "./issuer.ts";

describe("how long running requests may take to end", () => {
  it.each([
    ["gunicorn's 30 seconds without limits", {}, 30_000],
    ["the same where the limits are shorter", { requestTimeoutMs: 5000, maxQueueWaitMs: 0 }, 30_000],
    ["as long as a request within its limits lasts", { requestTimeoutMs: 300_000, maxQueueWaitMs: 500 }, 300_500],
    ["no longer than a timer can wait", { requestTimeoutMs: 2 ** 31 - 1, maxQueueWaitMs: 2 ** 31 - 1 }, 2 ** 31 - 1],
  ])("is %s", (_, limits, expected) => expect(drainMs(limits)).toBe(expected));
});

describe("a drain", () => {
  it("waits for a request whose token is still being checked", async () => {
    const key = await signingKey("k1");
    const server = await keyServer([key.jwk]);
    const held: ServerResponse[] = [];
    server.respond = (_request, response) => void held.push(response);
    const front = await ready({ entryScript: "score.py", tokens: tokensFile([{ jwks: server.url }]) });
    await eventually(() => held.length === 1);
    const asked = front.send("/score", { ...post("x"), headers: { Authorization: `Bearer ${await token(key)}`, "Content-Type": "application/json" } });
    await front.send("/"); // the request before this one has been read
    front.child.kill("SIGTERM");
    await front.logged("SIGTERM");
    await new Promise((resolve) => setTimeout(resolve, 600)); // nothing may happen, which sends no event
    held[0]?.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify({ keys: [key.jwk] }));
    expect(await asked).toMatchObject({ status: 200, body: '"x"' });
    expect(await front.exit).toEqual({ code: 0, signal: null });
  });
});

describe("a thread in native code", () => {
  /** Waiting for a program that reads from a pipe nobody writes into: once it reads, JavaScript does not come back from there. */
  const HANGS = "import { execFileSync } from 'node:child_process';\nconst hang = () => void execFileSync('cat', [process.env.PIPE]);\n";

  function pipe(): { path: string; read: () => Promise<void> } {
    const path = join(folder(), "pipe");
    execFileSync("mkfifo", [path]);
    /** Opens it for writing, which works from the moment somebody reads. */
    const opens = (): boolean => {
      try {
        const end = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
        onTestFinished(() => closeSync(end));
        return true;
      } catch {
        return false;
      }
    };
    return { path, read: () => eventually(opens) };
  }

  it("does not keep the server from ending", async () => {
    const root = folder({ "score.mjs": `${HANGS}export function init() {}\nexport function run() {\n  setImmediate(hang);\n  return "x";\n}\n` });
    const { path, read } = pipe();
    const front = await ready({ entryScript: "score.mjs" }, { AML_APP_ROOT: root, PIPE: path });
    expect(await front.send("/score", post("1"))).toMatchObject({ body: '"x"' });
    await read();
    expect(await front.send("/")).toMatchObject({ status: 200 });
    front.child.kill("SIGTERM");
    expect(await front.exit).toEqual({ code: null, signal: "SIGKILL" });
    expect(front.log()).toContain("a thread is in native code and does not end: SIGKILL ends it with the server");
  });

  it.each<[when: string, end: (front: TestFront) => Promise<void> | void]>([
    ["its parent goes away", ({ child }) => child.disconnect()],
    ["it is asked twice", async (front) => {
      front.child.kill("SIGTERM");
      await front.logged("SIGTERM");
      front.child.kill("SIGTERM");
    }],
    ["init() takes too long", () => {}],
  ])("nor when %s", async (when, end) => {
    const root = folder({ "score.mjs": `${HANGS}export const init = hang;\nexport function run() {}\n` });
    const { path, read } = pipe();
    const limit = when === "init() takes too long" ? { WORKER_TIMEOUT: "1" } : {};
    const front = launch({ entryScript: "score.mjs" }, { AML_APP_ROOT: root, PIPE: path, ...limit });
    await read();
    await end(front);
    expect(await front.exit).toEqual({ code: null, signal: "SIGKILL" });
  });
});

it("a server that cannot start leaves nothing open", async () => {
  const front = JSON.stringify(new URL("../../lib/scoring/online/front.ts", import.meta.url).href);
  const options = JSON.stringify(new URL("../../lib/scoring/online/options.ts", import.meta.url).href);
  const root = folder({ "score.py": "def init(): pass\n\ndef run(data): return data\n" });
  const file = join(root, "fails.mjs");
  writeFileSync(
    file,
    `import { startFront } from ${front};
import { parseOptions } from ${options};
for (const argv of JSON.parse(process.env.CASES)) await startFront(parseOptions(argv, process.env, process.cwd())).then(() => process.exit(9), (error) => console.log(error.message));
`,
  );
  const keys = join(root, "keys.json");
  writeFileSync(keys, JSON.stringify({ primaryKey: "a-key-of-some-length" }));
  const taken = await keyServer([]);
  const inUse = new URL(taken.url).port;
  const common = ["--port", "0", "--data-collector", collectorFile(), "--keys", keys];
  const cases = [
    [...common, "--model_dir", join(root, "nowhere")],
    [...common, "--entry_script", "score.py", "--tokens", join(root, "nowhere")],
    [...common, "--entry_script", "score.py", "--metrics-port", inUse],
    [...common.slice(2), "--entry_script", "score.py", "--metrics-port", "0", "--port", inUse],
  ];
  const child = spawn(process.execPath, [file], { env: { ...process.env, AML_APP_ROOT: root, CASES: JSON.stringify(cases) }, stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let said = "";
  child.stdout.on("data", (text) => (said += text));
  expect(await new Promise((resolve) => child.on("close", resolve))).toBe(0);
  expect(said).toMatch(/nowhere does not exist\n[^]*nowhere[^]*in use[^]*in use/);
});
