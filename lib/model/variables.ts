/** Environment variables of a container, and the two of them that mean something here. */
import { lateMap } from "./fields.ts";
import { show } from "./refusal.ts";

/** How many workers an instance runs: what Azure's inference server reads too. */
const WORKER_COUNT = "WORKER_COUNT";

/** @internal Names that a container of any target takes, and a number of workers that it can start with. */
export const variables = <V>() =>
  lateMap<V>().superRefine((value, context) => {
    for (const [key, text] of Object.entries(value)) {
      const message = variableProblem(key, text);
      if (message !== undefined) context.addIssue({ code: "custom", path: [key], message });
    }
  });

const variableProblem = (key: string, value: unknown): string | undefined => {
  if (!/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(key)) return `expected a variable's name of letters, digits, "_", "." and "-", not ${show(key)}`;
  if (key === WORKER_COUNT && typeof value === "string" && !/^[1-9]\d*$/.test(value)) return "expected a whole number of workers, 1 or more";
  return undefined;
};

/** Workers of one instance; one where nothing is written, or nothing that is known yet. */
export const workersOf = (environment: Readonly<Record<string, unknown>>): number => {
  const written = environment[WORKER_COUNT];
  return typeof written === "string" && /^\d+$/.test(written) ? Number(written) : 1;
};

/** What there is to say of more requests at once than workers, if anything. */
export const workerWarning = (environment: Readonly<Record<string, unknown>>, concurrent: number): string | undefined =>
  concurrent > 1 && environment[WORKER_COUNT] === undefined
    ? `without ${WORKER_COUNT} in environmentVariables one worker runs one request at a time, and the others wait`
    : undefined;

/** A reference to a secret of Azure, which its service resolves and nobody else. */
export const isAzureSecret = (value: unknown): boolean => typeof value === "string" && value.startsWith("${{");
