/** What pods say, and what is made of it. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { accountOf, inCluster } from "../../lib/scoring/batch/cluster/access.ts";
import { lastSaying, readEnding, writeEnding } from "../../lib/scoring/batch/cluster/ending.ts";
import { endOf, standingOf, type Pod } from "../../lib/scoring/batch/cluster/seen.ts";
import { Tallies } from "../../lib/scoring/batch/cluster/tallies.ts";
import { layoutOf } from "../../lib/scoring/batch/layout.ts";
import { scratch } from "./service.ts";

const progress = { miniBatches: 9, files: 9, done: 3, failedMiniBatches: 0, results: 3, failedFiles: 0 };

test("the end of a log says how a job stands, whatever else is in it", () => {
  const log = [JSON.stringify({ message: "x", status: "Preparing" }), "Traceback: {", JSON.stringify({ status: "Running", progress }), '{"message":"other"}', '{"status":"Runn'].join("\n");
  expect(lastSaying(log)).toEqual({ status: "Running", progress });
  expect(lastSaying("")).toEqual({});
});

describe("last words", () => {
  test("come back as they were said", () => expect(readEnding(writeEnding({ status: "Failed", reason: "it is so", progress }))).toEqual({ status: "Failed", reason: "it is so", progress }));
  test.each(["ä".repeat(9000), '"'.repeat(9000), "\u0001".repeat(9000)])("are cut to what the kubelet keeps", (reason) => {
    const text = writeEnding({ status: "Failed", reason, progress });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4096);
    expect(readEnding(text)).toMatchObject({ status: "Failed", reason: expect.stringMatching(/ …$/), progress });
  });
  test("of somebody else are none", () => expect([undefined, "", "Killed", "{}", "3", "null"].map(readEnding)).toEqual([undefined, undefined, undefined, undefined, undefined, undefined]));
});

const pod = (index: number, status: object): Pod => ({ metadata: { name: `p${index}`, annotations: { "batch.kubernetes.io/job-completion-index": String(index) } }, status }) as Pod;
const ended = (exitCode: number, message: string, finishedAt: string, reason?: string): object => ({ phase: exitCode === 0 ? "Succeeded" : "Failed", containerStatuses: [{ state: { terminated: { exitCode, message, finishedAt, reason } } }] });
const job = (type: string, message = ""): Parameters<typeof endOf>[0] => ({ metadata: { name: "j" }, status: { conditions: [{ type, status: "True", message }] } });

describe("a Job that is over", () => {
  test("has failed for the reason of the pod that failed first", () => {
    const pods = [pod(1, ended(65, writeEnding({ status: "Failed", reason: "second" }), "2026-01-01T00:00:02Z")), pod(0, ended(75, writeEnding({ status: "Running", progress }), "2026-01-01T00:00:03Z")), pod(2, ended(65, writeEnding({ status: "Failed", reason: "first" }), "2026-01-01T00:00:01Z"))];
    expect(endOf(job("Failed", "Container scoring…"), pods)).toEqual({ status: "Failed", reason: "first", progress });
  });
  test("without a word of its pods has the controller's, and how the last one died", () => {
    expect(endOf(job("Failed", "Job has failed indexes"), [pod(0, ended(137, "", "", "OOMKilled"))])).toEqual({ status: "Failed", reason: "Job has failed indexes; its last pod ended with 137 (OOMKilled)" });
    expect(endOf(job("Failed"), [])).toEqual({ status: "Failed", reason: "its Job has failed" });
  });
  test("has completed as instance 0 says", () => {
    const pods = [pod(1, ended(0, writeEnding({ status: "Completed", progress: { ...progress, done: 2 } }), "2026-01-01T00:00:09Z")), pod(0, ended(0, writeEnding({ status: "Completed", progress }), "2026-01-01T00:00:05Z"))];
    expect(endOf(job("Complete"), pods)).toEqual({ status: "Completed", progress });
  });
});

test.each([
  ["held back by Kueue", { metadata: { name: "j" }, spec: { suspend: true } }, [], true, { status: "Queued" }],
  ["suspended by somebody", { metadata: { name: "j" }, spec: { suspend: true } }, [], false, { status: "Paused" }],
  ["on its way", { metadata: { name: "j" } }, [pod(0, { phase: "Pending" })], false, { status: "Provisioning" }],
  ["without its image", { metadata: { name: "j" } }, [pod(0, { phase: "Pending", containerStatuses: [{ state: { waiting: { reason: "ImagePullBackOff", message: "no such image" } } }] })], false, { status: "Provisioning", reason: "its pods cannot start: ImagePullBackOff: no such image" }],
  ["without a node", { metadata: { name: "j" } }, [pod(0, { phase: "Pending", conditions: [{ type: "PodScheduled", status: "False", message: "0/3 nodes" }] })], false, { status: "Provisioning", reason: "its pods wait for a node: 0/3 nodes" }],
  ["begun", { metadata: { name: "j" } }, [pod(0, { phase: "Running" })], false, { status: "Starting" }],
] as const)("a Job that is %s", (_, given, pods, queued, seen) => expect(standingOf(given, pods, {}, queued)).toEqual(seen));

test("tallies of an attempt before count for nothing, and all of this one together", () => {
  const layout = layoutOf(scratch(), "p.csv", false);
  mkdirSync(layout.work);
  const tally = { done: 2, items: 2, failedMiniBatches: 1, failedFiles: 1, succeeded: 2 };
  const [zero, one] = [0, 1].map((index) => new Tallies(layout, { index, count: 2, attempt: 1 })) as [Tallies, Tallies];
  new Tallies(layout, { index: 1, count: 2, attempt: 0 }).settle(tally);
  zero.look();
  expect([zero.failedElsewhere, zero.allSettled]).toEqual([0, false]);
  one.tell(tally);
  zero.look();
  expect([zero.failedElsewhere, zero.allSettled]).toEqual([1, false]);
  one.settle(tally);
  zero.look();
  expect([zero.allSettled, zero.whole(tally)]).toEqual([true, { done: 4, items: 4, failedMiniBatches: 2, failedFiles: 2, succeeded: 4 }]);
});

describe("the way to the API server", () => {
  test("is what the kubelet has mounted, and the token names its account", () => {
    const folder = scratch();
    const claims = Buffer.from(JSON.stringify({ "kubernetes.io": { serviceaccount: { name: "it", uid: "7d8a" } } })).toString("base64url");
    for (const [name, text] of Object.entries({ token: `h.${claims}.s\n`, "ca.crt": "CA", namespace: "jobs" })) writeFileSync(join(folder, name), text);
    const access = inCluster(folder, { KUBERNETES_SERVICE_HOST: "10.0.0.1", KUBERNETES_SERVICE_PORT: "443" });
    expect({ ...access, ca: access.ca.toString(), token: access.token() }).toEqual({ host: "10.0.0.1", port: "443", ca: "CA", namespace: "jobs", token: `h.${claims}.s` });
    expect(accountOf(access.token())).toEqual({ apiVersion: "v1", kind: "ServiceAccount", name: "it", uid: "7d8a" });
    expect(accountOf("opaque")).toBeUndefined();
  });
  test("is none outside a pod", () => {
    expect(() => inCluster(scratch(), {})).toThrow("--cluster works in a pod alone");
    expect(() => inCluster(scratch(), { KUBERNETES_SERVICE_HOST: "h", KUBERNETES_SERVICE_PORT: "1" })).toThrow("with the token of its service account");
  });
});
