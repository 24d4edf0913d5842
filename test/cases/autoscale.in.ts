import { azure, onnx, type Case } from "./declare.ts";

export default {
  name: "wine",
  args: {
    deployments: {
      blue: {
        model: onnx("blue"),
        azure,
        autoscale: {
          minInstances: 3,
          maxInstances: 12,
          rules: [
            { metric: "cpu", target: 60 },
            { metric: "requestLatency", above: 200, byPercent: 50, cooldownMinutes: 10 },
          ],
          schedules: {
            weekend: { recurrence: { days: ["saturday", "sunday"], start: "00:00", end: "00:00" }, timeZone: "Europe/Vienna", minInstances: 2, maxInstances: 2, rules: [] },
            sale: { fixedDate: { start: "2026-11-27T00:00", end: "2026-11-28T00:00" }, timeZone: "Europe/Vienna", minInstances: 8 },
          },
        },
      },
      green: { model: onnx("green"), instanceCount: 3, azure },
    },
    traffic: { blue: 100 },
  },
} satisfies Case;
