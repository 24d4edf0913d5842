/**
 * As much of Argo's workflow-controller as the service and its steps see: a DAG whose tasks begin when what they depend on has succeeded, items of a
 * sequence, retries by exit code, and a status with the phases, nodes and messages of the real one.
 */
import { expect } from "vitest";
import { STEP_COMMAND } from "../../lib/scoring/contract/batch-cluster.ts";
import type { Fields, FakeCluster } from "./fake-cluster.ts";

/** The real one's pause is 10 s. */
const BACK_OFF_MS = 100;
/** Names of templates and tasks (validate.go). */
const NAME = /^[a-zA-Z0-9][-a-zA-Z0-9]*$/;
const DONE = ["Succeeded", "Failed", "Error", "Omitted"];

export class FakeArgo {
  readonly #cluster: FakeCluster;

  constructor(cluster: FakeCluster) {
    this.#cluster = cluster;
  }

  /** Takes a Workflow that was just made. */
  begin(workflow: Fields): void {
    checkSpec(workflow["spec"]);
    const { name } = workflow["metadata"];
    workflow["status"] = { phase: "Running", nodes: { [name]: { id: name, name, displayName: name, type: "DAG", phase: "Running" } }, conditions: [] };
    this.#look(workflow);
  }

  /** What may begin begins; when nothing is left, the Workflow has a phase. */
  #look(workflow: Fields): void {
    if (!this.#cluster.isGoing("workflows", workflow["metadata"])) return;
    const entry = templateOf(workflow, workflow["spec"].entrypoint);
    const tasks = entry["dag"].tasks as Fields[];
    let omitted = false;
    for (const task of tasks) {
      const before = ((task["dependencies"] ?? []) as string[]).map((each) => phaseOf(workflow, each));
      if (phaseOf(workflow, task["name"]) !== undefined || before.some((phase) => !DONE.includes(phase ?? ""))) continue;
      if (before.every((phase) => phase === "Succeeded")) {
        this.#execute(workflow, task);
        continue;
      }
      node(workflow, { name: task["name"], type: "Skipped", phase: "Omitted", message: "omitted: depends condition not met" });
      omitted = true;
    }
    const phases = tasks.map((task) => phaseOf(workflow, task["name"]));
    // What depends on it may be omitted too.
    if (omitted) return this.#look(workflow);
    const isRunning = phases.some((phase) => phase === "Running" || phase === undefined);
    workflow["status"].conditions = [{ type: "PodRunning", status: isRunning ? "True" : "False" }];
    if (isRunning) return;
    const phase = phases.every((each) => each === "Succeeded") ? "Succeeded" : "Failed";
    workflow["status"] = { ...workflow["status"], phase, conditions: [{ type: "PodRunning", status: "False" }, { type: "Completed", status: "True" }] };
    workflow["status"].nodes[workflow["metadata"].name].phase = phase;
  }

  #execute(workflow: Fields, task: Fields): void {
    const count = task["withSequence"] === undefined ? undefined : Number(task["withSequence"].count);
    node(workflow, { name: task["name"], type: count === undefined ? "Retry" : "TaskGroup", templateName: task["template"], phase: "Running" });
    const left = new Set(Array.from({ length: count ?? 1 }, (_, item) => item));
    let failed = false;
    for (const item of left) {
      this.#tryPod(workflow, task, count === undefined ? undefined : item, 0, (phase) => {
        left.delete(item);
        failed ||= phase !== "Succeeded";
        if (left.size === 0) node(workflow, { name: task["name"], type: count === undefined ? "Retry" : "TaskGroup", templateName: task["template"], phase: failed ? "Failed" : "Succeeded" });
        this.#look(workflow);
      });
    }
  }

  /** One try of a task or an item, and as many more as its strategy has. */
  #tryPod(workflow: Fields, task: Fields, item: number | undefined, deaths: number, over: (phase: string) => void): void {
    const { metadata } = workflow;
    if (!this.#cluster.isGoing("workflows", metadata)) return;
    const template = filled(templateOf(workflow, task["template"]), item);
    const display = `${task["name"]}${item === undefined ? "" : `(${item}:${item})`}(${deaths})`;
    const id = `${metadata.name}-${task["template"]}-${item ?? 0}-${deaths}`;
    node(workflow, { name: display, type: "Pod", templateName: task["template"], phase: "Running" });
    const pod = {
      metadata: {
        name: id,
        labels: { ...template["metadata"].labels, "workflows.argoproj.io/workflow": metadata.name, "workflows.argoproj.io/completed": "false" },
        annotations: { ...template["metadata"].annotations, "workflows.argoproj.io/node-name": `${metadata.name}.${display}` },
        creationTimestamp: new Date(Date.now() + deaths).toISOString(),
      },
      spec: { containers: [{ name: "wait" }, { ...template["container"], name: "main" }], volumes: template["volumes"] },
      container: template["container"] as Fields,
      env: {},
    };
    this.#cluster.runPod(metadata.name, pod, (code, message) => {
      const finishedAt = new Date().toISOString();
      this.#cluster.endPod(id, code, [{ name: "wait", state: { terminated: { exitCode: 0, finishedAt } } }, { name: "main", state: { terminated: { exitCode: code, message, finishedAt } } }]);
      const phase = code === 0 ? "Succeeded" : "Failed";
      node(workflow, { name: display, type: "Pod", templateName: task["template"], phase, finishedAt, ...(code === 0 ? {} : { message: `main: Error (exit code ${code})${message === "" ? "" : `: ${message}`}` }) });
      const { expression, limit } = template["retryStrategy"] as Fields;
      const isFinal = String(code) === /^asInt\(lastRetry\.exitCode\) != (\d+)$/.exec(expression as string)?.[1];
      if (code === 0 || isFinal || deaths >= limit) return over(phase);
      setTimeout(() => this.#tryPod(workflow, task, item, deaths + 1, over), BACK_OFF_MS);
    });
  }
}

const checkSpec = (spec: Fields): void => {
  const templates = spec["templates"] as Fields[];
  for (const name of [...templates.map((template) => template["name"]), ...templates.flatMap((template) => (template["dag"]?.tasks ?? []).map((task: Fields) => task["name"]))]) expect(name).toMatch(NAME);
  for (const { container } of templates) if (container !== undefined) expect(container.command).toEqual(STEP_COMMAND);
  // Whatever else looks like a template would not be resolved.
  expect(JSON.stringify(spec).replaceAll(/\{\{(?:inputs\.parameters\.index|item)\}\}/g, "")).not.toContain("{{");
};

const templateOf = (workflow: Fields, name: string): Fields => (workflow["spec"].templates as Fields[]).find((template) => template["name"] === name) as Fields;

const filled = (template: Fields, item: number | undefined): Fields => JSON.parse(JSON.stringify(template).replaceAll("{{inputs.parameters.index}}", String(item))) as Fields;

const node = (workflow: Fields, { name, ...rest }: Fields): void => {
  const id = `${workflow["metadata"].name}-${name}`;
  workflow["status"].nodes[id] = { id, name: `${workflow["metadata"].name}.${name}`, displayName: name, ...rest };
};

const phaseOf = (workflow: Fields, task: string): string | undefined => workflow["status"].nodes[`${workflow["metadata"].name}-${task}`]?.phase;
