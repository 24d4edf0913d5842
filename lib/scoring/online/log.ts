/** Log lines in the form of Azure's images. Requests go to stdout in batches: a system call a line would cost more than the rest of the log. */

const FLUSH_MS = 100;
const FLUSH_CHARACTERS = 16 * 1024;

let pending = "";
let timer: NodeJS.Timeout | undefined;

/** One line about what the server does. */
export const info = (text: string): void => void process.stdout.write(line("I", text));

/** One line about what went wrong and was dealt with. */
export const warn = (text: string): void => void process.stdout.write(line("W", text));

/** One line about what stops the server. */
export const fail = (text: string): void => void process.stderr.write(line("E", text));

/** One line per request: `POST /score 200 0.669ms 2`. */
export function access(method: string, target: string, status: number, ms: number, bytes: number): void {
  pending += line("I", `${method} ${target} ${status} ${ms.toFixed(3)}ms ${bytes}`);
  if (pending.length >= FLUSH_CHARACTERS) flush();
  else timer ??= setTimeout(flush, FLUSH_MS).unref();
}

/** Writes what is waiting, for the moment before an exit. */
export function flush(): void {
  clearTimeout(timer);
  timer = undefined;
  if (pending === "") return;
  process.stdout.write(pending);
  pending = "";
}

let second = -1;
let stamp = "";

function line(level: string, text: string): string {
  const now = Date.now();
  const ms = now % 1000;
  if (now - ms !== second) {
    second = now - ms;
    stamp = new Date(second).toISOString().slice(0, 19).replace("T", " ");
  }
  return `${stamp},${String(ms).padStart(3, "0")} ${level} [${process.pid}] azmlinfsrv - ${text}\n`;
}
