/** A front as a process: signals, the parent's channel, exit codes. */
import { BANNER, EXIT } from "../contract.ts";
import type { FrontMessage } from "../contract.ts";
import { announce } from "./banner.ts";
import { ConfigError } from "./config.ts";
import { readFlags } from "./flags.ts";
import { startFront } from "./front.ts";
import type { Front } from "./front.ts";
import { KindError } from "./kind.ts";
import { fail, flush, info, warn } from "./log.ts";
import { OptionsError, parseOptions } from "./options.ts";
import { StartError } from "./pool.ts";
import { endThreads } from "./running-threads.ts";
import { writeTermination } from "./termination.ts";

/** Serves until a signal; sets the exit code or exits. Wrong flags are told on stderr, one line each, after the help on stdout. `warm`: it is compiled before it is ready. */
export async function runFront(argv: readonly string[], help = "", warm = false): Promise<void> {
  process.stdout.on("error", () => {}); // whoever read the log is gone: that must not end the service
  process.stderr.on("error", () => {});
  // The parent is gone. Workers notice by themselves, whatever they are doing.
  process.once("disconnect", () => void exit(0));
  try {
    const settings = parseOptions(argv, process.env, process.cwd());
    const front = await startFront(settings, warm);
    announce(settings, front, process.env[BANNER] !== "false");
    await attend(front);
  } catch (error) {
    if (error instanceof OptionsError) return misused(error, help);
    refuse(error, readFlags(argv).values["terminationLog"]);
  }
}

async function attend(front: Front): Promise<void> {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    let asked = false;
    // Stays: without a listener, for however short a time, a second signal would end the process by itself.
    process.on(signal, () => {
      if (asked) return void exit(0);
      asked = true;
      // The listener is closed before anyone reads of it: whoever connects after that line is refused, and not cut off.
      const closed = front.close();
      info(`${signal}: finishing the requests that have begun`);
      void closed.then(() => exit(0));
    });
  }
  tell({ type: "listening", port: front.port });
  info(`listening on port ${front.port}`);
  await front.started;
  tell({ type: "ready" });
  info("every worker is ready");
}

function misused({ problems }: OptionsError, help: string): void {
  process.stdout.write(help);
  process.stderr.write(`${problems.join("\n")}\n`);
  tell({ type: "failed", reason: problems.join("; ") }, () => exit(EXIT.usage));
}

/** What cannot be served will not be served after a restart either: 3, with the reason where Kubernetes shows it. */
function refuse(error: unknown, terminationLog: string | undefined): void {
  const reason = reasonOf(error);
  const start = error instanceof StartError ? error : undefined;
  const unservable = start !== undefined || error instanceof KindError || error instanceof ConfigError;
  const code = unservable ? (start?.exitCode ?? EXIT.workerFailed) : EXIT.usage;
  fail(!unservable || error instanceof ConfigError ? reason : `cannot serve: ${reason}`);
  if (unservable) writeTermination(terminationLog, { reason, ...(start?.trace === undefined ? {} : { trace: start.trace }) });
  tell({ type: "failed", reason, missingModule: start?.missingModule }, () => exit(code));
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** To the process that forked us, if one did. */
function tell(message: FrontMessage, then: () => void = () => {}): void {
  if (process.send === undefined || !process.connected) return then();
  process.send(message, undefined, undefined, then);
}

let exiting: Promise<never> | undefined;

/** The first code counts: workers that end because of it are no news. */
const exit = (code: number): Promise<never> => (exiting ??= leave(code));

/** A thread that hangs in native code would keep the process for as long: only SIGKILL ends both. */
async function leave(code: number): Promise<never> {
  const clean = await endThreads();
  if (!clean) warn("a thread is in native code and does not end: SIGKILL ends it with the server");
  flush();
  if (!clean) process.kill(process.pid, "SIGKILL");
  process.exit(code);
}
