import type { z } from "zod";
import { strict, whole } from "./fields.ts";

/** How the platform asks a container how it is. Seconds and counts. */
export interface ProbeArgs {
  /** Seconds before the first probe, 1 or more. @default 10 */
  readonly initialDelay?: number;
  /** Seconds between probes, 1 or more. @default 10 */
  readonly period?: number;
  /** Seconds until a probe counts as failed, 1 or more. @default 2 */
  readonly timeout?: number;
  /** Successes in a row until healthy again, 1 or more; always 1 for liveness and startup. @default 1 */
  readonly successThreshold?: number;
  /** Failures in a row until the container is restarted (liveness, startup) or gets no requests (readiness), 1 or more. @default 30 */
  readonly failureThreshold?: number;
}

/** A probe, parsed. @internal */
export type Probe = Readonly<z.output<ReturnType<typeof probe>>>;

/** Defaults of the `az ml` YAML schema. `most` bounds `successThreshold`. @internal */
export const probe = (most?: number) =>
  strict({
    initialDelay: whole("seconds", 1).default(10),
    period: whole("seconds", 1).default(10),
    timeout: whole("seconds", 1).default(2),
    successThreshold: whole("successes", 1, most).default(1),
    failureThreshold: whole("failures", 1).default(30),
  });
