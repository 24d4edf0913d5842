/** The job cannot go on. The text is for whoever started it. */
export class JobError extends Error {
  override readonly name = "JobError";
}

const FULL: readonly string[] = ["ENOSPC", "EDQUOT"];

/** What to say of whatever ended a job. */
export const reasonOf = (error: unknown): string => {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== undefined && FULL.includes(code)) return `the disk is full: ${message}`;
  return error instanceof Error ? message : String(error);
};
