/** What somebody is told of while an endpoint runs. The names are those of every target, whatever watches there. */
import { z } from "zod";
import { oneOf, strict, whole } from "./fields.ts";

/** What every alert says. */
interface AlertArgs {
  /** Minutes that are looked at together, 1 to 1440; Azure Monitor takes 5, 15, 30, 60, 360, 720 and 1440. @default 5 */
  readonly windowMinutes?: number;
  /** Azure's severities 0 to 3; on Kubernetes the label `severity`. @default "error" */
  readonly severity?: "critical" | "error" | "warning" | "informational";
}

/** Too many answers are failures: 5xx of the endpoint, or of the model behind it. */
export interface ErrorShareAlertArgs extends AlertArgs {
  /** Percent of the answers, 0 or more and less than 100. */
  readonly above: number;
}

/** A deployment answers too slowly. */
export interface LatencyAlertArgs extends AlertArgs {
  /** Milliseconds, more than 0. */
  readonly above: number;
  /** The share of the requests that must be quicker. @default 95 */
  readonly percentile?: 50 | 90 | 95 | 99;
}

/** A deployment has too few instances; on Kubernetes, too few that can answer, for `windowMinutes`. */
export interface CapacityAlertArgs extends AlertArgs {
  /** Instances, 1 or more. */
  readonly below: number;
}

/** Alert rules of an endpoint. */
export interface AlertsArgs {
  /** Of an endpoint's requests. On Azure it reads the traffic log, so it needs `azure.diagnosticSettings`. @default - none */
  readonly errorShare?: ErrorShareAlertArgs;
  /** @default - none */
  readonly latency?: LatencyAlertArgs;
  /** @default - none */
  readonly capacity?: CapacityAlertArgs;
}

const common = () => ({ windowMinutes: whole("minutes", 1, 1440).default(5), severity: oneOf("critical", "error", "warning", "informational").default("error") });

const share = () => z.number({ error: "expected a percentage" }).refine((value) => value >= 0 && value < 100, { error: "expected 0 percent or more, and less than 100" });

const positive = () => z.number({ error: "expected a number of milliseconds" }).refine((value) => value > 0, { error: "expected more than 0 milliseconds" });

const percentile = () => z.union([z.literal(50), z.literal(90), z.literal(95), z.literal(99)], { error: "expected 50, 90, 95 or 99" });

/** @internal */
export const alerts = () =>
  strict({
    errorShare: strict({ above: share(), ...common() }, "an alert: { above }").optional(),
    latency: strict({ above: positive(), percentile: percentile().default(95), ...common() }, "an alert: { above }").optional(),
    capacity: strict({ below: whole("instances", 1), ...common() }, "an alert: { below }").optional(),
  });

/** The alerts of an endpoint, parsed. @internal */
export type Alerts = Readonly<z.output<ReturnType<typeof alerts>>>;
