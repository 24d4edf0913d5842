/** What a server does not use, it does not load. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);
const lib = new URL("../../lib/", import.meta.url);

/** The packages for tokens, metrics and traces that a piece of code of ours loads. Pulumi has traces of its own. */
async function loaded(code: string): Promise<string[]> {
  const hooks = 'import { registerHooks } from "node:module"; registerHooks({ resolve: (name, context, next) => (/^(jose|prom-client|@opentelemetry)/.test(name) && !context.parentURL.includes("/node_modules/") && console.log(name), next(name, context)) });';
  const { stdout } = await run(process.execPath, ["--input-type=module", "-e", `${hooks} ${code}`]);
  return [...new Set(stdout.split("\n").filter((line) => line !== ""))].toSorted();
}

test.each([
  ["the library", "index.ts"],
  ["the command line", "cli/serve.ts"],
  ["the front", "scoring/online/front.ts"],
])("%s loads no package for tokens, metrics and traces", async (_name, file) => {
  expect(await loaded(`await import(${JSON.stringify(new URL(file, lib).href)});`)).toEqual([]);
});

test("metrics are loaded when somebody asks for them", async () => {
  const file = JSON.stringify(new URL("scoring/online/metrics-text.ts", lib).href);
  expect(await loaded(`const { metricsText } = await import(${file}); const render = metricsText(async () => [], undefined); console.log("@opentelemetry/none yet"); await render();`)).toEqual(
    expect.arrayContaining(["@opentelemetry/none yet", "prom-client"]),
  );
});
