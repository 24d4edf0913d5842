/** The scoring server beside its peers: `npm run bench -- scoring`, with `--help` for its parts. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { freePort } from "../ports.ts";
import { environment, mlflowModels, models } from "./scoring/environments.ts";
import type { Load, Result } from "./scoring/load.ts";
import { asLoad, asServer, ask, CAN_PIN, CORES, memory, processorMs, start, type Cores, type Running } from "./scoring/process.ts";
import { report, type Figures, type Measured } from "./scoring/report.ts";
import { MODELS, SERVERS, valuesOf, type Model, type Server } from "./scoring/servers.ts";

const CONNECTIONS = 16;
/** Just-in-time compilers need thousands of requests; what is measured second needs new connections alone. */
const WARM_UP_MS = { first: 1500, second: 300 };
const PATIENCE_MS = 10_000;
const HELP = `Usage: npm run bench -- scoring [options]

  --rounds <n>       in each, every server is started anew and measured in turn (default 3)
  --seconds <n>      per measure, of which there are two: at concurrency 1 and ${CONNECTIONS} (default 1.5)
  --only <a,b>       of ${SERVERS.map(({ id }) => id).join(", ")}
  --skip <a,b>       of the same
  --models <a,b>     of ${MODELS.join(", ")}
  --cores <a,b>      of ${CORES.join(", ")}`;

interface Settings {
  readonly rounds: number;
  readonly seconds: number;
  readonly servers: readonly Server[];
  readonly models: readonly Model[];
  readonly cores: readonly Cores[];
}

/** What was installed and made for the run. */
interface Prepared {
  readonly bins: ReadonlyMap<string, string>;
  readonly rows: readonly (readonly number[])[];
  readonly labels: Readonly<Record<string, readonly number[]>>;
  readonly folder: string;
  readonly mlflow: string;
  /** Servers that cannot be measured here, with the reason. */
  readonly missing: Map<string, string>;
}

/** Measures and gives lines to print. Progress goes to standard error. */
export async function benchScoring(argv: readonly string[]): Promise<string[]> {
  const settings = parse(argv);
  if (settings === undefined) return [HELP];
  const prepared = await prepare(settings.servers);
  const measured: Measured[] = [];
  for (const cores of settings.cores)
    for (const model of settings.models)
      for (let round = 1; round <= settings.rounds; round += 1) {
        process.stderr.write(`${cores}, ${model}, round ${round} of ${settings.rounds}\n`);
        for (const server of settings.servers) {
          if (!server.models.includes(model) || prepared.missing.has(server.id)) continue;
          const figures = await measure(server, model, cores, settings.seconds, prepared);
          if (figures !== undefined) measured.push({ server, model, cores, figures });
        }
      }
  const how = `${settings.rounds === 1 ? "one round" : `medians of ${settings.rounds} rounds`} in turn, ${settings.seconds} s a measure after ${WARM_UP_MS.first / 1000} s of warm-up, one row of iris a request`;
  return report(measured, prepared.missing, how);
}

function parse(argv: readonly string[]): Settings | undefined {
  const text = { type: "string" } as const;
  const { values } = parseArgs({ args: [...argv], options: { rounds: text, seconds: text, only: text, skip: text, models: text, cores: text, help: { type: "boolean" } } });
  if (values.help === true) return undefined;
  const all = SERVERS.map(({ id }) => id);
  const [ids, skipped] = [chosen("--only", values.only, all), chosen("--skip", values.skip ?? "", all)];
  const cores = chosen("--cores", values.cores, CORES);
  return {
    rounds: positive("--rounds", values.rounds ?? "3"),
    seconds: positive("--seconds", values.seconds ?? "1.5"),
    servers: SERVERS.filter(({ id }) => ids.includes(id) && !skipped.includes(id)),
    models: chosen("--models", values.models, MODELS),
    cores: cores.filter((each) => each === "free" || CAN_PIN),
  };
}

function chosen<T extends string>(option: string, given: string | undefined, all: readonly T[]): readonly T[] {
  const names = given?.split(",").filter((name) => name !== "") ?? all;
  const unknown = names.find((name) => !all.some((each) => each === name));
  if (unknown !== undefined) throw new Error(`${option}: expected names of ${all.join(", ")}; got ${JSON.stringify(unknown)}`);
  return all.filter((each) => names.includes(each));
}

function positive(option: string, given: string): number {
  const value = Number(given);
  if (!(value > 0)) throw new Error(`${option}: expected a number above 0; got ${JSON.stringify(given)}`);
  return value;
}

/** A peer that cannot be installed is reported, not measured. Ours and what trains the models must install. */
async function prepare(servers: readonly Server[]): Promise<Prepared> {
  const made = await models();
  const [bins, missing] = [new Map<string, string>(), new Map<string, string>()];
  let mlflow = "";
  for (const { id, environment: name } of servers)
    try {
      bins.set(name, await environment(name));
      if (name === "mlflow") mlflow = await mlflowModels();
    } catch (error) {
      missing.set(id, `cannot be installed: ${lastLine((error as { stderr?: string }).stderr ?? String(error))}`);
    }
  return { bins, missing, mlflow, ...made };
}

/** One round of one server. Wrong answers throw; a peer that does not start is reported. */
async function measure(server: Server, model: Model, cores: Cores, seconds: number, prepared: Prepared): Promise<Figures | undefined> {
  const ports = [await freePort(), await freePort(), await freePort()] as const;
  const bin = prepared.bins.get(server.environment) ?? "";
  const how = { model, ports, bin, models: prepared.folder, mlflowModels: prepared.mlflow };
  const origin = `http://127.0.0.1:${ports[0]}`;
  let running: Running;
  try {
    // Some commands start others by name.
    const env = { PATH: `${bin}:${process.env["PATH"] ?? ""}`, ...server.env?.(how) };
    running = await start(asServer(cores, server.command(how)), env, `${origin}${server.health}`);
  } catch (error) {
    if (server.environment === "azmlinfsrv") throw error;
    prepared.missing.set(server.id, (error as Error).message);
    return undefined;
  }
  try {
    const load = await exchanges(server, model, ports[0], prepared);
    const timing = { measureMs: seconds * 1000, patienceMs: PATIENCE_MS };
    const single = await drive(cores, { ...load, ...timing, warmUpMs: WARM_UP_MS.first, connections: 1 });
    const used = processorMs(running);
    const many = await drive(cores, { ...load, ...timing, warmUpMs: WARM_UP_MS.second, connections: CONNECTIONS });
    return { startMs: running.startMs, single, many, processorMs: (processorMs(running) - used) / many.answered, memory: memory(running) };
  } catch (error) {
    throw new Error(`${server.name}, ${model}: ${(error as Error).message}\n${running.log()}`, { cause: error });
  } finally {
    await running.end();
  }
}

/** Asks once for each row. The values must be right; from then on every answer must have the same bytes. */
async function exchanges(server: Server, model: Model, port: number, { rows, labels }: Prepared): Promise<Pick<Load, "port" | "requests" | "answers" | "closes">> {
  const [requests, answers]: [string[], string[]] = [[], []];
  for (const [index, row] of rows.entries()) {
    const body = JSON.stringify(server.body(row));
    const { status, body: answer } = await ask(`http://127.0.0.1:${port}${server.path(model)}`, { body });
    const expected = JSON.stringify(model === "echo" ? row : [labels[model]?.[index]]);
    if (status !== 200 || JSON.stringify(valuesOf(server, parsed(answer))) !== expected) throw new Error(`expected 200 with ${expected} for ${body}; got ${status} ${answer}`);
    answers.push(answer);
    const head = [`POST ${server.path(model)} HTTP/1.1`, `Host: 127.0.0.1:${port}`, "Content-Type: application/json", `Content-Length: ${Buffer.byteLength(body)}`];
    requests.push([...head, ...(server.closes === "client" ? ["Connection: close"] : []), "", body].join("\r\n"));
  }
  return { port, requests, answers, closes: server.closes !== undefined };
}

const lastLine = (text: string): string => text.trim().split("\n").at(-1) ?? "";

const parsed = (body: string): unknown => {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
};

async function drive(cores: Cores, load: Load): Promise<Result> {
  const [command, ...rest] = asLoad(cores, [process.execPath, "--no-warnings", fileURLToPath(new URL("scoring/load.ts", import.meta.url))]);
  const child = spawn(command!, rest, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  child.send(load);
  const [message] = (await once(child, "message")) as [{ result?: Result; error?: string }];
  await once(child, "exit");
  if (message.result === undefined) throw new Error(message.error);
  return message.result;
}
