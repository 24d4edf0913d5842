/** What the server says when it starts, as text and as one JSON line. */
import { expect, test } from "vitest";
import { folder } from "./folders.ts";
import { ready, scripts } from "./harness.ts";

const UUID = "12345678-1234-1234-1234-123456789012";

test("the lines for which tools look, whole", async () => {
  const env = { SEPERATE_HEALTH_ENDPOINT: "true", WORKER_TIMEOUT: "20" };
  const front = await ready({ entryScript: "plain.py", workerCount: 2, healthPort: 0, corsOrigins: "http://b.com, http://a.com", appInsightsKey: UUID, pathPrefix: "/p" }, env);
  await front.logged("/startupz");
  const healthPort = /Health Port: (\d+)/.exec(front.log())?.[1];
  const banner = `Valid Application Insights instrumentation key provided.
The environment variable 'AZUREML_MODEL_DIR' has not been set.
Use the --model_dir command line argument to set it.

Azure ML Inferencing HTTP server v1.5.1


Server Settings
---------------
Entry Script Name: plain.py
Model Directory: None
Config File: None
Worker Count: 2
Worker Timeout (seconds): 20
Server Port: ${front.port}
Health Port: ${healthPort}
Application Insights Enabled: true
Application Insights Key: AppInsights key provided
Inferencing HTTP server version: azmlinfsrv/1.5.1
CORS for the specified origins: Enabling CORS for http://b.com, http://a.com
Create dedicated endpoint for health: true


Server Routes
---------------
Liveness Probe: GET   127.0.0.1:${healthPort}/
Score:          POST  127.0.0.1:${front.port}/p/score
Swagger:        GET   127.0.0.1:${front.port}/p/swagger.json
Probes:         GET   127.0.0.1:${front.port}/startupz, /readyz, /livez

`;
  expect(front.log()).toContain(banner);
  expect(front.log()).not.toContain(UUID);
});

test("JSON has one line for all of it; warnings have theirs", async () => {
  const appRoot = folder({ "config.json": '{"FOO": 1}', "score.py": "def init(): pass\ndef run(data): return data\n" });
  const front = await ready({ entryScript: "score.py", logFormat: "json", modelDir: "./m" }, { AML_APP_ROOT: appRoot });
  await front.logged("Found extra keys");
  const lines = front.log().split("\n").filter((line) => line.includes('"logger":"azmlinfsrv"')).map((line) => JSON.parse(line) as Record<string, unknown>);
  const line = lines.find(({ message }) => message === "Azure ML Inferencing HTTP server v1.5.1");
  expect(line).toMatchObject({
    settings: { "Worker Count": 1, "Server Port": front.port, "Health Port": front.port, "Config File": `${appRoot}/config.json`, "Model Directory": "./m" },
    routes: { Score: `POST  127.0.0.1:${front.port}/score` },
  });
  expect(lines.filter(({ level }) => level === "warning").map(({ message }) => String(message).split(" ", 1)[0])).toEqual(["Found"]);
  expect(front.log()).not.toContain("Server Settings");
});

test("what Azure's images install at the start is told to be left out, once", async () => {
  const front = await ready({ entryScript: "plain.py" }, { AZUREML_EXTRA_CONDA_YAML_ABS_PATH: "/conda.yml", AZUREML_EXTRA_REQUIREMENTS_TXT: "requirements.txt", AZUREML_EXTRA_CONDA_YAML: "" });
  const lines = front.log().split("\n").filter((line) => line.includes("AZUREML_EXTRA"));
  expect(lines).toEqual([expect.stringMatching(/ W \[\d+\] azmlinfsrv - nothing is installed at the start, so AZUREML_EXTRA_CONDA_YAML_ABS_PATH, AZUREML_EXTRA_REQUIREMENTS_TXT has no effect: inference-endpoints build puts packages into the image$/)]);
});

test("what the log of a short life holds", async () => {
  const front = await ready({ entryScript: "plain.py" }, { AML_APP_ROOT: scripts });
  await front.send("/score", { method: "POST", body: "x", headers: { "Content-Type": "text/plain" } });
  front.child.kill("SIGTERM");
  expect(await front.exit).toEqual({ code: 0, signal: null });
  const stamp = "\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d,\\d{3}";
  for (const line of ["I \\[\\d+\\] azmlinfsrv(\\.\\w+)? - Users's init has completed successfully", "I \\[\\d+\\] azmlinfsrv - POST /score 200 \\d+\\.\\d{3}ms 24", "I \\[\\d+\\] azmlinfsrv - SIGTERM: finishing the requests that have begun"]) {
    expect(front.log()).toMatch(new RegExp(`^${stamp} ${line}$`, "m"));
  }
});

test("a runner that wants no banner gets the warnings alone", async () => {
  const appRoot = folder({ "config.json": '{"FOO": 1}', "score.js": "exports.init = () => {};\nexports.run = (data) => data;\n" });
  const front = await ready({ entryScript: "score.js" }, { AML_APP_ROOT: appRoot, WORKER_PRELOAD: "true", INFERENCE_ENDPOINTS_BANNER: "false" });
  expect(front.log()).not.toContain("Server Settings");
  expect(front.log()).toContain("Found extra keys");
  expect(front.log()).toContain("WORKER_PRELOAD has no effect here: only workers in Python are forked.");
});
