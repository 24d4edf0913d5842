/** Pages of other origins, where keys are needed: what a browser asks before a request comes without one. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { badOrigins, cors } from "../../lib/scoring/online/cors.ts";
import { folder } from "./folders.ts";
import { post, ready } from "./harness.ts";
import type { SendOptions } from "./harness.ts";

const RAW = `from azureml_inference_server_http.api.aml_request import rawhttp

def init():
    pass

@rawhttp
def run(request):
    print("RAN", request.method)
    return request.method
`;
const preflight = (origin: string): SendOptions => ({
  method: "OPTIONS",
  headers: { Origin: origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization" },
});

test("a preflight needs no key and reaches no script; the request itself needs one, and its refusal can be read", async () => {
  const keys = join(folder(), "keys.json");
  writeFileSync(keys, JSON.stringify({ primaryKey: "one-long-key" }));
  const front = await ready({ entryScript: "score.py", keys, corsOrigins: "https://a.com" }, { AML_APP_ROOT: folder({ "score.py": RAW }) });
  const asked = await front.send("/score", preflight("https://a.com"));
  expect(asked).toMatchObject({ status: 200, body: "" });
  expect(asked.headers).toMatchObject({ "Access-Control-Allow-Origin": "https://a.com", "Access-Control-Allow-Headers": "authorization", "Access-Control-Allow-Methods": "GET, POST" });
  expect((await front.send("/score", preflight("https://b.com"))).headers).not.toHaveProperty("Access-Control-Allow-Origin");
  const refused = await front.send("/score", post("x", { Origin: "https://a.com" }));
  expect([refused.status, refused.headers["Access-Control-Allow-Origin"]]).toEqual([401, "https://a.com"]);
  expect((await front.send("/score", { method: "OPTIONS" })).status).toBe(401);
  expect(front.log()).not.toContain("RAN");
  const answered = await front.send("/score", { ...preflight("https://a.com"), headers: { ...preflight("https://a.com").headers, Authorization: "Bearer one-long-key" } });
  expect(answered.body).toBe('"OPTIONS"');
});

test("without a list of origins a preflight is a request like any other", async () => {
  const keys = join(folder(), "keys.json");
  writeFileSync(keys, JSON.stringify({ primaryKey: "one-long-key" }));
  const front = await ready({ entryScript: "score.py", keys });
  const asked = await front.send("/score", preflight("https://a.com"));
  expect(asked.status).toBe(401);
  expect(Object.keys(asked.headers).filter((name) => name.startsWith("Access-Control"))).toEqual([]);
});

test("what is no origin and no regular expression is named", () => {
  expect(cors([])).toBeUndefined();
  expect(badOrigins(["http://a.com", "*", "http://.*\\.a\\.com$"])).toEqual([]);
  expect(badOrigins(["http://a(", "[z-a]"])).toEqual([expect.stringContaining('got "http://a("'), expect.stringContaining('got "[z-a]"')]);
});
