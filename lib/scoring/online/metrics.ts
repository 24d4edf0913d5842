/** What is counted of the requests. Labels are few, whatever clients send: routes, slots of keys, statuses. */
import type { Call, Observer, Outcome, RouteName } from "./call.ts";
import { Histogram, SECONDS } from "./histogram.ts";
import type { Sample } from "./histogram.ts";
import type { PoolState } from "./pool.ts";
import { REFUSALS, refusalOf } from "./refusal.ts";

/** A script may make up statuses; more combinations than this share one line. */
const MOST_SERIES = 256;
const ROUTES: readonly RouteName[] = ["operations", "score", "swagger", "model", "unknown"];
const CALLERS = ["none", "primary", "secondary", "token"] as const;

/** What is read when somebody asks, because others know it. */
export interface Sources {
  readonly pool: () => PoolState;
  /** Requests that are inside, running and waiting. */
  readonly inFlight: () => number;
  /** How many requests workers take at once, where they batch. */
  readonly batchSizes?: Histogram | undefined;
  /** Records of the data collector, where there is one. */
  readonly collected?: (() => { readonly written: number; readonly dropped: number }) | undefined;
}

/** One metric, as Prometheus knows it. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly samples: () => readonly Sample[];
}

export class Metrics implements Observer {
  /** By status, route and caller, in one number. */
  readonly #requests = new Map<number, { count: number }>();
  readonly #refusals = new Map<string, { count: number }>(REFUSALS.map((reason) => [reason, { count: 0 }]));
  readonly #total = ROUTES.map(() => new Histogram(SECONDS));
  readonly #queue = new Histogram(SECONDS);
  readonly #run = new Histogram(SECONDS);
  #received = 0;
  #sent = 0;
  #failures = 0;
  #coldStart: number | undefined;

  finished(call: Call, { status, bytes }: Outcome): void {
    const route = ROUTES.indexOf(call.route);
    this.#tally((status * ROUTES.length + route) * CALLERS.length + callerOf(call)).count += 1;
    if (isFailure(call, status)) this.#failures += 1;
    const refusal = refusalOf(call, status);
    if (refusal !== undefined) (this.#refusals.get(refusal) ?? { count: 0 }).count += 1;
    const now = performance.now();
    this.#total[route]?.observe((now - call.startedAt) / 1000);
    const { queued, begun, replyEnded } = call.milestones;
    if (queued !== undefined) this.#queue.observe(((begun ?? now) - queued) / 1000);
    if (begun !== undefined) this.#run.observe(((replyEnded ?? now) - begun) / 1000);
    this.#received += call.received;
    this.#sent += bytes ?? call.sent;
  }

  /** Every worker has been ready once, now. */
  ready(): void {
    this.#coldStart ??= performance.now() / 1000;
  }

  families(sources: Sources): Family[] {
    const { batchSizes, collected } = sources;
    return [
      ...this.#ofRequests(),
      ...ofWorkers(sources),
      gauge("scoring_cold_start_seconds", "From the start of the process until every worker was ready.", () => this.#coldStart),
      ...(batchSizes === undefined ? [] : [histogram("scoring_batch_size", "Requests that a worker took at once, to answer those that fit together with one call of the model.", (name) => batchSizes.samples(name, {}))]),
      ...(collected === undefined ? [] : ofCollector(collected)),
    ];
  }

  #tally(key: number): { count: number } {
    const known = this.#requests.get(key);
    if (known !== undefined) return known;
    const other = key % (ROUTES.length * CALLERS.length); // status 0
    const made = this.#requests.size < MOST_SERIES ? key : other;
    const tally = this.#requests.get(made) ?? { count: 0 };
    this.#requests.set(made, tally);
    return tally;
  }

  #ofRequests(): Family[] {
    const totals = (name: string): Sample[] =>
      this.#total.flatMap((all, at) => (all.count === 0 && ROUTES[at] !== "score" ? [] : all.samples(name, { route: ROUTES[at] ?? "" })));
    return [
      {
        name: "scoring_requests_total",
        help: "Requests that were answered, by status, route and what opened the door. 499: the client left before. 502: the worker died and the connection was closed.",
        type: "counter",
        samples: () => [...this.#requests].map(([key, { count }]) => ({ labels: labelsOf(key), value: count })),
      },
      counter("scoring_failures_total", "Requests to the model that failed: answers of 500 or more, of the server or of the model behind a 424.", () => this.#failures),
      {
        name: "scoring_refusals_total",
        help: "Requests that no model answered, by reason.",
        type: "counter",
        samples: () => [...this.#refusals].map(([reason, { count }]) => ({ labels: { reason }, value: count })),
      },
      histogram("scoring_request_duration_seconds", "From a request's head to the end of its answer, by route.", totals),
      histogram("scoring_queue_duration_seconds", "Wait for a worker.", (name) => this.#queue.samples(name, {})),
      histogram("scoring_run_duration_seconds", "From a worker's taking a request to the end of its answer.", (name) => this.#run.samples(name, {})),
      counter("scoring_request_bytes_total", "Bytes of request bodies.", () => this.#received),
      counter("scoring_response_bytes_total", "Bytes of answers' bodies.", () => this.#sent),
    ];
  }
}

const ofWorkers = ({ pool, inFlight }: Sources): Family[] => [
  gauge("scoring_requests_in_flight", "Requests that are inside, running and waiting.", inFlight),
  gauge("scoring_requests_queued", "Requests that wait for a worker.", () => pool().waiting),
  gauge("scoring_workers", "Workers that there should be.", () => pool().workers),
  gauge("scoring_workers_ready", "Workers that can work.", () => pool().ready),
  gauge("scoring_workers_busy", "Workers that hold a request.", () => pool().busy),
  counter("scoring_worker_starts_total", "Workers that have been started.", () => pool().starts),
  counter("scoring_worker_deaths_total", "Workers that have died.", () => pool().died),
  counter("scoring_worker_recycled_total", "Workers that were replaced after --max-requests.", () => pool().recycled),
  gauge("scoring_worker_start_seconds", "What the start of a worker took: the longest of the latest.", () => {
    const ms = pool().startedInMs;
    return ms === undefined ? undefined : ms / 1000;
  }),
];

const ofCollector = (collected: NonNullable<Sources["collected"]>): Family[] => [
  counter("scoring_collector_records_total", "Records of the data collector that were written.", () => collected().written),
  counter("scoring_collector_dropped_total", "Records that the data collector dropped because it could not keep up.", () => collected().dropped),
];

/** Nothing is shown for a value that there is not yet. */
const plain = (type: "counter" | "gauge") => (name: string, help: string, value: () => number | undefined): Family => ({
  name,
  help,
  type,
  samples: () => {
    const now = value();
    return now === undefined ? [] : [{ labels: {}, value: now }];
  },
});
const counter = plain("counter");
const gauge = plain("gauge");

const histogram = (name: string, help: string, samples: (name: string) => readonly Sample[]): Family => ({
  name, help, type: "histogram", samples: () => samples(name),
});

/** What is somebody's fault here: not the client's, nor one that only asks how the server is. */
const isFailure = ({ modelStatus, problem, route }: Call, status: number): boolean => {
  if (route !== "score" && route !== "model") return false;
  return status >= 500 || (status === 424 && (modelStatus ?? problem ?? 0) >= 500);
};

const callerOf = ({ caller }: Call): number => (caller === undefined ? 0 : CALLERS.indexOf(caller.kind === "token" ? "token" : caller.slot));

function labelsOf(key: number): Sample["labels"] {
  const rest = Math.floor(key / CALLERS.length);
  const status = Math.floor(rest / ROUTES.length);
  return { status: status === 0 ? "other" : String(status), route: ROUTES[rest % ROUTES.length] ?? "", caller: CALLERS[key % CALLERS.length] ?? "" };
}
