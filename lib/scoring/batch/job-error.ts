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

/** Troubles of a network volume or of a machine that has no room at the moment: another pod, or the same a minute later, may have none. */
const PASSING: readonly (string | undefined)[] = ["EIO", "ESTALE", "ETIMEDOUT", "EAGAIN", "ENOTCONN", "EHOSTDOWN", "EHOSTUNREACH", "ECONNRESET", "EBUSY", "EMFILE", "ENFILE", "ENOMEM", "EINTR"];

export const mayPass = (error: unknown): boolean => PASSING.includes((error as NodeJS.ErrnoException | undefined)?.code);
