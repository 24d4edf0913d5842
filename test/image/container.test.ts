/** The image from outside: the contract over HTTP, what it may and may not do, and how it ends. */
import { once } from "node:events";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import type { IncomingMessage } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { folder } from "../scoring/folders.ts";
import { eventually, post } from "../scoring/harness.ts";
import { env, run, serve } from "./container.ts";
import { docker } from "./docker.ts";
import { IMAGE } from "./setup.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const scripts = { flags: ["--volume", `${here("scripts")}:/var/azureml-app/code:ro`, "--env", "AML_APP_ROOT=/var/azureml-app/code"] };
const onnx = { flags: ["--volume", `${here("../../examples/quickstart/models")}/blue.onnx:/var/azureml-app/azureml-models/wine/1/blue.onnx:ro`] };
const script = ["--entry_script", "score.py"];

describe("the image", () => {
  let config: { readonly User: string; readonly ExposedPorts: object; readonly Healthcheck?: object; readonly Entrypoint: string[]; readonly Cmd: string[]; readonly Env: string[] };
  beforeAll(() => {
    config = (JSON.parse(docker(env, ["image", "inspect", "--format", "{{json .Config}}", IMAGE])) as typeof config);
  });

  test("says who it is: a user by number, the contract's port, its paths; no health check of Docker's", () => {
    expect(config).toMatchObject({ User: "10001:10001", ExposedPorts: { "5001/tcp": {} }, Entrypoint: ["/usr/bin/tini", "--", "inference-endpoints"], Cmd: ["serve", "--host", "0.0.0.0"] });
    expect(config.Env).toEqual(expect.arrayContaining(["AML_APP_ROOT=/var/azureml-app", "AZUREML_MODEL_DIR=/var/azureml-app/azureml-models", "ORT_DISABLE_TELEMETRY=1", "HOME=/tmp"]));
    expect(config.Healthcheck).toBeUndefined();
  });

  test("holds the packages of its lock file and no others, and onnxruntime for this platform alone", async () => {
    const lock = JSON.parse(readFileSync(here("../../dist/image/package-lock.json"), "utf8")) as { readonly packages: object };
    const locked = Object.keys(lock.packages).filter((name) => name !== "").map((name) => name.replace("node_modules/", ""));
    const look = run(["-c", "cd /opt/inference-endpoints && ls node_modules && echo -- && find node_modules/onnxruntime-node/bin -type f && find . -name '*.d.ts' -path './dist/*'"], { network: "none", flags: ["--entrypoint", "sh"] });
    expect(await look.ended).toBe(0);
    const [packages = "", files = ""] = look.log().split("--\n");
    expect(packages.trim().split("\n").toSorted()).toEqual([...new Set(locked.map((name) => name.split("/")[0]!))].toSorted());
    const platform = `node_modules/onnxruntime-node/bin/napi-v6/linux/${process.arch}`;
    expect(files.trim().split("\n").toSorted()).toEqual([`${platform}/libonnxruntime.so.1`, `${platform}/onnxruntime_binding.node`]);
  });

  test("holds nothing of what its packages were asked for with: an index may want a password", async () => {
    expect(docker(env, ["history", "--no-trunc", "--format", "{{.CreatedBy}}", IMAGE])).not.toMatch(/joblib|PIP_INDEX_URL|pip install/);
    const look = run(["-c", "find / -xdev -name requirements.txt"], { network: "none", flags: ["--entrypoint", "sh", "--user", "0"] });
    expect(await look.ended).toBe(0);
    expect(look.log()).toBe("");
  });

  test("by itself listens on every address, port 5001", async () => {
    const container = run([], { network: "none", ...onnx });
    await container.said(/every worker is ready/);
    expect(container.exec("cat", "/proc/net/tcp")).toMatch(/ 00000000:1389 00000000:0000 0A /);
  });
});

describe("a Python script", () => {
  const MESSAGE_404 = '{"message": "The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again."}';
  const MESSAGE_405 = '{"message": "The method is not allowed for the requested URL."}';
  const MESSAGE_500 = '{"message": "An unexpected error occurred in scoring script. Check the logs for more info."}';

  test("answers by the contract", async () => {
    const { send } = await serve(script, scripts);
    const answers: readonly (readonly [path: string, options: Parameters<typeof send>[1], status: number, body: string | RegExp])[] = [
      ["/", undefined, 200, "Healthy"],
      ["/", { method: "HEAD" }, 200, ""],
      ["/", post("x"), 405, MESSAGE_405],
      ["/score", post("grüße"), 200, '{"got": "gr\\u00fc\\u00dfe"}'],
      ["/score?a=1", undefined, 200, '{"got": "{\\"a\\": 1}"}'],
      ["/score", post("raise"), 500, MESSAGE_500],
      ["/score", post(Buffer.from([0xff])), 400, /Input cannot be decoded as UTF-8/],
      ["/score", post("x", { "x-request-id": "a".repeat(101) }), 431, /must not exceed 100 characters/],
      ["/score", { method: "PUT", body: "x" }, 405, MESSAGE_405],
      ["/score/", post("x"), 404, MESSAGE_404],
      ["/nope", undefined, 404, MESSAGE_404],
      ["/swagger.json?version=3", undefined, 200, /"openapi": "3\.0\.3"/],
      ["/swagger.json?version=9", undefined, 404, /Swagger version \[9\] is not valid/],
    ];
    for (const [path, options, status, body] of answers) {
      const reply = await send(path, options);
      expect({ path, options, status: reply.status }).toEqual({ path, options, status });
      expect(reply.body).toEqual(typeof body === "string" ? body : expect.stringMatching(body));
    }
    expect(await send("/score", post("import inference_schema")), "of the contract").toMatchObject({ status: 200, body: '"inference_schema"' });
    expect(await send("/score", post("import joblib")), "of the build argument").toMatchObject({ status: 200, body: '"joblib"' });
  });

  test("answers by AMLRequest and AMLResponse, and streams item by item", async () => {
    const { exec, port, send } = await serve(["--entry_script", "raw.py"], scripts);
    expect(await send("/score?a=1", post("x"))).toMatchObject({ status: 201, body: "POST 1 x", headers: { "x-a": "b", "Content-Type": "text/html; charset=utf-8" } });
    const outgoing = request({ host: "127.0.0.1", port, path: "/score", method: "POST" });
    outgoing.end("stream");
    const [incoming] = (await once(outgoing, "response")) as [IncomingMessage];
    incoming.setEncoding("utf8");
    const items = incoming[Symbol.asyncIterator]();
    expect(await items.next()).toEqual({ done: false, value: "one " });
    exec("touch", "/tmp/go");
    expect(await items.next()).toEqual({ done: false, value: "two" });
    expect((await items.next()).done).toBe(true);
  });

  test("takes what its schema says", async () => {
    const { send } = await serve(["--entry_script", "schema.py"], scripts);
    expect(await send("/score", post('{"num": 7}'))).toMatchObject({ status: 200, body: "8" });
    expect(await send("/score", post("{}"))).toMatchObject({ status: 400, body: `{"message": "A value is not provided for the 'num' parameter."}` });
    expect((await send("/swagger.json")).body).toMatch(/"num": ?\{"type": "integer"/);
  });

  test("is open to its keys alone, also when they have changed", async () => {
    const keys = folder({ primaryKey: "the-primary-key", secondaryKey: "the-secondary-key" });
    chmodSync(keys, 0o755); // for the container's user
    const { said, send } = await serve([...script, "--keys", "/var/keys"], { flags: [...scripts.flags, "--volume", `${keys}:/var/keys:ro`] });
    const status = async (key?: string): Promise<number> => (await send("/score", post("x", key === undefined ? {} : { Authorization: `Bearer ${key}` }))).status;
    expect([await status(), await status("another-key"), await status("the-primary-key"), await status("the-secondary-key")]).toEqual([401, 401, 200, 200]);
    writeFileSync(join(keys, "primaryKey"), "a-new-key");
    await said(/keys were read again/);
    expect([await status("the-primary-key"), await status("a-new-key"), await status("the-secondary-key")]).toEqual([401, 200, 200]);
  });

  test("runs as nobody, may do nothing special, and writes to /tmp alone", async () => {
    const { send } = await serve(script, scripts);
    expect(JSON.parse((await send("/score", post("who"))).body)).toEqual({ uid: 10_001, gid: 10_001, capabilities: ["0000000000000000"], home: "/tmp" });
    const folders = ["/", "/etc", "/opt/inference-endpoints", "/opt/python", "/var/azureml-app", "/var/azureml-app/code", "/tmp"];
    expect(JSON.parse((await send("/score", post(`write ${folders.join(" ")}`))).body)).toEqual(Object.fromEntries(folders.map((folder) => [folder, folder === "/tmp" ? "written" : "read-only"])));
  });

  test("leaves no zombie behind: PID 1 reaps what it orphans", async () => {
    const { exec, send } = await serve(script, scripts);
    expect(exec("cat", "/proc/1/comm")).toBe("tini");
    const orphan = (await send("/score", post("orphan"))).body;
    expect(orphan).toMatch(/^\d+$/);
    await eventually(() => exec("sh", "-c", `test -e /proc/${orphan} || echo gone`) === "gone");
  });
});

describe("an ONNX model", () => {
  const data = (file: string): unknown => JSON.parse(readFileSync(here(`../../examples/quickstart/data/${file}.json`), "utf8"));

  test("answers without a script; what is written, sent or kept is nothing, even where it could be", async () => {
    const container = await serve([], { ...onnx, writable: true });
    const reply = await container.send("/score", post(JSON.stringify({ data: data("rows") })));
    expect(reply.status).toBe(200);
    expect((JSON.parse(reply.body) as { readonly label: unknown }).label).toEqual((data("labels") as { readonly blue: unknown }).blue);
    expect(container.exec("ls", "-A", "/tmp")).toBe("");
    const mounted = /^. \/var(\/azureml-app(\/azureml-models(\/wine(\/1(\/blue\.onnx)?)?)?)?)?$/;
    expect(container.docker("diff").split("\n").filter((line) => !mounted.test(line))).toEqual([]);
  });
});

describe("the end", () => {
  test("exit code 1: a flag that is wrong", async () => {
    const container = run(["serve", "--bad"]);
    expect(await container.ended).toBe(1);
    expect(container.log()).toContain("--bad");
  });

  test("exit code 3: nothing that can be served", async () => {
    expect(await run(["serve"]).ended).toBe(3);
    expect(await run(["serve", "--entry_script", "gone.py"], scripts).ended).toBe(3);
  });

  test("exit code 0: SIGTERM to PID 1 lets the request end that is running", async () => {
    const container = await serve(script, scripts);
    const reply = container.send("/score", post("wait"));
    await container.said(/waiting/);
    container.docker("kill", "--signal", "TERM");
    await container.said(/SIGTERM: finishing/);
    container.exec("touch", "/tmp/go");
    expect(await reply).toMatchObject({ status: 200, body: '{"got": "wait"}' });
    expect(await container.ended).toBe(0);
  });
});
