import type { Probe } from "../../model/probes.ts";
import { seconds } from "./durations.ts";

/** ProbeSettings. */
export const compileProbe = (probe: Probe) => ({
  failureThreshold: probe.failureThreshold,
  initialDelay: seconds(probe.initialDelay),
  period: seconds(probe.period),
  successThreshold: probe.successThreshold,
  timeout: seconds(probe.timeout),
});
