import { azure, onnx, type Case } from "./declare.ts";

const resources = { requests: { cpu: "500m", memory: "512Mi" } };

export default {
  name: "wine",
  args: {
    deployments: {
      blue: { model: onnx("blue"), azure, kubernetes: { resources }, autoscale: { minInstances: 2, maxInstances: 8, rules: [{ metric: "cpu", target: 60, cooldownMinutes: 10 }] } },
      green: {
        model: onnx("green"),
        azure,
        kubernetes: { resources },
        autoscale: {
          minInstances: 2,
          maxInstances: 12,
          defaultInstances: 4,
          rules: [{ metric: "cpu", target: 70 }, { metric: "requestsQueued", target: 2, windowMinutes: 1 }, { metric: "requestsInFlight", target: 4 }, { metric: "requestsPerMinute", target: 600 }],
          schedules: { nights: { recurrence: { days: ["friday", "saturday"], start: "20:30", end: "02:00" }, timeZone: "Europe/Vienna", minInstances: 6 } },
        },
      },
    },
    traffic: { blue: 50, green: 50 },
  },
  kubernetes: { monitoring: { prometheusUrl: "http://prometheus.monitoring:9090" }, metricsFrom: { namespace: "monitoring" } },
} satisfies Case;
