/** What a job's processes and their machine use of it, in the files and at the interval of Azure's. */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
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
  node: { name: "node_resource_usage.csv", head: "time,cpu_percent,memory_used_bytes,memory_total_bytes" },
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
    const now = busy();
    const [total, idle] = [now.total - this.#before.total, now.idle - this.#before.idle];
    this.#before = now;
    const limit = memoryLimit();
    this.#append(FILES.node, [total === 0 ? "0.0" : ((100 * (total - idle)) / total).toFixed(1), limit - Math.min(limit, process.availableMemory()), limit]);
    for (const used of this.#processes()) this.last(used);
  }

  #append({ head, name }: (typeof FILES)[keyof typeof FILES], row: readonly (string | number)[] | undefined): void {
    if (row === undefined) return;
    const path = join(this.#folder, name);
    try {
      mkdirSync(this.#folder, { recursive: true });
      appendFileSync(path, `${existsSync(path) ? "" : `${head}\n`}${[new Date().toISOString(), ...row].join(",")}\n`);
    } catch {
      // A full disk, or a volume that is away: whoever writes results says so.
    }
  }
}

/** Of the processors of the machine, since it runs. */
const busy = (): { readonly total: number; readonly idle: number } => {
  const each = cpus().map(({ times }) => times);
  return { total: each.reduce((sum, { idle, irq, nice, sys, user }) => sum + idle + irq + nice + sys + user, 0), idle: each.reduce((sum, { idle }) => sum + idle, 0) };
};

/** The container's, where it has a limit. */
const memoryLimit = (): number => {
  const limit = process.constrainedMemory();
  return limit > 0 && limit < totalmem() ? limit : totalmem();
};

/** Ticks of a second and bytes of a page in what Linux tells of processes; elsewhere nothing is told. */
const [TICKS, PAGE] = [100, 4096];

const rowOf = ({ name, pid }: Used): (string | number)[] | undefined => {
  if (pid === undefined) return undefined;
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
    return [name, pid, ((Number(fields[11]) + Number(fields[12])) / TICKS).toFixed(2), Number(fields[21]) * PAGE];
  } catch {
    return undefined;
  }
};
