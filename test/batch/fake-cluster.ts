/**
 * As much of a cluster as the invocation service sees: an API server of one namespace that refuses what the Role does not allow, and the Job controller
 * with its pods, which are processes of this machine; `fake-argo.ts` is the controller of Workflows. What the real ones do beyond that is tested on them.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Access } from "../../lib/scoring/batch/cluster/access.ts";
import { INDEX_VARIABLE, JOB_PATHS, JOB_PERMISSIONS, PIPELINE_PERMISSIONS } from "../../lib/scoring/contract/batch-cluster.ts";
import { CLI } from "../built.ts";
import { makePair } from "../rig/kubernetes/certificates.ts";
import { FakeArgo } from "./fake-argo.ts";
import { scratch } from "./service.ts";

const TOKEN = "token-of-the-service";
const NAMESPACE = "jobs";
/** The real one's pause begins at 10 s. */
const BACK_OFF_MS = 100;

export type Fields = Record<string, any>;

interface Process {
  readonly child: ChildProcess;
  readonly name: string;
  log: string;
}

/** A pod that is to run. */
export interface FakePod {
  readonly metadata: Fields;
  readonly spec: Fields;
  /** Its container that counts. */
  readonly container: Fields;
  readonly env: Readonly<Record<string, string>>;
}

/** A process in a pod has ended. */
type Ended = (code: number, message: string) => void;

export class FakeCluster {
  /** Whether Argo Workflows is installed. */
  argo = true;
  readonly #argo = new FakeArgo(this);
  readonly #server: Server;
  readonly #ca: Buffer;
  readonly #objects = new Map<string, Fields>();
  readonly #processes = new Map<string, Process[]>();
  /** Folder with a folder for each claim. */
  readonly claims = scratch();
  /** `verb resource`, each that was asked for. */
  readonly used = new Set<string>();
  /** Stands in the way of the next requests that match. */
  fault: ((verb: string, resource: string) => number | undefined) | undefined;
  #version = 0;

  private constructor(server: Server, ca: Buffer) {
    this.#server = server;
    this.#ca = ca;
  }

  static async start(): Promise<FakeCluster> {
    const folder = scratch();
    const { certificate, key } = makePair(folder, "api", "/CN=fake", { names: ["IP:127.0.0.1"] });
    const cluster: FakeCluster = new FakeCluster(
      createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (request, response) => {
        void cluster.#answer(request).then(([status, body]) => response.writeHead(status, { "content-type": "application/json" }).end(typeof body === "string" ? body : JSON.stringify(body)));
      }),
      readFileSync(certificate),
    );
    await new Promise<void>((resolve) => cluster.#server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      for (const process of [...cluster.#processes.values()].flat()) process.child.kill("SIGKILL");
      cluster.#server.closeAllConnections();
      cluster.#server.close();
    });
    return cluster;
  }

  get access(): Access {
    return { host: "127.0.0.1", port: String((this.#server.address() as AddressInfo).port), ca: this.#ca, namespace: NAMESPACE, token: () => TOKEN };
  }

  all(resource: string): Fields[] {
    return [...this.#objects].flatMap(([at, object]) => (at.startsWith(`${resource}/`) ? [object] : []));
  }

  /** Kills a pod's process, as a node that is lost would. */
  kill(job: string, index: number | string): void {
    for (const { child, name } of this.#processes.get(job) ?? []) if (name.startsWith(`${job}-${index}-`)) child.kill("SIGKILL");
  }

  /** As the controller does some time after the end. */
  expire(run: string): void {
    for (const kind of ["jobs", "workflows"]) this.#objects.delete(`${kind}/${run}`);
    for (const pod of this.all("pods")) if (OWNERS.some((label) => pod["metadata"].labels[label] === run)) this.#objects.delete(`pods/${pod["metadata"].name}`);
  }

  /** Whether an object is there, and goes on. */
  isGoing(kind: string, { name, uid }: Fields): boolean {
    const found = this.#objects.get(`${kind}/${name}`)?.["metadata"];
    return found?.uid === uid && found?.deletionTimestamp === undefined;
  }

  async #answer(request: IncomingMessage): Promise<[number, Fields | string]> {
    const parts: Buffer[] = [];
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
    const body = parts.length === 0 ? {} : (JSON.parse(Buffer.concat(parts).toString()) as Fields);
    const url = new URL(request.url ?? "", "https://api");
    if (!this.argo && url.pathname.startsWith("/apis/argoproj.io/")) return [404, "404 page not found"];
    const [, group = "", resource = "", name, sub] = /^\/(api\/v1|apis\/batch\/v1|apis\/argoproj\.io\/v1alpha1)\/namespaces\/jobs\/([a-z]+)(?:\/([^/]+))?(?:\/([a-z]+))?$/.exec(url.pathname) ?? [];
    if (request.headers.authorization !== `Bearer ${TOKEN}`) return problem(401, "Unauthorized");
    const verb = { GET: name === undefined ? "list" : "get", POST: "create", PUT: "update", DELETE: "delete", PATCH: "patch" }[request.method ?? ""] ?? "";
    const what = sub === undefined ? resource : `${resource}/${sub}`;
    this.used.add(`${verb} ${what}`);
    const apiGroup = group.split("/").length === 2 ? "" : (group.split("/")[1] ?? "");
    const allowed = [...JOB_PERMISSIONS, ...PIPELINE_PERMISSIONS].some(({ apiGroups, resources, verbs }) => resources.includes(what) && verbs.includes(verb) && apiGroups.includes(apiGroup));
    if (!allowed) return problem(403, `${what} is forbidden: the service account cannot ${verb} it`);
    const fault = this.fault?.(verb, what);
    if (fault !== undefined) return problem(fault, "a fault of the test's own");
    if (sub === "log") return this.#log(name ?? "", url.searchParams.get("container"));
    return this.#act(verb, resource, name, body, url.searchParams);
  }

  #act(verb: string, resource: string, name: string | undefined, body: Fields, query: URLSearchParams): [number, Fields] {
    const at = `${resource}/${name ?? body["metadata"]?.name}`;
    const found = this.#objects.get(at);
    if (verb === "list") {
      const items = this.all(resource).filter(({ metadata }) => selects(query.get("labelSelector") ?? "", metadata.labels));
      const from = Number(query.get("continue") ?? 0);
      const limit = Math.min(Number(query.get("limit")), 7); // pages are short, so that somebody turns them
      return [200, { items: items.slice(from, from + limit), metadata: from + limit < items.length ? { continue: String(from + limit) } : {} }];
    }
    if (verb === "create") {
      if (found !== undefined) return problem(409, `${at} already exists`);
      return [201, this.#put(at, { ...body, metadata: { ...body["metadata"], uid: randomUUID(), creationTimestamp: new Date().toISOString() } })];
    }
    if (found === undefined) return problem(404, `${at} not found`);
    if (verb === "update") return found["metadata"].resourceVersion === body["metadata"].resourceVersion ? [200, this.#put(at, body)] : problem(409, `${at}: the object has been modified`);
    if (verb === "delete") this.#delete(resource, found);
    return [200, found];
  }

  #put(at: string, object: Fields): Fields {
    const stored = { ...object, metadata: { ...object["metadata"], resourceVersion: String(++this.#version) } };
    const isNew = !this.#objects.has(at);
    this.#objects.set(at, stored);
    if (isNew && at.startsWith("jobs/")) for (let index = 0; index < stored["spec" as never]["completions"]; index++) this.#startPod(stored, index, 0);
    if (isNew && at.startsWith("workflows/")) this.#argo.begin(stored);
    return stored;
  }

  #delete(resource: string, object: Fields): void {
    const { name, uid } = object["metadata"];
    if (resource === "configmaps") {
      this.#objects.delete(`configmaps/${name}`);
      for (const kind of ["jobs", "workflows"]) for (const each of this.all(kind)) if (each["metadata"].ownerReferences?.some((owner: Fields) => owner["uid"] === uid)) this.#delete(kind, each);
      return;
    }
    // Foreground: it is there until its pods are gone.
    object["metadata"].deletionTimestamp = new Date().toISOString();
    const running = this.#processes.get(name) ?? [];
    for (const { child } of running) child.kill("SIGTERM");
    void Promise.all(running.map(({ child }) => (child.exitCode !== null || child.signalCode !== null ? undefined : new Promise((gone) => child.once("exit", gone))))).then(() => this.expire(name));
  }

  #log(pod: string, container: string | null): [number, Fields | string] {
    const containers = (this.#objects.get(`pods/${pod}`)?.["spec"]?.containers ?? []) as Fields[];
    if (containers.length > 1 && container === null) return problem(400, `a container name must be specified for pod ${pod}`);
    return [200, [...this.#processes.values()].flat().find(({ name }) => name === pod)?.log.split("\n").slice(-20).join("\n") ?? ""];
  }

  #startPod(job: Fields, index: number, deaths: number): void {
    const { name: jobName } = job["metadata"];
    if (this.#objects.get(`jobs/${jobName}`)?.["metadata"].uid !== job["metadata"].uid || job["metadata"].deletionTimestamp !== undefined || isOver(job)) return;
    const name = `${jobName}-${index}-${randomUUID().slice(0, 5)}`;
    const { metadata, spec } = job["spec"].template as Fields;
    const labels = { ...metadata.labels, "batch.kubernetes.io/job-name": jobName };
    const pod = { metadata: { name, labels, annotations: { "batch.kubernetes.io/job-completion-index": String(index) }, creationTimestamp: new Date(Date.now() + deaths).toISOString() }, spec, container: spec.containers[0], env: { [INDEX_VARIABLE]: String(index) } };
    this.runPod(jobName, pod, (code, message) => this.#ended(job, index, deaths, name, code, message));
    this.#status(job, { ready: 1 });
  }

  /** Runs the process of a pod of a Job or a Workflow. */
  runPod(run: string, { container, env: own, metadata, spec }: FakePod, ended: Ended): void {
    const { name } = metadata as { name: string };
    const { args, end, env } = this.#mounted(spec, container, name);
    const child = spawn(process.execPath, [CLI, ...args, "--termination-log", end], { env: { ...process.env, ...env, ...own }, stdio: ["ignore", "pipe", "pipe"] });
    const running: Process = { child, name, log: "" };
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (text: Buffer) => (running.log += text.toString()));
    this.#processes.set(run, [...(this.#processes.get(run) ?? []), running]);
    this.#put(`pods/${name}`, { metadata, spec, status: { phase: "Running" } });
    child.once("exit", (code) => ended(code ?? 137, existsSync(end) ? readFileSync(end, "utf8") : ""));
  }

  /** What the kubelet says of a pod that has ended. */
  endPod(name: string, code: number, containerStatuses: readonly Fields[]): void {
    const pod = this.#objects.get(`pods/${name}`);
    if (pod !== undefined) pod["status"] = { phase: code === 0 ? "Succeeded" : "Failed", containerStatuses };
  }

  /** Paths of mounts as paths of this machine. */
  #mounted(spec: Fields, container: Fields, pod: string): { readonly args: string[]; readonly env: Record<string, string>; readonly end: string } {
    const folder = join(scratchIn(this.claims), pod);
    for (const { mountPath, name } of container["volumeMounts"] as Fields[]) {
      const volume = (spec["volumes"] as Fields[]).find((each) => each["name"] === name) as Fields;
      const target = join(folder, mountPath);
      mkdirSync(join(target, ".."), { recursive: true });
      if (volume["persistentVolumeClaim"] !== undefined) {
        mkdirSync(join(this.claims, volume["persistentVolumeClaim"].claimName), { recursive: true });
        symlinkSync(join(this.claims, volume["persistentVolumeClaim"].claimName), target);
      }
      if (volume["configMap"] !== undefined) {
        mkdirSync(target);
        for (const [file, text] of Object.entries(this.#objects.get(`configmaps/${volume["configMap"].name}`)?.["data"] ?? {})) writeFileSync(join(target, file), text as string);
      }
    }
    const here = (text: string): string => Object.values(JOB_PATHS).reduce((path, mount) => (path === mount || path.startsWith(`${mount}/`) ? join(folder, path) : path), text);
    return { args: (container["args"] as string[]).map(here), env: Object.fromEntries((container["env"] ?? []).map(({ name, value }: Fields) => [name, value])), end: join(scratchIn(this.claims), `${pod}.end`) };
  }

  #ended(job: Fields, index: number, deaths: number, name: string, code: number, message: string): void {
    const { name: jobName } = job["metadata"];
    this.endPod(name, code, [{ state: { terminated: { exitCode: code, message, finishedAt: new Date().toISOString() } } }]);
    if (code === 0) {
      const done = (job["done"] as Set<number> | undefined) ?? new Set<number>();
      job["done"] = done.add(index);
      if (done.size === job["spec"].completions) this.#status(job, { conditions: [{ type: "Complete", status: "True" }] });
      return;
    }
    const [{ onExitCodes }] = job["spec"].podFailurePolicy.rules;
    if (onExitCodes.values.includes(code) || deaths >= job["spec"].backoffLimitPerIndex) {
      for (const { child } of this.#processes.get(jobName) ?? []) child.kill("SIGTERM");
      this.#status(job, { conditions: [{ type: "Failed", status: "True", reason: "PodFailurePolicy", message: "its pod ended so" }] });
      return;
    }
    setTimeout(() => this.#startPod(job, index, deaths + 1), BACK_OFF_MS);
  }

  /** Another Job of the same name is another. */
  #status({ metadata }: Fields, change: Fields): void {
    const found = this.#objects.get(`jobs/${metadata.name}`);
    if (found?.["metadata"].uid === metadata.uid && found !== undefined && !isOver(found)) found["status"] = { ...found["status"], ...change };
  }
}

/** Labels of a pod that say whose it is. */
const OWNERS = ["batch.kubernetes.io/job-name", "workflows.argoproj.io/workflow"];

const scratchIn = (claims: string): string => {
  const folder = join(claims, "..", `${claims.split("/").at(-1)}-pods`);
  mkdirSync(folder, { recursive: true });
  return folder;
};

const isOver = (job: Fields): boolean => (job["status"]?.conditions ?? []).some(({ type }: Fields) => ["Complete", "Failed"].includes(type));

const problem = (code: number, message: string): [number, Fields] => [code, { kind: "Status", code, message }];

/** `a=b,c in (d,e)`. */
const selects = (selector: string, labels: Record<string, string> = {}): boolean =>
  selector.split(/,(?![^(]*\))/).every((each) => {
    const [, key = "", set] = /^(\S+) in \((.*)\)$/.exec(each) ?? [];
    if (set !== undefined) return set.split(",").includes(labels[key] ?? "");
    const [name = "", value] = each.split("=");
    return labels[name] === value;
  });
