import { PortUnavailable } from "../local/router.ts";
import { InvalidArgs } from "../model/refusal.ts";
import { Refused } from "./refusal.ts";

/** An error for whoever typed the command: refusals as they are, surprises with their stack. */
export const explain = (error: unknown): string => {
  if (error instanceof InvalidArgs || error instanceof Refused || error instanceof PortUnavailable) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
};
