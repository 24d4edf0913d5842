/** Time: operations that take some, reads that lag, answers that a test planted, processes that share a folder. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { brief, calls, done, refusals, writes } from "./log.ts";
import { service } from "./service.ts";
import { autoscalerMoves, exists, read, somebodyDeletes, somebodyRoutes } from "./somebody.ts";
import { plant } from "./store.ts";
import { BLUE, blueGreen, deployment, ENDPOINT, endpoint, fresh, GREEN } from "./trying.ts";

test("rule 39: one write at a time to an endpoint and its deployments", async () => {
  const { ask, folder, put } = await blueGreen();
  plant(folder, { hold: ["PUT deployments/blue"] });
  const { operation = "" } = service(folder).request({ method: "PUT", path: BLUE, body: deployment() });
  for (const path of [BLUE, GREEN, ENDPOINT]) expect(await put(path, path === ENDPOINT ? endpoint() : deployment())).toMatchObject({ status: 409, rule: 39 });
  expect(await ask("DELETE", GREEN)).toMatchObject({ status: 409, rule: 39 });
  expect((await ask("GET", BLUE)).body["properties"].provisioningState).toBe("Updating");
  expect(service(folder).poll(operation)).toEqual({ status: "Running" });
  plant(folder, { hold: [] });
  expect(service(folder).poll(operation)).toEqual({ status: "Succeeded" });
  expect(await put(GREEN, deployment())).toMatchObject({ status: 200 });
  expect(refusals(folder).map(({ rule }) => rule)).toEqual([39, 39, 39, 39]);
});

test("an operation ends even if nobody waits for it", async () => {
  const { folder } = await blueGreen();
  plant(folder, { operationMs: 0 });
  service(folder).request({ method: "PUT", path: BLUE, body: deployment() });
  expect(read(folder, BLUE)["properties"].provisioningState).toBe("Succeeded");
});

test("rule 47: reads lag behind an update as often as planted", async () => {
  const { ask, folder, put } = await blueGreen();
  plant(folder, { staleReads: 2 });
  await put(ENDPOINT, endpoint({ traffic: { blue: 100 } }));
  const seen = [];
  for (let i = 0; i < 3; i += 1) seen.push((await ask("GET", ENDPOINT)).body["properties"].traffic);
  expect(seen).toEqual([{ blue: 90, green: 10 }, { blue: 90, green: 10 }, { blue: 100 }]);
  expect(calls(folder).slice(-3).map(({ rule }) => rule)).toEqual([47, 47, undefined]);
});

test("rule 99: planted refusals and failures, as often as asked", async () => {
  const { folder, put } = fresh();
  await put(ENDPOINT, endpoint());
  plant(folder, {
    refuse: [{ request: "PUT deployments/blue", status: 403, code: "AuthorizationFailed", message: "no", times: 1 }],
    fail: [{ operation: "PUT deployments/blue", message: "no node", times: 1 }],
  });
  expect(await put(BLUE, deployment())).toMatchObject({ status: 403, rule: 99 });
  expect(await put(BLUE, deployment())).toMatchObject({ status: 201, rule: 99, body: { error: { code: "ResourceNotReady" } } });
  expect(await put(BLUE, deployment())).toMatchObject({ status: 400, rule: 38 });
  expect(await put(GREEN, deployment())).toMatchObject({ status: 201, rule: undefined });
});

test("a deletion that fails leaves what it was to delete", async () => {
  const { ask, folder } = await blueGreen({ blue: 100 });
  plant(folder, { fail: [{ operation: "DELETE deployments/green", code: "InternalServerError", message: "later", times: 1 }] });
  expect(await ask("DELETE", GREEN)).toMatchObject({ rule: 99 });
  expect(exists(folder, GREEN)).toBe(true);
  expect(await ask("DELETE", GREEN)).toMatchObject({ status: 202, rule: undefined });
  expect(exists(folder, GREEN)).toBe(false);
});

test("the log tells a life in order", async () => {
  const { folder } = await blueGreen();
  expect(writes(folder).map(brief)).toEqual([
    "PUT onlineEndpoints/credit 201",
    "PUT deployments/blue 201",
    "PUT deployments/green 201",
    "PUT onlineEndpoints/credit 200",
  ]);
  expect(done(folder)).toHaveLength(4);
  expect(calls(folder).map(({ n }) => n)).toEqual(calls(folder).map((_line, i) => i + 1));
});

test("others work in the same subscription", async () => {
  const { folder } = await blueGreen();
  await autoscalerMoves(folder, BLUE, 5);
  expect(read(folder, BLUE)["sku"].capacity).toBe(5);
  await somebodyRoutes(folder, ENDPOINT, { blue: 100, green: 0 });
  expect(read(folder, ENDPOINT)["properties"].traffic).toEqual({ blue: 100, green: 0 });
  await somebodyDeletes(folder, GREEN);
  expect(exists(folder, GREEN)).toBe(false);
  await expect(somebodyDeletes(folder, BLUE)).rejects.toThrow("rule 37");
});

test("several processes share a folder, and one that was killed inside does not stop the others", async () => {
  const { folder } = await blueGreen();
  const here = fileURLToPath(new URL(".", import.meta.url));
  const program = `import { service } from "${here}service.ts"; for (let i = 0; i < 20; i += 1) service(${JSON.stringify(folder)}).request({ method: "GET", path: "${BLUE}" });`;
  const gone = spawnSync(process.execPath, ["-e", "0"]).pid;
  writeFileSync(join(folder, "lock"), `${gone}`);
  const before = calls(folder).length;
  const { spawn } = await import("node:child_process");
  const ends = [1, 2, 3].map(
    () => new Promise((resolve) => spawn(process.execPath, ["--input-type=module-typescript", "-e", program], { stdio: "inherit" }).on("close", resolve)),
  );
  expect(await Promise.all(ends)).toEqual([0, 0, 0]);
  expect(calls(folder).slice(before).map(({ n }) => n)).toEqual([...Array(60).keys()].map((i) => before + 1 + i));
});
