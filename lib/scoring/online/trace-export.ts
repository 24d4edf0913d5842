/** OpenTelemetry's own exporter, sampler and queue, loaded only where the environment names a collector. */
import type { Tracer } from "@opentelemetry/api";

/** What is still to be sent when the server ends, may take so long. */
const FLUSH_MS = 3000;

/** Makes spans and sends them. */
export interface TraceExport {
  readonly tracer: Tracer;
  /** Sends what is waiting, or gives up. */
  close(): Promise<void>;
}

/** Sampler, queue, limits, headers and certificates come from `OTEL_*`; so does the resource, above the given name of the service. */
export async function openExport(serviceName: string): Promise<TraceExport> {
  const [{ BasicTracerProvider, BatchSpanProcessor }, { OTLPTraceExporter }, { defaultResource, detectResources, envDetector, resourceFromAttributes }] = await Promise.all([
    import("@opentelemetry/sdk-trace-base"),
    import("@opentelemetry/exporter-trace-otlp-http"),
    import("@opentelemetry/resources"),
  ]);
  const own = resourceFromAttributes({ "service.name": serviceName });
  const resource = defaultResource().merge(own).merge(detectResources({ detectors: [envDetector] }));
  const provider = new BasicTracerProvider({ resource, spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())] });
  const close = async (): Promise<void> => {
    const time = new Promise<void>((resolve) => setTimeout(resolve, FLUSH_MS).unref());
    await Promise.race([provider.shutdown().catch(() => {}), time]);
  };
  return { tracer: provider.getTracer("inference-endpoints"), close };
}
