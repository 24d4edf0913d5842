import type { IProbe } from "kubernetes-models/v1/Probe";
import type { Probe } from "../../model/probes.ts";
import { ROUTES } from "../../scoring/contract.ts";

/** Name of the container's one port. */
export const PORT_NAME = "http";

/** A core/v1 Probe that asks the front how it is. */
export const compileProbe = (probe: Omit<Probe, "initialDelay"> & { readonly initialDelay: number }): IProbe => ({
  failureThreshold: probe.failureThreshold,
  httpGet: { path: ROUTES.health, port: PORT_NAME },
  initialDelaySeconds: probe.initialDelay,
  periodSeconds: probe.period,
  successThreshold: probe.successThreshold,
  timeoutSeconds: probe.timeout,
});

/** Five minutes for a start, asked from its first second: liveness counts only after it. */
export const STARTUP = { initialDelay: 0, period: 10, timeout: 2, successThreshold: 1, failureThreshold: 30 } as const;
