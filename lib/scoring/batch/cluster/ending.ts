/** What a pod says of its job: lines of its log as it goes on, and its last words, which the kubelet keeps. */
import type { JobStatus } from "../../contract/batch.ts";
import type { Estimate } from "../estimate.ts";
import type { Progress } from "../record.ts";

/** A line of the log; the latest one counts. */
export interface Saying {
  readonly status?: JobStatus;
  readonly progress?: Progress;
}

/** The last words. */
export interface Ending extends Saying {
  readonly reason?: string;
  /** Of a pod that was asked what the job would do. */
  readonly estimate?: Estimate;
}

/** The kubelet keeps so much of a file, and drops the rest of it. */
const MOST_BYTES = 4096;
const MARK = " …";

/** As it is written. A reason that is too long is cut. */
export const writeEnding = (ending: Ending): string => {
  const text = JSON.stringify(ending);
  if (Buffer.byteLength(text) <= MOST_BYTES || ending.reason === undefined) return text;
  // Each round halves what is too long; a character may take several bytes, and an escape too.
  for (let length = ending.reason.length; ; length = Math.floor(length / 2)) {
    const shorter = JSON.stringify({ ...ending, reason: `${ending.reason.slice(0, length)}${MARK}` });
    if (Buffer.byteLength(shorter) <= MOST_BYTES) return shorter;
  }
};

/** What somebody has written; nothing when it is not ours, such as the last lines of a log. */
export const readEnding = (text: string | undefined): Ending | undefined => {
  const found = parsed(text ?? "");
  return found !== undefined && ("status" in found || "estimate" in found) ? (found as Ending) : undefined;
};

/** The latest status, and the latest progress, of the end of a log. */
export const lastSaying = (log: string): Saying => {
  const said = log.split("\n").flatMap((line) => parsed(line) ?? []) as Saying[];
  const status = said.findLast((each) => each.status !== undefined)?.status;
  const progress = said.findLast((each) => each.progress !== undefined)?.progress;
  return { ...(status === undefined ? {} : { status }), ...(progress === undefined ? {} : { progress }) };
};

const parsed = (text: string): object | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
};
