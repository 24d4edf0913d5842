/** Why the server could not start, where Kubernetes shows it: in the container's termination message. */
import { existsSync, writeFileSync } from "node:fs";
import { warn } from "./log.ts";
import { redacted } from "./redact.ts";

const DEFAULT = "/dev/termination-log";
/** Kubernetes keeps no more. */
const MOST_BYTES = 4096;

/** Writes reason and traceback, of which the end says most. Without a path: only where the platform has put the file. */
export function writeTermination(path: string | undefined, reason: string, trace: string | undefined): void {
  const file = path ?? (existsSync(DEFAULT) ? DEFAULT : undefined);
  if (file === undefined) return;
  const text = trace === undefined || trace === "" ? `${reason}\n` : `${reason}\n\n${trace}`;
  try {
    writeFileSync(file, end(Buffer.from(redacted(text))));
  } catch (error) {
    warn(`the reason cannot be written to the termination log ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The last bytes, without half a letter at their beginning. */
function end(bytes: Buffer): Buffer {
  let from = Math.max(0, bytes.length - MOST_BYTES);
  while (((bytes[from] ?? 0) & 0xc0) === 0x80) from += 1;
  return bytes.subarray(from);
}
