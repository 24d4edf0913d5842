/**
 * Asks a front how it is, as the platform asks a container. `initialDelay` counts from the start for the first probe (startup, or liveness in
 * its place) and from the front's own "ready" for the others: that message is their first success, so nobody waits for a probe to succeed.
 */
import { request } from "node:http";
import type { LocalProbes } from "../compile/local/plan.ts";
import { ROUTES } from "../scoring/contract.ts";
import type { Clock } from "./back-off.ts";
import { LOOPBACK } from "./upstream.ts";

/** Startup decides about a front that does not get ready (without it, liveness does), liveness about one that must go, readiness about its requests. */
export type Probes = LocalProbes;

type Probe = LocalProbes["liveness"];

/** Asks once: nothing when all is well, else what is wrong. */
export type Ask = (timeoutSeconds: number, signal: AbortSignal) => Promise<string | undefined>;

/** Why a front that is not ready must be killed, or nothing when the signal aborts first. */
export async function awaitStart({ startup, liveness }: Probes, clock: Clock, signal: AbortSignal): Promise<string | undefined> {
  const { failureThreshold, initialDelay, period } = startup ?? liveness;
  const seconds = initialDelay + failureThreshold * period;
  await clock.wait(seconds * 1000, signal);
  return signal.aborted ? undefined : `${startup === undefined ? "liveness" : "startup"} probe failed: not ready within ${seconds} s`;
}

/** Asks once a period until the signal aborts, and tells each change: what is wrong, or nothing when all is well again. */
export async function watch(name: string, probe: Probe, ask: Ask, clock: Clock, signal: AbortSignal, changed: (failure: string | undefined) => unknown): Promise<void> {
  let healthy = true;
  let others = 0;
  for (let pause = probe.initialDelay; ; pause = probe.period) {
    await clock.wait(pause * 1000, signal);
    const failure = signal.aborted ? undefined : await ask(probe.timeout, signal);
    if (signal.aborted) return;
    others = (failure === undefined) === healthy ? 0 : others + 1;
    if (others < (healthy ? probe.failureThreshold : probe.successThreshold)) continue;
    healthy = !healthy;
    changed(failure === undefined ? undefined : `${name} probe failed${others === 1 ? "" : ` ${others} times in a row`}: ${failure}`);
    others = 0;
  }
}

/** Asks the front on this port, each time on a connection of its own: one that is kept would not tell whether it still accepts any. */
export const asking =
  (port: number, clock: Clock): Ask =>
  (timeoutSeconds, signal) =>
    new Promise((resolve) => {
      const over = new AbortController();
      const end = (failure: string | undefined): void => {
        over.abort();
        resolve(failure);
      };
      const sent = request({ host: LOOPBACK, port, path: ROUTES.health, agent: false, signal });
      sent.once("response", (answer) => {
        answer.resume();
        const status = answer.statusCode ?? 0;
        end(status >= 200 && status < 400 ? undefined : `answered ${status}`);
      });
      sent.on("error", (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
      void clock.wait(timeoutSeconds * 1000, over.signal).then(() => {
        if (over.signal.aborted) return;
        end(`no answer within ${timeoutSeconds} s`);
        sent.destroy();
      });
      sent.end();
    });
