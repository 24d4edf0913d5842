/** Options that make no sense together. Each refusal says why, and names what would do. */
import type { ServeOptions } from "../contract.ts";

/** The options as far as they can disagree. */
export interface Given {
  /** Whether the command line has it. */
  readonly has: (option: keyof ServeOptions) => boolean;
  readonly maxBatchSize: number;
  readonly port: number;
  readonly metricsPort: number | undefined;
  /** Undefined: it is not opened. */
  readonly healthPort: number | undefined;
}

/** One line per conflict. */
export function conflicts(given: Given): string[] {
  return [...upstream(given), ...needs(given), ...ports(given)];
}

function upstream({ has, maxBatchSize }: Given): string[] {
  if (!has("upstreamScoring")) {
    return UPSTREAM.filter(([option]) => has(option)).map(([, flag]) => `${flag}: there is no other server without --upstream-scoring, which says where it is`);
  }
  return [
    ...(has("entryScript") ? ["--entry_script: --upstream-scoring names another server, which answers in place of a script; give one of them"] : []),
    ...(maxBatchSize > 1 ? ["--max-batch-size: requests for another server (--upstream-scoring) are not batched here; batch them there"] : []),
    ...(has("maxRequests") ? ["--max-requests: there are no workers to replace before another server (--upstream-scoring)"] : []),
  ];
}

const UPSTREAM: readonly (readonly [keyof ServeOptions, string])[] = [
  ["upstreamReadiness", "--upstream-readiness"],
  ["upstreamLiveness", "--upstream-liveness"],
  ["upstreamPaths", "--upstream-paths"],
  ["upstreamCommand", "--upstream-command"],
];

const needs = ({ has, maxBatchSize }: Given): string[] => [
  ...(has("maxBatchWaitMs") && maxBatchSize === 1 ? ["--max-batch-wait-ms: nothing waits for a batch of one; give --max-batch-size of 2 or more"] : []),
  ...(has("maxRequestsJitter") && !has("maxRequests") ? ["--max-requests-jitter: there is nothing to vary without --max-requests"] : []),
];

/** 0 is whichever port is free, and never the same as another. */
function ports({ port, metricsPort, healthPort }: Given): string[] {
  const taken = (one: number | undefined, other: number | undefined): boolean => one !== undefined && one !== 0 && one === other;
  return [
    ...(taken(metricsPort, port) ? [`--metrics-port: ${port} is the server's own port; leave the flag out, and /metrics stands there`] : []),
    ...(taken(healthPort, port) ? [`--health_port: ${port} is the server's own port; leave SEPERATE_HEALTH_ENDPOINT out, and health stands there`] : []),
    ...(taken(healthPort, metricsPort) ? [`--health_port: ${healthPort} is the port of --metrics-port; they need one each`] : []),
  ];
}
