import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { azureMl, Endpoint, InvalidArgs, kubernetes, type EndpointArgs, type Transform } from "../../lib/index.ts";
import { called, preview } from "./preview.ts";

const azure = { instanceType: "Standard_DS3_v2" };
const onAzure = azureMl({ resourceGroupName: "rg", workspaceName: "ws", location: "we" });
const onKubernetes = kubernetes({
  namespace: "ml",
  scoringImage: "scoring:1",
  gateway: { name: "public", namespace: "gateways", implementation: "envoy-gateway", url: "https://models.example.com" },
});
const onnx = { model: { path: "examples/quickstart/models/blue.onnx" } };

const args = (changes: object = {}): EndpointArgs => ({ kind: "online", target: onKubernetes, deployments: { blue: onnx }, ...changes });

/** What a declaration is refused with, and what was registered by then besides the component itself. */
const refusal = async (changes: object): Promise<{ readonly error: InvalidArgs; readonly registered: readonly string[] }> => {
  let error: unknown;
  const all = await preview(() => {
    try {
      return new Endpoint("wine", args(changes));
    } catch (caught) {
      error = caught;
      return undefined;
    }
  });
  if (!(error instanceof InvalidArgs)) throw new Error("expected a refusal", { cause: error });
  return { error, registered: all.map(({ type }) => type) };
};

describe("a refusal", () => {
  it("names every problem together, of the declaration, its files and its target, and registers no child", async () => {
    const { error, registered } = await refusal({
      target: kubernetes({ namespace: "ml", gateway: { name: "a", namespace: "b", implementation: "contour", url: "https://x" } }),
      deployments: { blue: onnx, green: { model: { path: "./nowhere" } }, grey: { instances: 3 } },
      traffic: { blue: 90, gren: 10 },
      mirrorTraffic: { green: 20 },
      transform: { rout: () => ({}) },
    });
    expect(error.problems.map(({ path }) => path)).toEqual([
      "deployments.blue.kubernetes.scoringImage",
      "deployments.green.kubernetes.scoringImage",
      "deployments.green.model.path",
      "deployments.grey",
      "deployments.grey",
      "deployments.grey.kubernetes.scoringImage",
      "mirrorTraffic",
      "traffic.gren",
      "transform",
    ]);
    expect(error.subject).toBe('Endpoint "wine"');
    expect(registered).toEqual(["inference-endpoints:index:Endpoint"]);
  });

  it("of a missing model says where it looked", async () => {
    const { error } = await refusal({ deployments: { blue: { model: { path: "./nowhere.onnx" } } } });
    expect(error.message).toMatch(/deployments\.blue\.model\.path: expected a file or folder of this machine; "\.\/nowhere\.onnx" does not exist \(looked in ".+"\)/);
  });

  it("of a missing script suggests the one there is", async () => {
    const { error } = await refusal({ deployments: { blue: { ...onnx, codeConfiguration: { code: "examples/blue-green/scoring", scoringScript: "scor.py" } } } });
    expect(error.message).toMatch(/scoringScript: ".*scor\.py" does not exist; did you mean "score\.py"\?/);
  });

  it.each([
    ["ONNX without scoringImage on Azure", { target: azureMl({ resourceGroupName: "rg", workspaceName: "ws", location: "we", storage: { accountName: "a", containerName: "c" } }), deployments: { blue: { ...onnx, azure } } }],
    ["ONNX without scoringImage on Kubernetes", { target: kubernetes({ namespace: "ml", gateway: { name: "a", namespace: "b", implementation: "istio", url: "https://x" } }) }],
  ])("comes for %s", async (_, changes) => {
    const { error } = await refusal(changes);
    expect(error.message).toMatch(/scoringImage/);
  });

  it.each([
    ["no function", { route: 3 }, "transform.route: expected a function; got 3"],
    ["a misspelt child", { rout: () => ({}) }, 'transform: unknown key "rout"; did you mean "route"?'],
    ["no object", 3, "transform: expected an object of functions; got 3"],
  ])("comes for a transform of %s", async (_, transform, message) => {
    const { error } = await refusal({ transform });
    expect(error.message).toContain(message);
  });

  it("comes for a second endpoint on one address, and not in the next run of a program", async () => {
    const twice = () => [new Endpoint("wine", args()), new Endpoint("wine-two", args({ name: "wine" }))];
    await expect(preview(twice)).rejects.toThrow(/has 1 problem\n.*Endpoint "wine" of this program already has this name, ml wine/);
    await expect(preview(() => new Endpoint("wine", args()))).resolves.toBeDefined();
  });

  it("does not come for one name on two clusters, nor for one path behind two gateways", async () => {
    const { Provider } = await import("@pulumi/kubernetes");
    const behind = (gateway: string, namespace: string) =>
      kubernetes({ namespace, scoringImage: "scoring:1", gateway: { name: gateway, namespace, implementation: "envoy-gateway", url: "https://models.example.com" } });
    const program = () => [
      new Endpoint("west", args({ name: "wine" }), { providers: { kubernetes: new Provider("west", {}) } }),
      new Endpoint("east", args({ name: "wine" }), { providers: { kubernetes: new Provider("east", {}) } }),
      new Endpoint("one", args({ target: behind("one", "one"), kubernetes: { path: "/v1" } })),
      new Endpoint("two", args({ target: behind("two", "two"), kubernetes: { path: "/v1" } })),
    ];
    await expect(preview(program)).resolves.toBeDefined();
  });

  it("comes for one path behind one gateway, and for one name in one namespace under two hostnames", async () => {
    const path = () => [new Endpoint("one", args({ kubernetes: { path: "/v1" } })), new Endpoint("two", args({ kubernetes: { path: "/v1" } }))];
    await expect(preview(path)).rejects.toThrow(/Endpoint "one" of this program already has this address, gateways public any hostname \/v1/);
    const written = () => [new Endpoint("one", args()), new Endpoint("two", args({ kubernetes: { path: "/endpoints/ml/one" } }))];
    await expect(preview(written)).rejects.toThrow(/Endpoint "one" of this program already has this address, gateways public any hostname \/endpoints\/ml\/one/);
    const hostnames = () => ["a.example.com", "b.example.com"].map((hostname) => new Endpoint(hostname, args({ name: "wine", kubernetes: { hostname } })));
    await expect(preview(hostnames)).rejects.toThrow(/already has this name, ml wine/);
  });

  it("comes for an address of an endpoint that is refused for something else, and for the other as well", async () => {
    const told: string[] = [];
    const tried = (name: string, changes: object) => {
      try {
        void new Endpoint(name, args(changes));
      } catch (error) {
        told.push(...(error as InvalidArgs).problems.map(({ message, path }) => `${name} ${path}: ${message}`));
      }
    };
    await preview(() => {
      tried("one", { traffic: { blue: 5 }, kubernetes: { path: "/v1" } });
      tried("two", { traffic: { blue: 6 }, kubernetes: { path: "/v1" } });
      tried("three", { kubernetes: { path: "v1", hostname: "a.example.com" } });
      tried("four", { kubernetes: { hostname: "a.example.com" } });
    });
    expect(told).toEqual([
      expect.stringMatching(/^one traffic: .* got a sum of 5$/),
      expect.stringMatching(/^two kubernetes: Endpoint "one" of this program already has this address/),
      expect.stringMatching(/^two traffic: .* got a sum of 6$/),
      expect.stringMatching(/^three kubernetes\.path: expected a path/),
    ]);
  });

  it.each([undefined, null, 3])("comes for arguments that are %j", async (nothing) => {
    await expect(preview(() => new Endpoint("wine", nothing as never))).rejects.toThrow(InvalidArgs);
  });
});

describe("escape hatches", () => {
  it("transform changes a child just before it is made, and knows which", async () => {
    const seen: unknown[] = [];
    const all = await preview(
      () =>
        new Endpoint("wine", {
          ...args({ target: onAzure, deployments: { blue: { model: "azureml:wine:1", azure }, green: { model: "azureml:wine:2", azure } } }),
          transform: {
            deployment: (given, opts, child) => {
              seen.push(child);
              return child.deployment === "blue" ? { args: { ...given, tags: { mine: "yes" } }, opts: { ...opts, protect: true } } : { args: given, opts };
            },
          },
        }),
    );
    const names = all.filter(({ type }) => type.endsWith("learningservices:OnlineDeployment"));
    expect(names.map(({ inputs }) => inputs["tags"])).toEqual([{ mine: "yes" }, {}]);
    expect(seen).toEqual([
      { deployment: "blue", logicalName: expect.stringMatching(/--blue-deployment$/) },
      { deployment: "green", logicalName: expect.stringMatching(/--green-deployment$/) },
    ]);
  });

  it("transform of Azure's endpoint may change its options, and is refused where its routing would undo it", async () => {
    const program = (endpoint: Transform) => () =>
      new Endpoint("wine", { ...args({ target: onAzure, deployments: { blue: { model: "azureml:wine:1", azure } } }), transform: { endpoint } });
    const all = await preview(program((given, opts) => ({ args: { ...given }, opts: { ...opts, protect: true } })));
    expect(all.some(({ type }) => type.endsWith(":OnlineEndpoint"))).toBe(true);
    await expect(preview(program((given, opts) => ({ args: { ...given, tags: { a: "b" } }, opts })))).rejects.toThrow(/transform\.endpoint: the endpoint is put again with its traffic, .*transform\.routing/);
  });

  it("nodes gives children, and says what there is where one was not made", async () => {
    let endpoint: Endpoint | undefined;
    await preview(() => {
      endpoint = new Endpoint("wine", args({ target: onAzure, deployments: { blue: { model: "azureml:wine:1", azure } } }));
    });
    expect(pulumi.Resource.isInstance(endpoint?.nodes.endpoint)).toBe(true);
    expect(pulumi.Resource.isInstance(endpoint?.nodes.deployments["blue"]?.deployment)).toBe(true);
    expect(() => endpoint?.nodes.route).toThrow('this endpoint has no child "route" on this target; it has endpoint, routing');
  });
});

describe("providers", () => {
  it("given to the endpoint reach every child", async () => {
    const all = await preview(async () => {
      const { Provider } = await import("@pulumi/kubernetes");
      return new Endpoint("wine", args(), { providers: { kubernetes: new Provider("west", {}) } });
    });
    const children = all.filter(({ type }) => type.startsWith("kubernetes:"));
    expect(children.length).toBeGreaterThan(3);
    expect(new Set(children.map(({ options }) => options["provider"]))).toEqual(new Set(["west"]));
    expect(called(all, "wine--blue").type).toBe("inference-endpoints:index:OnlineDeployment");
  });
});
