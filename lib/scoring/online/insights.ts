/** Application Insights, as far as the contract goes: which settings count as switched on, and what the server says of them. */

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether Application Insights is switched on, for the server and for what scripts see. */
export interface Insights {
  readonly enabled: boolean;
  readonly key: string | undefined;
  /** What was found wrong or right with the key, in the words of the original, for which tools look. */
  readonly lines: readonly string[];
}

/** A key on the command line switches it on; in the environment, `AML_APP_INSIGHTS_ENABLED` must say so too, in lower case. */
export function readInsights(flag: string | undefined, enabled: string | undefined, variable: string | undefined): Insights {
  const key = flag ?? variable;
  if (key === undefined || (flag === undefined && enabled !== "true")) return { enabled: false, key, lines: [] };
  if (UUID.test(key)) return { enabled: true, key, lines: ["Valid Application Insights instrumentation key provided."] };
  return { enabled: false, key, lines: ["Invalid Application Insights instrumentation key provided.", "Application Insights has been disabled."] };
}
