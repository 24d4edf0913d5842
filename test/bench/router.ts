/** What the router costs: beside no proxy at all, and beside nginx as the same proxy, in turns so that a busy moment hits all three. */
import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { freePort } from "../ports.ts";

const ROUNDS = 5;
const SECONDS = 2;
const CONNECTIONS = 16;
const PATH = "/endpoints/credit/score";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const run = promisify(execFile);

interface Target {
  readonly name: string;
  readonly port: number;
  readonly p50: number[];
  readonly perSecond: number[];
}

/** Measures and gives lines to print. */
export async function benchRouter(): Promise<string[]> {
  const children: ChildProcess[] = [];
  const folder = mkdtempSync(join(tmpdir(), "router-bench-"));
  try {
    const upstream = await part(children, OTHERS, "upstream");
    const targets = [target("direct", upstream), target("router", await part(children, PROXY, "router", String(upstream)))];
    if (has("nginx", "-v")) targets.push(target("nginx", await nginx(children, folder, upstream)));
    for (let round = 0; round < ROUNDS; round += 1) for (const each of targets) await measure(each);
    return report(targets);
  } finally {
    await Promise.all(children.map(end));
    rmSync(folder, { recursive: true, force: true });
  }
}

const target = (name: string, port: number): Target => ({ name, port, p50: [], perSecond: [] });

async function measure({ port, p50, perSecond }: Target): Promise<void> {
  const children: ChildProcess[] = [];
  p50.push(await part(children, OTHERS, "probe", String(port)));
  await Promise.all(children.map(end));
  const flags = ["-c", String(CONNECTIONS), "-d", String(SECONDS), "-m", "POST", "-b", '{"data": [[1, 2, 3, 4]]}', "-j", "-n"];
  const [command, ...rest] = pinned(OTHERS, process.execPath, here("../../node_modules/autocannon/autocannon.js"), ...flags);
  const { stdout } = await run(command!, [...rest, `http://127.0.0.1:${port}${PATH}`]);
  const result = JSON.parse(stdout) as { requests: { average: number }; non2xx: number; errors: number };
  if (result.non2xx + result.errors > 0) throw new Error(`port ${port}: ${result.non2xx} bad answers, ${result.errors} errors`);
  perSecond.push(result.requests.average);
}

function report(targets: readonly Target[]): string[] {
  const [direct, router, nginx] = targets.map(({ p50, perSecond }) => ({ p50: median(p50), perSecond: median(perSecond) }));
  const added = (p50: number): string => `${(p50 - direct!.p50).toFixed(3)} ms added p50 at 1 connection`;
  const rate = (perSecond: number): string => `${Math.round(perSecond).toLocaleString("en")} requests/s at ${CONNECTIONS}`;
  const cores = CAN_PIN ? "each proxy alone on one core" : "not pinned: taskset is missing";
  return [
    `router: 18-byte answers, keep-alive, medians of ${ROUNDS} alternating rounds, ${cores}`,
    `  direct  ${direct!.p50.toFixed(3)} ms p50 at 1 connection, ${rate(direct!.perSecond)}`,
    `  router  ${added(router!.p50)}, ${rate(router!.perSecond)}  (aim: at most 0.300 ms, at least 5,000)`,
    ...(nginx === undefined
      ? ["  nginx   is not installed (Debian: apt-get install nginx-light); nothing to compare with"]
      : [`  nginx   ${added(nginx.p50)}, ${rate(nginx.perSecond)}`, `  router / nginx at ${CONNECTIONS}: ${(router!.perSecond / nginx.perSecond).toFixed(2)}`]),
  ];
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** Starts a part of the bench and gives the number that it tells. */
async function part(children: ChildProcess[], cores: string, ...args: string[]): Promise<number> {
  const [command, ...rest] = pinned(cores, process.execPath, "--no-warnings", here("router-part.ts"), ...args);
  const child = spawn(command!, rest, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  children.push(child);
  return ((await once(child, "message")) as [number])[0];
}

async function nginx(children: ChildProcess[], folder: string, upstream: number): Promise<number> {
  const port = await freePort();
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${folder}/${name};`);
  const lines = [
    `worker_processes 1; daemon off; pid ${folder}/pid; error_log ${folder}/error.log;`,
    "events { worker_connections 1024; }",
    `http { access_log off; ${paths.join(" ")} upstream up { server 127.0.0.1:${upstream}; keepalive 64; }`,
    `server { listen 127.0.0.1:${port}; location / { proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection ""; } } }`,
  ];
  writeFileSync(join(folder, "nginx.conf"), lines.join("\n"));
  const [command, ...rest] = pinned(PROXY, "nginx", "-e", `${folder}/error.log`, "-c", join(folder, "nginx.conf"));
  const child = spawn(command!, rest, { stdio: "inherit" });
  children.push(child);
  while (!(await accepts(port))) if (child.exitCode !== null) throw new Error("nginx does not start");
  return port;
}

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(socket.destroy() !== undefined)).on("error", () => setTimeout(resolve, 20, false));
  });

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  await once(child, "exit");
}

function has(command: string, flag: string): boolean {
  try {
    execFileSync(command, [flag], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** The core of the proxy under test, and those of everything around it. */
const PROXY = "0";
const OTHERS = `1-${availableParallelism() - 1}`;
const CAN_PIN = availableParallelism() > 1 && has("taskset", "--version");
const pinned = (cores: string, ...command: string[]): string[] => (CAN_PIN ? ["taskset", "-c", cores, ...command] : command);
