import { describe, expect, it } from "vitest";
import { args, container, find, inputs, MODEL, plan, pod } from "./support.ts";

const COLLECTOR = { collections: { request: {}, response: { samplingRate: 0 }, model_inputs: { enabled: false } }, samplingRate: 0.5, rollingRate: "day", requestLogging: { captureHeaders: ["x-shop"] } };
const of = (collectedData: object, over: object = {}) => plan(args({ deployments: { blue: { ...MODEL, dataCollector: COLLECTOR, kubernetes: { collectedData }, ...over } } }));
const file = (made: ReturnType<typeof of>): any => JSON.parse(inputs(made, "collector:blue").data["collector.json"]);

describe("data collection", () => {
  it("says the front what it keeps, zero included, and that a volume takes it", () => {
    expect(file(of({ claim: "data" }))).toEqual({
      endpoint: "credit",
      deployment: "blue",
      collections: { request: { enabled: true }, response: { enabled: true, samplingRate: 0 }, model_inputs: { enabled: false } },
      samplingRate: 0.5,
      rollingRate: "day",
      requestLogging: { captureHeaders: ["x-shop"] },
      sink: { folder: "/var/run/inference-endpoints/collected" },
    });
  });

  it("is a file that never changes, under a name of its content, made before the pods", () => {
    const made = of({ claim: "data" });
    expect(inputs(made, "collector:blue")).toMatchObject({ immutable: true, metadata: { name: expect.stringMatching(/^credit--blue-collector-[0-9a-f]{12}$/) } });
    expect(find(made, "collector:blue")).toMatchObject({ logicalName: "credit--blue-collector", options: { deleteBeforeReplace: false } });
    expect(find(made, "deployment:blue").options.dependsOn).toContain("collector:blue");
    expect(inputs(of({ claim: "data" }, { dataCollector: { collections: {} } }), "collector:blue").metadata.name).not.toBe(inputs(made, "collector:blue").metadata.name);
  });

  it("is written to a volume that the front alone mounts", () => {
    const made = of({ claim: "data" });
    const { name } = inputs(made, "collector:blue").metadata;
    expect(pod(made).spec.volumes.slice(-2)).toEqual([
      { name: "collector", configMap: { name } },
      { name: "collected", persistentVolumeClaim: { claimName: "data" } },
    ]);
    expect(container(made).volumeMounts).toEqual(expect.arrayContaining([
      { name: "collector", mountPath: "/var/run/inference-endpoints/collector", readOnly: true },
      { name: "collected", mountPath: "/var/run/inference-endpoints/collected" },
    ]));
    expect(container(made).args.join(" ")).toContain("--data-collector /var/run/inference-endpoints/collector/collector.json");
  });

  it("goes to an address, without a volume", () => {
    const made = of({ url: "https://collect.example.com/events" });
    expect(file(made).sink).toEqual({ url: "https://collect.example.com/events" });
    expect(pod(made).spec.volumes.map(({ name }: { name: string }) => name)).not.toContain("collected");
  });

  it("is the front's before a custom container, too", () => {
    const route = { path: "/", port: 8080 };
    const made = plan(args({ deployments: { blue: { environment: { image: "mine", inferenceConfig: { livenessRoute: route, readinessRoute: route, scoringRoute: route } }, dataCollector: COLLECTOR, kubernetes: { collectedData: { claim: "data" } } } } }), {});
    expect(pod(made).spec.initContainers[0].volumeMounts).toContainEqual({ name: "collected", mountPath: "/var/run/inference-endpoints/collected" });
    expect(container(made).volumeMounts).toBeUndefined();
  });

  it("rolls the pods when it changes, and is nothing where nothing is kept", () => {
    const hash = (made: ReturnType<typeof of>): string => pod(made).metadata.annotations["inference-endpoints/config"];
    expect(hash(of({ claim: "data" }))).not.toBe(hash(of({ url: "https://x" })));
    expect(plan().resources.map(({ role }) => role)).not.toContain("collector");
  });
});
