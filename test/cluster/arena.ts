/** The suite's programs on the cluster, made by `pulumi up`, or by `kubectl` from what `render --out` writes. */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import type { Caller } from "../conformance/caller.ts";
import type { Target } from "../conformance/feature.ts";
import type { Program } from "../conformance/programs.ts";
import type { Arena } from "../conformance/suite.ts";
import { apply } from "../rig/kubernetes/apply.ts";
import type { Fields } from "../rig/kubernetes/client.ts";
import { GATEWAY } from "../rig/kubernetes/gateway.ts";
import { callerOf, client, eventually, keysOf, metric, podsOf, tokenOf } from "./cluster.ts";
import { newStack, type Stack } from "./stack.ts";

const top = fileURLToPath(new URL("../..", import.meta.url));

/** What the suite's own program finds in its namespace: callers, and the Secret of a variable. */
export const FURNITURE: readonly string[] = ["caller", "stranger", "kinds-variables"];

export const furnish = async ({ name, namespace }: Program): Promise<void> => {
  if (name !== "program") return;
  for (const account of FURNITURE.slice(0, 2)) await apply(client, { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: account, namespace } });
  await apply(client, { apiVersion: "v1", kind: "Secret", metadata: { name: "kinds-variables", namespace }, stringData: { greeting: "good morning" } });
};

/** By `pulumi up`, into a namespace that is there. */
export const upped = async (program: Program): Promise<Arena & { readonly stack: Stack }> => {
  const stack = await newStack(program.folder);
  for (const [name, value] of Object.entries(program.configuration)) await stack.run("config", "set", name, value);
  const begin = performance.now();
  await stack.up();
  console.log(`pulumi up of ${program.folder}: ${((performance.now() - begin) / 1000).toFixed(1)} s`);
  const { scoringUri, scoringUris } = await stack.outputs();
  const arena = arenaOf("cluster", program, (endpoint) => new URL(scoringUris?.[endpoint] ?? scoringUri), async () => stack[Symbol.asyncDispose]());
  await answered(arena, program);
  return { ...arena, stack };
};

/** By the files of `render --out`, in the order that the README gives. */
export const rendered = async (program: Program): Promise<Arena> => {
  const folder = mkdtempSync(join(tmpdir(), "rendered-"));
  const manifests = await render(program.folder, folder, program.configuration);
  await applied(manifests, program.namespace);
  const arena = arenaOf("rendered", program, (endpoint) => addressIn(manifests, endpoint, "score"), () => Promise.resolve(rmSync(folder, { recursive: true })));
  await answered(arena, program);
  return arena;
};

/** Files of manifests. */
interface Manifests {
  readonly routes: readonly string[];
  readonly rest: readonly string[];
}

/** Writes a program's manifests, and makes the Secrets of keys that it says must exist. */
export const render = async (program: string, folder: string, configuration: Program["configuration"] = {}): Promise<Manifests> => {
  const config = Object.entries(configuration).flatMap(([name, value]) => ["--config", `${name}=${value}`]);
  // The quickstart's settings lie at the top of the repository.
  const said = await run(process.execPath, join(top, "dist/cli/main.js"), "render", program === "examples/quickstart" ? "." : program, "--out", folder, ...config);
  for (const [, namespace = "", name = ""] of said.matchAll(/^Secret (\S+)\/(\S+) must exist, with primaryKey and secondaryKey/gm))
    await kubectl("create", "secret", "generic", name, "--namespace", namespace, ...["primaryKey", "secondaryKey"].map((key) => `--from-literal=${key}=${randomUUID()}`));
  const files = readdirSync(folder).map((file) => join(folder, file));
  const isRoute = (file: string): boolean => file.includes(".httproute-");
  return { routes: files.filter(isRoute), rest: files.filter((file) => !isRoute(file)) };
};

/** The routes after what they lead to. */
export const applied = async ({ rest, routes }: Manifests, namespace: string): Promise<void> => {
  const apply = (files: readonly string[]): Promise<string> => kubectl("apply", "--server-side", ...files.flatMap((file) => ["--filename", file]));
  await apply(rest);
  await kubectl("wait", "--namespace", namespace, "--for=condition=Available", "--timeout=180s", "deployment", "--all");
  await apply(routes);
};

const kubectl = (...args: readonly string[]): Promise<string> => run("kubectl", ...args);

/** What it says on both streams; an exit code is an error. */
const run = (file: string, ...args: readonly string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd: top, stdio: ["ignore", "pipe", "pipe"] });
    const said: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (part: Buffer) => said.push(part));
    child.once("error", reject);
    child.once("close", (code) => {
      const text = Buffer.concat(said).toString();
      if (code === 0) resolve(text);
      else reject(new Error(`${file} ${args.join(" ")} ended with ${code}:\n${text}`));
    });
  });

const read = (file: string): Fields => parse(readFileSync(file, "utf8")) as Fields;

/** What somebody who has the route alone knows of an endpoint's address. */
export const addressIn = ({ routes }: Manifests, endpoint: string, page: string): URL => {
  const { spec } = routes.map(read).find(({ metadata }) => metadata.name === endpoint) as Fields;
  return new URL(`https://${spec.hostnames?.[0] ?? GATEWAY.hostname}${spec.rules[0].matches[0].path.value}/${page}`);
};

const arenaOf = (target: Target, { namespace }: Program, urlOf: (endpoint: string) => URL, close: () => Promise<void>): Arena => {
  const callers: Caller[] = [];
  const keys: Arena["keys"] = (endpoint) => keysOf(namespace, `${endpoint}-keys`);
  return {
    target,
    url: (endpoint) => Promise.resolve(urlOf(endpoint)),
    keys,
    caller: async (endpoint, credential) => {
      const caller = callerOf(urlOf(endpoint).href, credential ?? (await keys(endpoint)).primaryKey);
      callers.push(caller);
      return caller;
    },
    requestsOf: async (endpoint, deployment) => metric(await podsOf(namespace, endpoint, deployment), /^scoring_requests_total\{/),
    token: (serviceAccount, audience) => tokenOf(namespace, serviceAccount, audience),
    refusal: () => Promise.reject(new Error("a cluster refuses nothing of what the suite asks")),
    [Symbol.asyncDispose]: async () => {
      for (const caller of callers) caller.close();
      await close();
    },
  };
};

/** Envoy learns of a route after the API server: until then its own 404 names no deployment. */
const answered = async (arena: Arena, { endpoints }: Program): Promise<void> => {
  for (const endpoint of endpoints) {
    const caller = await arena.caller(endpoint, "nobody's");
    await eventually(async () => ((await caller.post("").catch(() => undefined))?.deployment === undefined ? undefined : true));
  }
};
