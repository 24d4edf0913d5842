/** A call, before it is a job. */
import type { JobRequest } from "../request.ts";

/** Who asks for what. */
export interface Asked {
  readonly id: string;
  readonly deployment: string;
  readonly createdAt: string;
  readonly fingerprint: string;
  readonly request: JobRequest;
}
