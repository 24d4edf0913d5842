/** `inference-endpoints dev`: runs a program's endpoints on this machine, and goes over to the new ones when it changes. */
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { start, type Applied, type Running } from "../local/run.ts";
import { explain } from "./explain.ts";
import { load, type Loaded } from "./load.ts";
import { jobsIn } from "./prepare-batch.ts";
import { collectedIn, differsIn, everything, routing, type Prepared } from "./prepare.ts";
import { endWithNpm } from "./npm-parent.ts";
import { open, type Opened, type ProgramOptions } from "./program.ts";
import { forgetRunning, noteRunning } from "./running.ts";
import { GUESS, sampleBody } from "./sample.ts";
import { batchLines, curlLine, endpointLines, invokeLine, isRoutine, Screen, statusLine, type Address } from "./screen.ts";
import { stackState } from "./state.ts";
import { Watcher, type Watched } from "./watch.ts";

/** The flags of `dev`. */
export interface DevOptions extends ProgramOptions {
  readonly port: number;
  readonly host?: string | undefined;
  readonly python?: string | undefined;
  readonly watch: boolean;
  readonly verbose?: boolean | undefined;
}

/** `.ts` from the sources, `.js` from the package. */
const FRONT = fileURLToPath(new URL(`../scoring/online/main${extname(import.meta.url)}`, import.meta.url));

/** Runs until a signal. Rejects when the first reading is refused; later refusals are printed, and the endpoints stay as they were. */
export const dev = async (named: string | undefined, options: DevOptions): Promise<void> => {
  const session = new Session(named, options);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => session.stop());
  endWithNpm(() => session.stop());
  await session.run();
};

class Session {
  readonly #named: string | undefined;
  readonly #options: DevOptions;
  readonly #screen = new Screen(process.stdout);
  readonly #watcher: Watcher;
  /** What was last said of each deployment: a front that fails again and again says so once. */
  readonly #said = new Map<string, string>();
  /** Deployments that failed and have not been ready since. */
  readonly #failing = new Set<string>();
  /** Endpoints whose line to paste was printed. */
  readonly #offered = new Set<string>();
  #watched: Watched = { files: [], folders: new Map() };
  #prepared: readonly Prepared[] = [];
  #running: Running | undefined;
  #reading = new AbortController();
  #stackFolder = "";
  #stopping = false;
  #broken = false;

  constructor(named: string | undefined, options: DevOptions) {
    this.#named = named;
    this.#options = options;
    this.#watcher = new Watcher(() => void this.#reload(), (line) => this.#screen.say(line));
  }

  async run(): Promise<void> {
    const opened = this.#open();
    const { project, root } = opened.program;
    this.#screen.say(`${project}, stack ${opened.configuration.stack}`);
    const { notes, prepared } = await this.#load(opened);
    this.#prepared = prepared;
    for (const note of notes) this.#screen.say(`note: ${note}`);
    const { host, port } = this.#options;
    this.#watcher.loops.begin();
    this.#failing.clear();
    this.#running = await start({
      endpoints: prepared.map(({ run }) => run),
      frontEntry: FRONT,
      port,
      ...(host === undefined ? {} : { host }),
      log: ({ deployment, endpoint }, line) => this.#log(`${endpoint}/${deployment}`, line),
      onStatus: (status) => this.#status(status),
    });
    this.#watcher.loops.end(performance.now());
    await this.#introduce();
    if (this.#options.watch) this.#screen.say(`\nWatching ${root}; Ctrl-C ends`);
  }

  /** The first time: lets running requests end. The second: ends at once; fronts notice that this process is gone. */
  stop(): void {
    if (this.#stopping) process.exit(130);
    this.#stopping = true;
    this.#reading.abort();
    this.#watcher.close();
    if (this.#stackFolder !== "") forgetRunning(this.#stackFolder);
    if (this.#running === undefined) process.exit(0);
    this.#screen.say("stopping; requests under way are answered first (Ctrl-C again ends at once)");
    void this.#running.close().then(() => process.exit(0));
  }

  #open(): Opened {
    const opened = open(this.#named, this.#options, process.cwd(), process.env);
    this.#stackFolder = stackState(process.env, opened.program.root, opened.configuration.stack);
    return opened;
  }

  #load(opened: Opened): Promise<Loaded> {
    const { signal } = (this.#reading = new AbortController());
    const around = {
      env: process.env,
      programFolder: opened.program.cwd,
      python: this.#options.python,
      say: (line: string, passing?: boolean) => this.#screen.say(line, passing),
      signal,
      stackFolder: this.#stackFolder,
    };
    return load(opened, around, (watched) => this.#watch(watched, signal));
  }

  /** What a broken program was made of before it broke stays watched. */
  #watch(watched: Watched, signal: AbortSignal): void {
    if (!this.#options.watch || signal.aborted) return;
    this.#watched = watched.folders.size + watched.files.length > 0 ? watched : this.#watched;
    this.#watcher.set(this.#watched);
  }

  async #reload(): Promise<void> {
    this.#reading.abort();
    const begin = performance.now();
    let mine: AbortSignal | undefined;
    try {
      const reading = this.#load(this.#open());
      mine = this.#reading.signal;
      const { notes, prepared } = await reading;
      if (mine.aborted || this.#running === undefined) return;
      if (!differsIn(everything, this.#prepared, prepared)) return this.#repaired();
      this.#broken = false;
      for (const note of notes) this.#screen.say(`note: ${note}`);
      this.#screen.say("the program changed; starting the new deployments");
      this.#tell(await this.#apply(prepared), begin);
    } catch (error) {
      if (mine?.aborted === true) return;
      this.#broken = true;
      this.#screen.say(`${explain(error)}\nThe endpoints stay as they were.`);
    }
  }

  /** Most changes that make no difference are no news; the one that mends a refused program is. */
  #repaired(): void {
    if (this.#broken) this.#screen.say("the program is as it was before");
    this.#broken = false;
  }

  async #apply(prepared: readonly Prepared[]): Promise<Applied | undefined> {
    const before = this.#prepared;
    this.#prepared = prepared;
    this.#watcher.loops.begin();
    const applied = await this.#running?.apply(prepared.map(({ run }) => run)).finally(() => this.#watcher.loops.end(performance.now()));
    // The end supersedes too: it has taken the note back.
    if (this.#stopping) return applied;
    if (applied?.superseded === false && differsIn(routing, before, prepared)) await this.#introduce();
    else this.#note();
    return applied;
  }

  #tell(applied: Applied | undefined, begin: number): void {
    if (applied === undefined || applied.superseded) return;
    const kept = applied.failures.filter(({ keptPrevious }) => keptPrevious);
    for (const { deployment, endpoint } of kept) this.#screen.say(`${endpoint}/${deployment} goes on with its version before`);
    if (applied.failures.length === 0) this.#screen.say(`reloaded in ${seconds(begin)}`);
  }

  /** What a front writes. One that failed is tried again and again, and would write the same each time. */
  #log(name: string, line: string): void {
    if (this.#options.verbose !== true && (isRoutine(line) || this.#failing.has(name))) return;
    this.#screen.say(`${name} | ${line}`);
  }

  #status(status: Parameters<typeof statusLine>[0]): void {
    const name = `${status.endpoint}/${status.deployment}`;
    const prepared = this.#prepared.find(({ plan }) => plan.name === status.endpoint);
    const python = prepared?.pythons.get(status.deployment);
    if (status.state === "failed") this.#failing.add(name);
    if (status.state === "ready") this.#failing.delete(name);
    if (status.state === "ready" && this.#running !== undefined && prepared !== undefined && !this.#offered.has(status.endpoint)) void this.#offer(prepared);
    const line = this.#stopping ? undefined : statusLine(status, python);
    if (line === undefined || this.#said.get(name) === line) return;
    this.#said.set(name, line);
    this.#screen.say(line);
  }

  #address({ keys, run }: Prepared): Address {
    return { url: `${this.#running?.url ?? ""}${run.path}`, keysPath: keys.path, primaryKey: keys.primaryKey, given: keys.given, collectedIn: collectedIn(this.#stackFolder) };
  }

  #note(): void {
    const port = Number(new URL(this.#running?.url ?? "http://localhost").port);
    noteRunning(
      this.#stackFolder,
      this.#prepared.map((each) => ({ name: each.plan.name, kind: "kind" in each.plan ? each.plan.kind : "online", url: this.#address(each).url, port, keys: each.keys.path })),
    );
  }

  /** Says where everything is, with a line to paste for each endpoint. */
  async #introduce(): Promise<void> {
    this.#note();
    for (const each of this.#prepared) {
      const { plan } = each;
      const lines = "kind" in plan ? batchLines(plan, jobsIn(this.#stackFolder, plan.name), this.#address(each)) : endpointLines(plan, this.#address(each));
      this.#screen.say(["", ...lines].join("\n"));
      await this.#offer(each);
    }
  }

  /** A line to paste, once a deployment is there to answer it. */
  async #offer({ plan, ...rest }: Prepared): Promise<void> {
    if ("kind" in plan) {
      this.#offered.add(plan.name);
      return this.#screen.say(`\n${invokeLine(plan)}`);
    }
    const ready = new Set(this.#running?.status().flatMap(({ deployment, endpoint, state }) => (endpoint === plan.name && state === "ready" ? [deployment] : [])));
    const live = plan.traffic.map(({ deployment }) => deployment);
    const deployment = [...live, ...plan.deployments.map(({ name }) => name)].find((name) => ready.has(name));
    if (deployment === undefined) return this.#screen.say(`\n(nothing answers yet: no deployment of ${plan.name} is ready)`);
    this.#offered.add(plan.name);
    const address = this.#address({ plan, ...rest });
    const body = await sampleBody({ url: address.url, key: address.primaryKey, deployment });
    this.#screen.say(`\n${curlLine(address, body ?? GUESS, live.includes(deployment) ? undefined : deployment)}`);
    if (body === undefined) this.#screen.say("(its script does not say what it takes: put your own input after -d)");
  }
}

const seconds = (begin: number): string => `${((performance.now() - begin) / 1000).toFixed(1)} s`;
