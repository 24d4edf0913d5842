/** Metrics as Prometheus reads them. What writes them is loaded when somebody asks for the first time. */
import type { Metric, Registry } from "prom-client";
import type { Family } from "./metrics.ts";

/** Text and content type. */
export type Render = () => Promise<{ text: string; type: string }>;

/** Our own metrics, and those of the process: memory, processor, descriptors, delay of the event loop. The deployment stands on each. */
export function metricsText(families: () => Promise<readonly Family[]>, deployment: string | undefined): Render {
  let registry: Promise<Registry> | undefined;
  const open = async (): Promise<Registry> => {
    const { Registry: Registers, collectDefaultMetrics } = await import("prom-client");
    const made = new Registers();
    if (deployment !== undefined) made.setDefaultLabels({ deployment });
    for (const family of await families()) made.registerMetric(metric(family));
    collectDefaultMetrics({ register: made });
    return made;
  };
  return async () => {
    const opened = await (registry ??= open());
    return { text: await opened.metrics(), type: opened.contentType };
  };
}

/** A registry asks a metric for its name and its values alone. Its own metrics look up labels on each request, which ours need not. */
const metric = ({ name, help, type, samples }: Family): Metric =>
  ({ name, get: () => Promise.resolve({ name, help, type, values: samples(), aggregator: "sum" }) }) as unknown as Metric;
