/** `examples/pipeline` on the real engine: what a job prints, what the service sees, and what is left when something fails. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { keysOf, look } from "../rig/azure/service.ts";
import { plant } from "../rig/azure/store.ts";
import { newPipeline, type Pipeline } from "./rollout.ts";
import { callsSince, story } from "./story.ts";

/** A rollout is a dozen commands of the CLI. */
const PATIENCE_MS = 600_000;

/** Lines of a job's log, without what differs from run to run and what the preview notes. */
const lines = (output: string): string[] =>
  output.split("\n").flatMap((line) => (/^ |^$/.test(line) ? [] : [line.replaceAll(/p95 \d+ ms/g, "p95 n ms").replaceAll(/ {2,}/g, "  ")]));

/** What the service was asked to change since; names without the stack's hash. */
const told = ({ service }: Pipeline, since = 0): string[] => story(callsSince(service, since)).map((line) => line.replaceAll(/-[0-9a-f]{6}\b/g, ""));

const count = ({ service }: Pipeline): number => callsSince(service, 0).length;

const noKey = ({ service }: Pipeline, output: string): void => {
  for (const { id } of Object.values(look(service).world.resources)) for (const key of Object.values(keysOf(id))) expect(output).not.toContain(key);
};

test("a release goes to 100 % by steps; a second run does nothing; up keeps it; an older file does not undo it; and it returns at once", async () => {
  await using pipeline = await newPipeline();
  const { code, output } = await pipeline.rollout("green");
  expect(code, output).toBe(0);
  expect(lines(output)).toEqual([
    "rollout  green to 10, 50, 100 %, stack prod",
    "checks  200 requests a step; of its answers at least 99 % must be 2xx, and 95 % come within 500 ms",
    expect.stringMatching(/^preview {2}\d+ to create$/),
    "green 0 %  up to date",
    "smoke test  3/3 ok  p95 n ms",
    "green 10 %  20 of 200 by green  200/200 ok  p95 n ms",
    "green 50 %  100 of 200 by green  200/200 ok  p95 n ms",
    "green 100 %  200 of 200 by green  200/200 ok  p95 n ms",
    "done  blue 0 %, green 100 %, in Pulumi.prod.yaml too. blue stays at 0 % for a quick return (rollout.ts blue --stack prod --steps 100); the next release replaces or removes it",
  ]);
  expect(output).toMatch(/^ +Endpoint "wine": instances: 6; quota: \d+ cores of standardDSv2Family/m);
  noKey(pipeline, output);
  expect(told(pipeline).filter((line) => line.startsWith("PUT wine"))).toEqual([
    "PUT wine", "PUT wine/blue", "PUT wine/green", "PUT wine blue=100 green=0", "PUT wine blue=90 green=10", "PUT wine blue=50 green=50", "PUT wine blue=0 green=100",
  ]);
  expect(pipeline.configured()).toBe("blue: 0 green: 100");

  const before = count(pipeline);
  const again = await pipeline.rollout("green");
  expect({ code: again.code, last: lines(again.output).slice(-2) }).toEqual({ code: 0, last: ["preview  no change", "done  green has all the traffic already: nothing to do"] });
  const up = await pipeline.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes", "--stack", "prod");
  expect(up.code, up.output).toBe(0);
  expect(told(pipeline, before)).toEqual([]);

  pipeline.edit("Pulumi.prod.yaml", "blue: 0\n    green: 100", "blue: 100\n    green: 0");
  const back = await pipeline.rollout("blue", "--steps", "100");
  expect(back.code, back.output).toBe(0);
  expect(back.output).toContain("Pulumi.prod.yaml says another split than the last update brought about, which is taken");
  expect(told(pipeline, before)).toEqual(["PUT wine blue=100 green=0"]);
  expect(pipeline.configured()).toBe("blue: 100 green: 0");
}, PATIENCE_MS);

test("a deployment that fails at 50 % is back at 10 %, where the next run goes on; one that is live is not changed", async () => {
  await using pipeline = await newPipeline();
  plant(pipeline.service, { answers: [{ deployment: "green", status: 500, message: "too much", fromShare: 50 }] });
  const failed = await pipeline.rollout("green");
  expect(failed.code, failed.output).toBe(1);
  expect(lines(failed.output).slice(-5)).toEqual([
    "green 10 %  20 of 200 by green  200/200 ok  p95 n ms",
    "green 50 %  100 of 200 by green  100/200 ok  p95 n ms",
    expect.stringMatching(/^FAILED {2}green 50 %: 100 of its 100 answers are not 2xx \(424: 100; the first says ".*too much.*"\); at least 99 % must be$/),
    "back, green 10 %  20 of 200 by green  200/200 ok  p95 n ms",
    "now  the split is the last good one again: blue 90 %, green 10 %, in Pulumi.prod.yaml too",
  ]);
  expect(told(pipeline).slice(-2)).toEqual(["PUT wine blue=50 green=50", "PUT wine blue=90 green=10"]);
  expect(pipeline.configured()).toBe("blue: 90 green: 10");

  const before = count(pipeline);
  pipeline.edit("index.ts", '"Standard_DS3_v2"', '"Standard_DS4_v2"');
  const live = await pipeline.rollout("green");
  expect(live.code, live.output).toBe(1);
  expect(live.output).toContain('deployment "green" has 10 % of the traffic, and Azure would have to delete it for this change');
  expect(told(pipeline, before)).toEqual([]);

  pipeline.edit("index.ts", '"Standard_DS4_v2"', '"Standard_DS3_v2"');
  plant(pipeline.service, { answers: [] });
  const rest = await pipeline.rollout("green", "--steps", "10,100");
  expect(rest.code, rest.output).toBe(0);
  expect(rest.output).toContain("an earlier rollout got here; this one goes on");
  expect(told(pipeline, before)).toEqual(["PUT wine blue=0 green=100"]);
}, PATIENCE_MS);

test("a deployment that fails its smoke test gets no traffic; a release that cannot be made is told with what the service said", async () => {
  await using pipeline = await newPipeline();
  plant(pipeline.service, { answers: [{ deployment: "green", status: 500, message: "no model" }], refuse: [{ request: "PUT deployments/green", status: 400, code: "BadRequest", message: "The image is missing.", times: 1 }] });
  const refused = await pipeline.rollout("green");
  expect(refused.code, refused.output).toBe(1);
  expect(refused.output).toContain('Deployment "green" of endpoint "wine');
  expect(refused.output).toContain("Azure said: The image is missing.");
  expect(refused.output).toContain("the split is as it was: blue 100 %, green 0 %");
  const failed = await pipeline.rollout("green");
  expect(failed.code, failed.output).toBe(1);
  expect(failed.output).toMatch(/FAILED +smoke test: 3 of 3 requests were not answered by it with 2xx \(424: 3; the first says ".*no model/);
  expect(told(pipeline).filter((line) => line.includes("="))).toEqual(["PUT wine blue=100 green=0"]);
  expect(pipeline.configured()).toBe("blue: 100 green: 0");
}, PATIENCE_MS);

test("a refusal is printed whole, before anything is done; so is a deployment that the split does not name", async () => {
  await using pipeline = await newPipeline();
  const file = (): string => readFileSync(join(pipeline.folder, "Pulumi.prod.yaml"), "utf8");
  const before = file();
  pipeline.edit("index.ts", 'authMode: "key"', 'authMode: "kye"');
  pipeline.edit("index.ts", "instanceCount: config", "instances: config");
  const refused = await pipeline.rollout("green");
  expect(refused.code, refused.output).toBe(1);
  expect(refused.output).toContain('Endpoint "wine" has 3 problems');
  for (const path of ["authMode", 'deployments.blue: unknown key "instances"', 'deployments.green: unknown key "instances"']) expect(refused.output).toContain(path);
  expect(refused.output).toContain("nothing was changed");
  expect((await pipeline.rollout("gren")).output).toContain("Pulumi.prod.yaml: traffic has no gren, only blue, green. A new deployment begins there with 0");
  expect(told(pipeline)).toEqual([]);
  expect(file()).toBe(before);
}, PATIENCE_MS);

/** Waits until the service has seen it. */
const until = async (pipeline: Pipeline, since: number, wanted: (told: readonly string[], refused: boolean) => boolean): Promise<void> => {
  while (!wanted(told(pipeline, since), callsSince(pipeline.service, since).some(({ status }) => status === 409))) await new Promise((resolve) => setTimeout(resolve, 50));
};

test("Ctrl-C goes back, as soon as the service lets it; a second one says what is left; another update is told as such", async () => {
  await using pipeline = await newPipeline();
  const begun = await pipeline.rollout("green", "--steps", "10");
  expect(begun.code, begun.output).toBe(0);
  expect(begun.output).toContain("blue 90 %, green 10 %, in Pulumi.prod.yaml too. The next rollout goes on from there");
  const name = Object.values(look(pipeline.service).world.resources).map(({ id }) => /\/onlineEndpoints\/([^/]+)$/.exec(id)?.[1]).find((found) => found !== undefined);
  const [hold, moved] = [[`PUT onlineEndpoints/${name}`], "PUT wine blue=50 green=50"];

  // While its requests are on their way.
  let since = count(pipeline);
  const checking = pipeline.begin("green", "--steps", "50", "--over", "3600");
  await until(pipeline, since, (seen) => seen.includes(moved));
  await new Promise((resolve) => setTimeout(resolve, 5000));
  checking.signal("SIGINT");
  const checked = await checking.ended;
  expect(checked.code, checked.output).toBe(130);
  expect(lines(checked.output).slice(-3)).toEqual([
    "FAILED  stopped by SIGINT",
    "back, green 10 %  20 of 200 by green  200/200 ok  p95 n ms",
    "now  the split is the last good one again: blue 90 %, green 10 %, in Pulumi.prod.yaml too",
  ]);
  expect(told(pipeline, since)).toEqual([moved, "PUT wine blue=90 green=10"]);

  // While the service is at it, which goes on when it is not waited for any more.
  since = count(pipeline);
  plant(pipeline.service, { hold });
  const updating = pipeline.begin("green", "--steps", "50");
  await until(pipeline, since, (seen) => seen.includes(moved));
  const other = await pipeline.rollout("green", "--steps", "100");
  expect(other.code, other.output).toBe(1);
  expect(other.output).toContain("stack prod is locked: another update of it is running");
  expect(other.output).toContain("the split is as it was: blue 90 %, green 10 %");
  updating.signal("SIGINT");
  await until(pipeline, since, (_seen, refused) => refused);
  plant(pipeline.service, { hold: [] });
  const updated = await updating.ended;
  expect(updated.code, updated.output).toBe(130);
  expect(updated.output).toContain("the split is the last good one again: blue 90 %, green 10 %");
  expect(told(pipeline, since).at(-1)).toBe("PUT wine blue=90 green=10");
  expect(pipeline.configured()).toBe("blue: 90 green: 10");

  // Somebody who cannot wait for the return.
  since = count(pipeline);
  plant(pipeline.service, { hold });
  const impatient = pipeline.begin("green", "--steps", "50");
  await until(pipeline, since, (seen) => seen.includes(moved));
  impatient.signal("SIGINT");
  await until(pipeline, since, (_seen, refused) => refused);
  impatient.signal("SIGINT");
  const left = await impatient.ended;
  expect(left.code, left.output).toBe(130);
  expect(left.output).toMatch(/now +THE RETURN TO blue 90 %, green 10 % IS NOT SURE: stopped by SIGINT\n +Pulumi\.prod\.yaml has that split; pulumi up --stack prod brings it about/);
  plant(pipeline.service, { hold: [] });
  const mended = await pipeline.pulumi("up", "--yes", "--skip-preview", "--stack", "prod");
  expect(mended.code, mended.output).toBe(0);
  expect(told(pipeline, since).at(-1)).toBe("PUT wine blue=90 green=10");
}, PATIENCE_MS);
