import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ANSWERED, SERIES } from "../../../lib/compile/kubernetes/metrics.ts";
import { Metrics } from "../../../lib/scoring/online/metrics.ts";
import { args, find, inputs, judge, MODEL, plan, TARGET } from "./support.ts";

const on = (monitoring: object, over: object = {}): Record<string, unknown> => args({ target: { ...TARGET, monitoring, metricsFrom: { namespace: "monitoring" } }, deployments: { blue: { ...MODEL, instanceCount: 2 }, green: { ...MODEL, instanceCount: 2 } }, ...over });
const ALERTS = { errorShare: { above: 2, windowMinutes: 10, severity: "critical" }, latency: { above: 250, percentile: 99 }, capacity: { below: 2 } };
const rules = (monitoring: object = {}, alerts: object = ALERTS): any[] => inputs(plan(on(monitoring, { alerts })), "alerts").spec.groups[0].rules;
const POOL = { waiting: 0, workers: 1, ready: 1, busy: 0, starts: 1, died: 0, recycled: 0, startedInMs: 1 };

describe("names of metrics", () => {
  const known = new Metrics().families({ pool: () => POOL as never, inFlight: () => 0 });

  it.each(Object.values(SERIES))("%s is one that the container has", (series) => {
    const family = known.find(({ name, type }) => name === (type === "histogram" ? series.replace(/_bucket$/, "") : series));
    expect(family?.name).toBeDefined();
  });
  it("are looked for in all there are", () => expect(known.length).toBeGreaterThan(15));
  it("are the only ones in what is made", () => {
    const text = JSON.stringify(["alerts", "dashboard"].map((id) => inputs(plan(on({ dashboard: true }, { alerts: ALERTS })), id)));
    const used = new Set(text.match(/scoring_[a-z_]+/g));
    expect(used.size).toBeGreaterThan(8);
    expect([...used].filter((name) => !(Object.values(SERIES) as string[]).includes(name))).toEqual([]);
  });
  it("have the labels that are asked for", () => {
    const source = readFileSync(new URL("../../../lib/scoring/online/metrics.ts", import.meta.url), "utf8");
    expect(source).toContain('["operations", "score", "swagger", "model", "unknown"]');
    expect(ANSWERED).toBe('route=~"score|model"');
  });
});

describe("alerts", () => {
  it("are a PrometheusRule of the endpoint's own pods", () => {
    const made = find(plan(on({ labels: { release: "prom" } }, { alerts: ALERTS })), "alerts");
    expect(made).toMatchObject({ type: "kubernetes:monitoring.coreos.com/v1:PrometheusRule", logicalName: "credit-alerts", inputs: { metadata: { name: "credit", labels: { release: "prom", "app.kubernetes.io/part-of": "credit" } } } });
  });

  it("say when: a share of failures, a percentile, and for as long as there are too few", () => {
    const [share, latency, blue, green] = rules();
    const pods = 'namespace="ml",pod=~"credit--.*"';
    expect(share).toEqual({
      alert: "InferenceEndpointErrorShare",
      annotations: { description: "More than 2 % of the requests to endpoint credit fail, by the server or by its model." },
      expr: `100 * sum(rate(scoring_failures_total{${pods}}[10m])) / sum(rate(scoring_requests_total{${pods},route=~"score|model"}[10m])) > 2`,
      labels: { inference_endpoint: "credit", severity: "critical" },
    });
    expect(latency.expr).toBe(`1000 * histogram_quantile(0.99, sum by (deployment, le) (rate(scoring_request_duration_seconds_bucket{${pods},route="score"}[5m]))) > 250`);
    expect(latency.labels.severity).toBe("error");
    expect(blue).toMatchObject({ alert: "InferenceEndpointCapacity", expr: '(count(scoring_workers_ready{namespace="ml",pod=~"credit--blue-.*",deployment="blue"} > 0) or vector(0)) < 2', for: "5m" });
    expect(green.expr).toContain('pod=~"credit--green-.*"');
  });

  it("link to the runbook, section by section, and each has one", () => {
    const links = rules({ runbookUrl: "https://wiki/run" }).map(({ annotations }) => annotations.runbook_url);
    expect(links).toEqual(["https://wiki/run#errorshare", "https://wiki/run#latency", "https://wiki/run#capacity", "https://wiki/run#capacity"]);
    const runbook = readFileSync(new URL("../../../lib/scoring/README.md", import.meta.url), "utf8");
    const sections = (runbook.match(/^### .*$/gm) ?? []).map((line) => line.slice(4).toLowerCase());
    for (const link of links) expect(sections).toContain(link.split("#")[1]);
  });

  it("are none where none is written", () => expect(plan(on({ podMonitor: true })).resources.map(({ role }) => role)).not.toContain("alerts"));
  it("keep a share of 0", () => expect(rules({}, { errorShare: { above: 0 } })[0].expr).toMatch(/ > 0$/));
});

describe("a PodMonitor", () => {
  it("scrapes every container of the endpoint, ready or not", () => {
    expect(inputs(plan(on({ podMonitor: true, scrapeSeconds: 15 })), "podMonitor")).toMatchObject({
      kind: "PodMonitor",
      spec: { podMetricsEndpoints: [{ interval: "15s", path: "/metrics", port: "http" }], selector: { matchLabels: { "app.kubernetes.io/name": "scoring", "app.kubernetes.io/part-of": "credit" } } },
    });
  });
  it("is made on request", () => expect(plan(on({})).resources.map(({ role }) => role)).not.toContain("podMonitor"));
});

describe("a dashboard", () => {
  const config = inputs(plan(on({ dashboard: true })), "dashboard");
  const board = JSON.parse(config.data["credit.json"]);

  it("is found by Grafana's sidecar", () => expect(config.metadata).toMatchObject({ name: "credit--dashboard", labels: { grafana_dashboard: "1" } }));
  it("asks for the endpoint's own pods alone", () => {
    const queries: string[] = board.panels.flatMap(({ targets }: { targets: { expr: string }[] }) => targets.map(({ expr }) => expr));
    expect(queries.length).toBeGreaterThan(10);
    for (const query of queries) expect(query).toContain('{namespace="ml",pod=~"credit--.*"');
  });
  it("has panels that stand beside each other, under ids of their own", () => {
    const places = board.panels.map(({ gridPos, id }: { gridPos: { x: number; y: number }; id: number }) => `${id}`.length > 0 && `${gridPos.x}/${gridPos.y}`);
    expect(new Set(places).size).toBe(places.length);
    expect(new Set(board.panels.map(({ id }: { id: number }) => id)).size).toBe(places.length);
  });
});

describe("refusals", () => {
  it("are alerts that nobody evaluates, each by name", () =>
    expect(judge(args({ alerts: { latency: { above: 9 }, capacity: { below: 1 } } })).problems).toEqual(
      ["latency", "capacity"].map((name) => expect.stringMatching(new RegExp(`^alerts\\.${name}: on Kubernetes it is a PrometheusRule, which the Prometheus Operator evaluates`))),
    ));
  it("are labels that every object carries, or that are none", () => {
    const { problems } = judge(on({ labels: { "app.kubernetes.io/name": "x", release: "a b" } }));
    expect(problems.map((line) => line.split(": ")[0])).toEqual(["target.monitoring.labels.app.kubernetes.io/name", "target.monitoring.labels.release"]);
  });
  it("warn of an alert that fires when all is well", () =>
    expect(judge(on({}, { alerts: { capacity: { below: 3 } } })).warnings).toEqual(
      ["blue", "green"].map((name) => `alerts.capacity.below: deployment "${name}" may have 2 when all is well, and the alert fires below 3`),
    ));
});
