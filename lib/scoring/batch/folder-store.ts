/** Jobs remembered in a folder: one folder a job. Files come into being whole, and of two writers one is first. */
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ENDED } from "../contract/batch.ts";
import type { JobRecord, JobStore } from "./record.ts";

const RECORD = "record.json";
/** Process that runs the job. */
const OWNER = "owner";
const JOB = /^[a-z0-9-]+$/;

export class FolderStore implements JobStore {
  readonly #folder: string;
  readonly #open: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.#open = join(folder, ".open");
    mkdirSync(this.#open, { recursive: true, mode: 0o700 });
  }

  create(record: JobRecord): boolean {
    if (this.read(record.id) !== undefined) return false;
    const folder = this.folder(record.id);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(this.#open, record.id), ""); // first: a job whose record is there is never forgotten
    const next = this.#next(record);
    try {
      linkSync(next, join(folder, RECORD));
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      return false;
    } finally {
      rmSync(next, { force: true });
    }
  }

  read(id: string): JobRecord | undefined {
    const path = join(this.#folder, id, RECORD);
    return JOB.test(id) && existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as JobRecord) : undefined;
  }

  remove(id: string): void {
    rmSync(this.folder(id), { recursive: true, force: true });
    rmSync(join(this.#open, id), { force: true });
  }

  write(record: JobRecord): void {
    const ended = ENDED.includes(record.status);
    if (!ended) writeFileSync(join(this.#open, record.id), "");
    renameSync(this.#next(record), join(this.folder(record.id), RECORD));
    if (ended) rmSync(join(this.#open, record.id), { force: true });
  }

  list(): JobRecord[] {
    const records = readdirSync(this.#folder).flatMap((id) => this.read(id) ?? []);
    return records.sort((a, b) => (a.createdAt === b.createdAt ? (a.id < b.id ? -1 : 1) : a.createdAt < b.createdAt ? 1 : -1));
  }

  open(): string[] {
    return readdirSync(this.#open);
  }

  take(id: string): boolean {
    const owner = join(this.folder(id), OWNER);
    try {
      writeFileSync(owner, ME, { flag: "wx" });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const holder = readFileSync(owner, "utf8");
    if (holder === ME) return true;
    const pid = Number.parseInt(holder, 10);
    // A number alone is written where nobody can see when a process began.
    if (pid > 0 && lives(pid) && [named(pid), String(pid)].includes(holder)) return false;
    rmSync(owner, { force: true });
    return this.take(id);
  }

  release(id: string): void {
    rmSync(join(this.folder(id), OWNER), { force: true });
  }

  folder(id: string): string {
    return join(this.#folder, id);
  }

  #next(record: JobRecord): string {
    const path = join(this.folder(record.id), `${RECORD}.${process.pid}.${++this.#count}.next`);
    writeFileSync(path, JSON.stringify(record), { mode: 0o600 });
    return path;
  }

  #count = 0;
}

/** A number of a process is another's in time, after a start of the machine above all: where there is /proc, the time of its beginning stands behind it. */
const named = (pid: number): string => `${pid} ${beginningOf(pid)}`.trim();

const beginningOf = (pid: number): string => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()} ${stat.slice(stat.lastIndexOf(")")).split(" ")[20]}`;
  } catch {
    return "";
  }
};

const ME = named(process.pid);

const lives = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
};
