/** Why a pipeline has failed, in the words of every target. */

/** Of a step whose input never came. */
export const hasFailed = (step: string): string => `step ${step} has failed`;

/** What is said of each step. */
export const failuresOf = (failed: ReadonlyMap<string, string>): string => [...failed].map(([name, why]) => `step ${name}: ${why}`).join("; ");
