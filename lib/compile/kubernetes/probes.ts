import type { IProbe } from "kubernetes-models/v1/Probe";
import type { Probe } from "../../model/probes.ts";

/** Name of the port at which the front answers. */
export const PORT_NAME = "http";

type Times = Omit<Probe, "initialDelay"> & { readonly initialDelay: number };

/** A core/v1 Probe that asks at a path. */
export const compileProbe = (path: string, probe: Times, port: number | string = PORT_NAME): IProbe => ({
  failureThreshold: probe.failureThreshold,
  httpGet: { path, port },
  // The API server keeps no 0 here: written, it would be a change in every preview.
  ...(probe.initialDelay === 0 ? {} : { initialDelaySeconds: probe.initialDelay }),
  periodSeconds: probe.period,
  successThreshold: probe.successThreshold,
  timeoutSeconds: probe.timeout,
});

/** Five minutes for a start, asked from its first second: liveness counts only after it. */
export const STARTUP = { initialDelay: 0, period: 10, timeout: 2, successThreshold: 1, failureThreshold: 30 } as const;

/** The longest that a start may take. */
export const startSeconds = ({ failureThreshold, initialDelay, period }: Times): number => initialDelay + period * failureThreshold;
