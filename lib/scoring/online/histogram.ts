/** A count of values by size, cheap enough for every request: no labels are looked up, nothing is allocated. */

/** Upper bounds of durations in seconds: from a small tree to a long generation. */
export const SECONDS: readonly number[] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** One line of a metric. */
export interface Sample {
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

export class Histogram {
  /** Upper bounds, in ascending order. */
  readonly #bounds: readonly number[];
  readonly #counts: Float64Array;
  #sum = 0;
  count = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    let at = 0;
    while (at < this.#bounds.length && value > (this.#bounds[at] ?? 0)) at += 1;
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#sum += value;
    this.count += 1;
  }

  /** Cumulative, as Prometheus wants them. */
  samples(name: string, labels: Sample["labels"]): Sample[] {
    let below = 0;
    const buckets = [...this.#counts].map((count, at) => {
      below += count;
      return { metricName: `${name}_bucket`, labels: { ...labels, le: this.#bounds[at] ?? "+Inf" }, value: below };
    });
    return [...buckets, { metricName: `${name}_sum`, labels, value: this.#sum }, { metricName: `${name}_count`, labels, value: this.count }];
  }
}
