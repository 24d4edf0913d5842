/** Servers, callers and descriptions that the tests of this folder share. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { Agent, createServer, type IncomingHttpHeaders, type IncomingMessage, request, type RequestListener, type RequestOptions, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import type { DeploymentStatus, RunDeployment, RunEndpoint } from "../../lib/local/endpoints.ts";
import { Router } from "../../lib/local/router.ts";
import type { RunOptions } from "../../lib/local/run.ts";
import { type Backend, type Chance, routeOf } from "../../lib/local/table.ts";
import { Upstream } from "../../lib/local/upstream.ts";

export const frontEntry = fileURLToPath(new URL("fixtures/front.ts", import.meta.url));
const runnerEntry = fileURLToPath(new URL("fixtures/runner.ts", import.meta.url));

/** A server in this process that plays the front of a deployment. */
export async function backend(deployment: string, listener: RequestListener): Promise<Backend & { upstream: Upstream; server: Server }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { deployment, server, upstream: new Upstream((server.address() as AddressInfo).port) };
}

/** A front that answers its name and counts. */
export async function named(deployment: string): Promise<Backend & { upstream: Upstream; seen: IncomingMessage[] }> {
  const seen: IncomingMessage[] = [];
  const made = await backend(deployment, (incoming, response) => {
    seen.push(incoming);
    response.end(deployment);
  });
  return { ...made, seen };
}

type Shares = Pick<RunEndpoint, "traffic" | "mirror">;

/** A router over one endpoint, `/endpoints/credit`. */
export async function route(backends: readonly Backend[], shares: Shares, chance?: Chance) {
  const made = routeOf({ name: "credit", ...shares }, backends, chance);
  const router = new Router(new Map([["/endpoints/credit", made]]));
  const port = await router.listen("127.0.0.1", 0);
  onTestFinished(() => router.close(0));
  return { router, port, url: `http://127.0.0.1:${port}/endpoints/credit`, mirror: made.mirror };
}

/** Whether a process lives. One that is dead and not yet waited for does not; in a container nobody may ever wait for it. */
export function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !existsSync(`/proc/${pid}`) || !readFileSync(`/proc/${pid}/stat`, "latin1").includes(") Z ");
  } catch {
    return false;
  }
}

export const all = (deployment: string): Shares["traffic"] => [{ deployment, percent: 100 }];

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly trailers: NodeJS.Dict<string>;
  readonly body: string;
}

/** Sends a request and reads the whole answer. */
export async function call(url: string, options: RequestOptions & { body?: string } = {}): Promise<Answer> {
  const outgoing = request(url, options);
  const answer = answerTo(outgoing);
  outgoing.end(options.body);
  return answer;
}

/** The whole answer to a request that the test ends itself. */
export const answerTo = (outgoing: ReturnType<typeof request>): Promise<Answer> =>
  new Promise((resolve, reject) => {
    outgoing.on("error", reject).on("response", async (answer) => {
      const chunks = await answer.setEncoding("utf8").toArray().catch(reject);
      const { statusCode: status, headers, trailers } = answer;
      resolve({ status: status!, headers, trailers, body: (chunks ?? []).join("") });
    });
  });

/** Calls again and again on so many connections until told to stop; gives the answers, and fails on any that broke. */
export function load(url: string, connections: number, options: RequestOptions = {}) {
  const agent = new Agent({ keepAlive: true });
  const answers: Answer[] = [];
  const errors: Error[] = [];
  const over = new AbortController();
  const caller = async (): Promise<void> => {
    while (!over.signal.aborted) {
      await call(url, { ...options, agent, method: "POST", body: "{}" }).then((answer) => answers.push(answer), (error: Error) => errors.push(error));
    }
  };
  const callers = Array.from({ length: connections }, caller);
  return {
    answers,
    errors,
    stop: async () => {
      over.abort();
      await Promise.all(callers);
      agent.destroy();
    },
  };
}

/** A deployment whose front is the fake one. */
export const fake = (name: string, version: string, env: Record<string, string> = {}): RunDeployment => ({
  name,
  hash: `${name}-${version}-${JSON.stringify(env)}`,
  serve: { deployment: name, pathPrefix: "/endpoints/credit" },
  env: { FAKE_VERSION: version, ...env },
});

/** The endpoint `credit`, all traffic on the first deployment unless said. */
export const credit = (deployments: readonly RunDeployment[], shares: Partial<Shares> = {}): RunEndpoint => ({
  name: "credit",
  path: "/endpoints/credit",
  traffic: all(deployments[0]!.name),
  deployments,
  ...shares,
});

interface Told {
  readonly url: string;
  readonly status: DeploymentStatus[];
}

/** A runner in a process of its own. */
export async function runner(options: RunOptions) {
  const child = fork(runnerEntry, [], { execArgv: [] });
  onTestFinished(() => void child.kill("SIGKILL"));
  child.send(options);
  const [{ url, status }] = (await once(child, "message")) as [Told];
  return { child, url: `${url}/endpoints/credit/score`, status };
}

/** Every process below this one that /proc shows, the dead that nobody has waited for left out. */
export function processTree(root: number): number[] {
  const parents = readdirSync("/proc").filter((name) => /^\d+$/.test(name)).flatMap((pid) => {
    try {
      const [state, parent] = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1)!.split(" ");
      return state === "Z" ? [] : [[Number(pid), Number(parent)] as const];
    } catch {
      return [];
    }
  });
  const below = (pid: number): number[] => parents.filter(([, parent]) => parent === pid).flatMap(([child]) => [child, ...below(child)]);
  return below(root);
}
