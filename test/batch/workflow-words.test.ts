/** What a Workflow and its pods say, and what is made of it. */
import { describe, expect, test } from "vitest";
import { writeEnding } from "../../lib/scoring/batch/cluster/ending.ts";
import type { Pod } from "../../lib/scoring/batch/cluster/seen.ts";
import { leaderOfSteps, workflowEnd, workflowStanding, workflowStatus } from "../../lib/scoring/batch/cluster/seen-workflow.ts";
import type { Workflow, WorkflowNode } from "../../lib/scoring/batch/cluster/workflow.ts";
import type { PlannedPipeline, PlannedStep } from "../../lib/scoring/contract/batch.ts";
import { settings } from "./service.ts";

const progress = { miniBatches: 9, files: 9, done: 3, failedMiniBatches: 0, results: 3, failedFiles: 0 };
const MADE = "2026-01-01T00:00:00Z";
const at = (seconds: number): string => `2026-01-01T00:00:${String(seconds).padStart(2, "0")}Z`;

const pod = (step: string, status: object, instance?: number, made = MADE): Pod =>
  ({ metadata: { name: `${step}-${instance}`, creationTimestamp: made, labels: { "inference-endpoints/step": step, ...(instance === undefined ? {} : { "inference-endpoints/instance": String(instance) }) } }, status }) as Pod;
const ended = (exitCode: number, message: string, finishedAt: string): object => ({ phase: exitCode === 0 ? "Succeeded" : "Failed", containerStatuses: [{ state: { terminated: { exitCode: 0, finishedAt } } }, { state: { terminated: { exitCode, message, finishedAt } } }] });
const workflow = (status?: object, spec: object = {}): Workflow => ({ metadata: { name: "w", creationTimestamp: MADE }, spec, ...(status === undefined ? {} : { status }) }) as Workflow;
const step = (name: string, before?: string): [string, PlannedStep] => [name, { kind: "model", settings: settings(), inputs: before === undefined ? {} : { x: { step: before, output: "y" } }, outputs: { y: { type: "uri_folder" } } }];
const pipeline = (continueOnStepFailure = false): PlannedPipeline => ({ inputs: {}, outputs: {}, steps: Object.fromEntries([step("one"), step("two_b", "one"), step("three")]), continueOnStepFailure });
const failed = (nodes: Readonly<Record<string, WorkflowNode>> = {}, more: object = {}): Workflow => workflow({ phase: "Failed", nodes, ...more });

test("a Workflow without pods says why there are none", () => {
  const node = { type: "Pod", templateName: "step-one", phase: "Pending", message: "pods \"job-1\" is forbidden: exceeded quota" };
  expect(workflowStanding(workflow({ phase: "Running", nodes: { a: node } }), [], {})).toEqual({ status: "Provisioning", reason: node.message });
  expect(workflowStanding(workflow({ phase: "Pending", message: "Workflow processing has been postponed" }), [], {})).toEqual({ status: "Provisioning", reason: "Workflow processing has been postponed" });
});

describe("a Workflow that is over", () => {
  test("has failed for the reason of the pod of a step that failed first", () => {
    const pods = [pod("one", ended(65, writeEnding({ status: "Failed", reason: "second" }), at(2)), 1), pod("one", ended(65, writeEnding({ status: "Failed", reason: "first", progress }), at(1)), 0), pod("one", ended(75, writeEnding({ status: "Running" }), at(0)), 0)];
    expect(workflowEnd(failed(), pods, pipeline())).toEqual({ status: "Failed", reason: "step one: first", progress });
  });
  test("has that reason too when its pods are gone, from the message of a node", () => {
    const node = { type: "Pod", templateName: "step-two-b", phase: "Failed", message: `main: Error (exit code 65): ${writeEnding({ status: "Failed", reason: "no model today" })}` };
    expect(workflowEnd(failed({ a: node, b: { ...node, type: "TaskGroup", message: "child 'x' failed" } }), [], pipeline()).reason).toBe("step two_b: no model today");
  });
  test("says of a pod that never spoke what Argo says", () => {
    const message = "init: Error (exit code 1): workflowtaskresults.argoproj.io is forbidden";
    expect(workflowEnd(failed({ a: { type: "Pod", templateName: "step-three", phase: "Error", message }, b: { type: "Retry", templateName: "step-three", phase: "Error" } }), [], pipeline()).reason).toBe(`step three: ${message}`);
  });
  test("blames no step of which another try went well", () => {
    const tries = { a: { type: "Pod", templateName: "step-one", phase: "Failed", message: "main: Error (exit code 75)" }, b: { type: "Retry", templateName: "step-one", phase: "Succeeded" } };
    const taken = pod("publish-outputs", ended(65, writeEnding({ status: "Failed", reason: "it is taken" }), at(1)));
    expect(workflowEnd(failed(tries), [taken], pipeline(true)).reason).toBe("it is taken");
  });
  test("names with continueOnStepFailure the steps whose input never came, however far", () => {
    const pods = [pod("one", ended(65, writeEnding({ status: "Failed", reason: "why" }), at(1)), 0)];
    expect(workflowEnd(failed(), pods, pipeline(true)).reason).toBe("step one: why; step two_b: step one has failed");
    expect(workflowEnd(failed(), pods, pipeline()).reason).toBe("step one: why");
  });
  test("that could not put an output in its place says so, and no step is blamed", () => {
    expect(workflowEnd(failed(), [pod("publish-outputs", ended(65, writeEnding({ status: "Failed", reason: "it is taken" }), at(1)))], pipeline()).reason).toBe("it is taken");
  });
  test("that was never run has the controller's words", () => {
    expect(workflowEnd(workflow({ phase: "Error", message: "invalid spec: templates.x" }), [], pipeline())).toEqual({ status: "Failed", reason: "invalid spec: templates.x" });
    expect(workflowEnd(workflow({ phase: "Failed" }), [], undefined).reason).toBe("its Workflow has failed");
  });
  test("has completed with the progress of its last model", () => {
    const pods = [pod("two_b", ended(0, writeEnding({ status: "Completed", progress }), at(5)), 0), pod("one", ended(0, writeEnding({ status: "Completed", progress: { ...progress, done: 1 } }), at(3)), 0), pod("two_b", ended(0, writeEnding({ status: "Completed", progress: { ...progress, done: 2 } }), at(9)), 1)];
    expect(workflowEnd(workflow({ phase: "Succeeded" }), pods, pipeline())).toEqual({ status: "Completed", progress });
  });
});

const soon = Date.parse(MADE) + 1000;

test.each([
  ["suspended by somebody", workflow({ phase: "Running" }, { suspend: true }), [], { status: "Paused" }],
  ["just made", workflow(), [], { status: "Provisioning" }],
  ["held back by Kueue", workflow({ phase: "Running" }), [pod("one", { phase: "Pending", conditions: [{ type: "PodScheduled", status: "False", reason: "SchedulingGated", message: "gated" }] })], { status: "Queued" }],
  ["without its image", workflow({ phase: "Running" }), [pod("one", { phase: "Pending", containerStatuses: [{ state: { waiting: { reason: "ImagePullBackOff", message: "no such image" } } }] })], { status: "Provisioning", reason: "its pods cannot start: ImagePullBackOff: no such image" }],
  ["begun", workflow({ phase: "Running" }), [pod("one", { phase: "Running" }, 0), pod("three", { phase: "Pending" })], { status: "Running", progress }],
  ["putting its outputs in their places", workflow({ phase: "Running" }), [pod("one", { phase: "Succeeded" }, 0), pod("publish-outputs", { phase: "Running" })], { status: "Finalizing", progress }],
])("a Workflow that is %s", (_, given, pods, seen) => expect(workflowStanding(given, pods, "progress" in seen ? { progress } : {}, soon)).toEqual(seen));

test("a Workflow that no controller takes says so after a while", () =>
  expect(workflowStanding(workflow(), [], {}, soon + 60_000)).toEqual({ status: "Provisioning", reason: "no controller of Argo Workflows has taken its Workflow: is workflow-controller running, does it look after this namespace, and has it no instanceID?" }));

test("a list says it from the Workflow alone, and between two steps the job runs", () => {
  const running = (status: string): Workflow => workflow({ phase: "Running", conditions: [{ type: "PodRunning", status }] });
  expect([workflowStatus(running("True"), "Provisioning"), workflowStatus(running("False"), "Running"), workflowStatus(running("False"), "Provisioning"), workflowStatus(workflow({}, { suspend: true }), "Running")]).toEqual(["Running", "Running", "Provisioning", "Paused"]);
});

test("the log that tells the progress is that of the latest model's first instance", () => {
  const pods = [pod("one", { phase: "Succeeded" }, 0, at(1)), pod("two_b", { phase: "Running" }, 0, at(5)), pod("two_b", { phase: "Running" }, 1, at(6)), pod("three", { phase: "Pending" }, 0, at(9)), pod("last", { phase: "Running" }, undefined, at(9))];
  expect(leaderOfSteps(pods)?.metadata.name).toBe("two_b-0");
});
