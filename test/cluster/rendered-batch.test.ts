/** A batch endpoint from the manifests of `render --out`, applied by `kubectl`. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe } from "vitest";
import { batchCases, type BatchArena } from "../conformance/cases/batch.ts";
import { conformance } from "../conformance/suite.ts";
import { addressIn, applied, render } from "./arena.ts";
import { batchArena, newBatchCallers } from "./batch-arena.ts";
import { newClaims, type Claims } from "./claims.ts";
import { keysOf, newNamespace } from "./cluster.ts";

const JOBS = "batch-jobs";

const folder = mkdtempSync(join(tmpdir(), "rendered-"));
const made: AsyncDisposable[] = [];
let arena: BatchArena;

beforeAll(async () => {
  made.push(await newNamespace(JOBS));
  const claims: Claims = await newClaims(JOBS);
  made.push(claims);
  const manifests = await render("test/conformance/batch-contract", folder);
  await applied(manifests, JOBS);
  const [caller, stranger] = await newBatchCallers(addressIn(manifests, "archive", "jobs"), (await keysOf(JOBS, "archive-keys")).primaryKey);
  arena = batchArena(claims, caller, stranger, JOBS);
});

afterAll(async () => {
  for (const each of made) await each[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

describe("the contract", () => {
  conformance("batch", "rendered", () => arena, batchCases);
});
