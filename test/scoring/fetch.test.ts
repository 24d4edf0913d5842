/** What brings a model from a URI before a container starts (fetch_test.py), in an environment of its own, as in the image. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { CONTAINER } from "../../lib/scoring/contract.ts";
import { environment, install } from "../kept.ts";

const packages = ["fsspec==2026.9.0", "aiohttp==3.14.5"];
const dockerfile = readFileSync(new URL("../../lib/scoring/Dockerfile", import.meta.url), "utf8");

beforeAll(() => install(packages), 300_000);

test("brings all of it or nothing, checked, and tries again where that may help", () => {
  const script = fileURLToPath(new URL("fetch_test.py", import.meta.url));
  expect(() => execFileSync(`${environment(packages)}/bin/python`, [script], { encoding: "utf8", stdio: "pipe" })).not.toThrow();
}, 120_000);

test("is where the compilers say, with libraries of every store", () => {
  expect(dockerfile).toContain("python3 -m venv /opt/fetch");
  expect(dockerfile).toContain("COPY --from=python /opt/fetch /opt/fetch");
  expect(CONTAINER.fetch).toEqual({ python: "/opt/fetch/bin/python", script: "/opt/inference-endpoints/dist/scoring/fetch/main.py" });
  for (const library of ["fsspec", "aiohttp", "s3fs", "adlfs", "gcsfs"]) expect(dockerfile).toMatch(new RegExp(`ARG MODEL_STORES=".*\\b${library}\\b`));
});
