/** What the platform asks on paths of its own, without prefix and key: startup, readiness, liveness, metrics. */
import { PROBES } from "../contract.ts";
import type { Call } from "./call.ts";
import { warn } from "./log.ts";
import { message } from "./message.ts";
import type { Pool } from "./pool.ts";

/** Answers a request if it is one of these. */
export interface Operations {
  /** False: the path is none of these. */
  answer(path: string, call: Call): boolean;
}

/** What the probes look at. */
export interface Health {
  readonly pool: Pool;
  /** The server takes no new work. */
  readonly draining: () => boolean;
  /** Why a restart would help; undefined when it would not. Default: it never would. */
  readonly liveness?: (() => string | undefined) | undefined;
  /** Text and content type of the metrics; undefined where they have a port of their own. */
  readonly metrics: (() => Promise<{ text: string; type: string }>) | undefined;
}

const OTHER = "the other server is not ready";

export function operations({ pool, draining, liveness, metrics }: Health): Operations {
  const [unstarted, dead] = pool.proxied ? [OTHER, OTHER] : ["not every worker has ended its init()", "no worker is alive; one is being started"];
  const probes: Readonly<Record<string, () => string | undefined>> = {
    [PROBES.liveness]: () => liveness?.(),
    [PROBES.startup]: () => (pool.state().started ? undefined : unstarted),
    [PROBES.readiness]: () => {
      if (draining()) return "the server is shutting down";
      if (!pool.state().started) return unstarted;
      return pool.alive ? undefined : dead;
    },
  };
  const answer = (path: string, call: Call): boolean => {
    const probe = probes[path];
    if (probe === undefined && (path !== PROBES.metrics || metrics === undefined)) return false;
    call.route = "operations";
    if (call.request.method !== "GET" && call.request.method !== "HEAD") {
      call.answer({ status: 405, body: message("Only GET is allowed here."), headers: ["Allow", "GET, HEAD"], container: false });
    } else if (probe === undefined) {
      metrics?.().then(
        ({ text, type }) => call.answer({ status: 200, body: text, type, container: false }),
        (error: unknown) => {
          warn(`metrics cannot be written: ${error instanceof Error ? error.message : String(error)}`);
          call.answer({ status: 500, body: message("The metrics cannot be written."), container: false });
        },
      );
    } else {
      const problem = probe();
      call.answer({ status: problem === undefined ? 200 : 503, body: `${problem ?? "ok"}\n`, type: "text/plain; charset=utf-8", container: false });
    }
    return true;
  };
  return { answer };
}
