/** What of a load was lost, by status; 0 is a connection that broke. An answer that names no deployment came from the gateway, and says why. */
import type { Answer } from "../conformance/caller.ts";

export const failures = (answers: readonly Answer[]): Record<string, number> => {
  const counted: Record<string, number> = {};
  for (const { body, deployment, status } of answers) {
    const kind = deployment === undefined ? `${status} from the gateway: ${body}` : `${status}`;
    if (status !== 200) counted[kind] = (counted[kind] ?? 0) + 1;
  }
  return counted;
};

export const shown = (answers: readonly Answer[]): string => `${answers.length} requests, failed: ${JSON.stringify(failures(answers))}`;
