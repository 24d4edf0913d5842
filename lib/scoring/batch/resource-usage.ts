/** What a job's processes and their machine use of it, in the files and at the interval of Azure's. */
import { appendFileSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";

/** Between two samples. */
const INTERVAL_MS = 600_000;

/** A process of the job. */
export interface Used {
  readonly name: string;
  readonly pid: number | undefined;
}

const FILES = {
  node: { name: "node_resource_usage.csv", head: "time,machine_cpu_percent,memory_used_bytes,memory_total_bytes" },
  processes: { name: "processes_resource_usage.csv", head: "time,process,pid,cpu_seconds,memory_rss_bytes" },
} as const;

/** What cannot be read or written is left out. */
export class ResourceUsage {
  readonly #folder: string;
  readonly #processes: () => readonly Used[];
  readonly #timer: NodeJS.Timeout;
  #before = busy();

  /** Begins at once. */
  constructor(logs: string, node: string, processes: () => readonly Used[]) {
    this.#folder = join(logs, "perf", node);
    this.#processes = processes;
    this.#timer = setInterval(() => this.#sample(), INTERVAL_MS);
    this.#timer.unref();
  }

  /** The last of a process, which is about to end. */
  last(used: Used): void {
    this.#append(FILES.processes, rowOf(used));
  }

  end(): void {
    clearInterval(this.#timer);
    this.#sample();
  }

  #sample(): void {
    const before = this.#before;
    this.#before = busy();
    const percent = (100 * (this.#before.busyMs - before.busyMs)) / Math.max(1, (this.#before.at - before.at) * cpus().length);
    const limit = memoryLimit();
    this.#append(FILES.node, [Math.min(100, percent).toFixed(1), limit - Math.min(limit, process.availableMemory()), limit]);
    for (const used of this.#processes()) this.last(used);
  }

  #append({ head, name }: (typeof FILES)[keyof typeof FILES], row: readonly (string | number)[] | undefined): void {
    if (row === undefined) return;
    const path = join(this.#folder, name);
    try {
      mkdirSync(this.#folder, { recursive: true });
      appendFileSync(path, `${(statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0 ? "" : `${head}\n`}${[new Date().toISOString(), ...row].join(",")}\n`);
    } catch {
      // A full disk, or a volume that is away: whoever writes results says so.
    }
  }
}

/** How long the machine's processors have computed, for whomever. What waits for a disk does not. */
const busy = (): { readonly at: number; readonly busyMs: number } => ({
  at: performance.now(),
  busyMs: cpus().reduce((sum, { times: { irq, nice, sys, user } }) => sum + irq + nice + sys + user, 0),
});

/** The container's, where it has a limit. */
const memoryLimit = (): number => {
  const limit = process.constrainedMemory();
  return limit > 0 && limit < totalmem() ? limit : totalmem();
};

/** Of a second, in what Linux tells of processes; elsewhere nothing is told. */
const TICKS = 100;

const rowOf = ({ name, pid }: Used): (string | number)[] | undefined => {
  if (pid === undefined) return undefined;
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
    return [name, pid, ((Number(fields[11]) + Number(fields[12])) / TICKS).toFixed(2), 1024 * Number(/^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0)];
  } catch {
    return undefined;
  }
};
