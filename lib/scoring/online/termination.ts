/** Why the server or a worker could not start, where Kubernetes shows it when the container has ended: in its termination message. */
import { existsSync, writeFileSync } from "node:fs";
import { warn } from "./log.ts";
import { redacted } from "./redact.ts";
import type { Failure } from "./worker.ts";

const DEFAULT = "/dev/termination-log";
/** Kubernetes keeps no more. */
const MOST_BYTES = 4096;

/** Writes reason and traceback, of which the end says most; nothing, where there is no reason any more. Without a path: only where the platform has put the file. */
export function writeTermination(path: string | undefined, failure: Pick<Failure, "reason" | "trace"> | undefined): void {
  const file = path ?? (existsSync(DEFAULT) ? DEFAULT : undefined);
  if (file === undefined) return;
  try {
    writeFileSync(file, end(Buffer.from(redacted(failure === undefined ? "" : textOf(failure)))));
  } catch (error) {
    warn(`the reason cannot be written to the termination log ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const textOf = ({ reason, trace = "" }: Pick<Failure, "reason" | "trace">): string => (trace === "" ? `${reason.trimStart()}\n` : `${reason.trimStart()}\n\n${trace}`);

/** The last bytes, without half a letter at their beginning. */
function end(bytes: Buffer): Buffer {
  let from = Math.max(0, bytes.length - MOST_BYTES);
  while (((bytes[from] ?? 0) & 0xc0) === 0x80) from += 1;
  return bytes.subarray(from);
}
