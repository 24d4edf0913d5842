/** A count of durations by size, cheap enough for every request: no labels are looked up, nothing is allocated. */

/** Upper bounds in seconds: from a small tree to a long generation. */
const BOUNDS: readonly number[] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** One line of a metric. */
export interface Sample {
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

export class Histogram {
  readonly #counts = new Float64Array(BOUNDS.length + 1);
  #sum = 0;
  count = 0;

  observe(seconds: number): void {
    let at = 0;
    while (at < BOUNDS.length && seconds > (BOUNDS[at] ?? 0)) at += 1;
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#sum += seconds;
    this.count += 1;
  }

  /** Cumulative, as Prometheus wants them. */
  samples(name: string, labels: Sample["labels"]): Sample[] {
    let below = 0;
    const buckets = [...this.#counts].map((count, at) => {
      below += count;
      return { metricName: `${name}_bucket`, labels: { ...labels, le: BOUNDS[at] ?? "+Inf" }, value: below };
    });
    return [...buckets, { metricName: `${name}_sum`, labels, value: this.#sum }, { metricName: `${name}_count`, labels, value: this.count }];
  }
}
