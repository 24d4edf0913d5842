/** What a preview says of deployments and shares. */
import { describe, expect, it } from "vitest";
import { plain } from "../../../lib/cli/plain-plan.ts";
import { changeLine, changeProblems, isScaled, routedOf, scaledLine, type Routed } from "../../../lib/compile/azure/changes.ts";
import { compileBatchEndpoint } from "../../../lib/compile/azure/batch-endpoint.ts";
import type { BatchOn } from "../../../lib/model/batch-endpoint.ts";
import { parseBatch } from "../../../lib/model/parse.ts";
import type { AzureMlTarget } from "../../../lib/model/target.ts";
import { azureTarget, batchDeclaration, batchDeployment, deployment, naming } from "../../model/declare.ts";
import { planOf, resource } from "./compile.ts";

const DS3 = "Standard_DS3_v2";
const F4S = "Standard_F4s_v2";
/** A deployment of that size. */
const sized = (instanceType: string, more: object = {}): object => ({ ...deployment, ...more, azure: { instanceType } });

/** What the routing puts of such an endpoint. */
const routed = (changes: object): Routed => {
  const found = routedOf(resource(planOf(changes), "routing").inputs);
  if (found === undefined) throw new Error("the routing's own inputs are not understood");
  return found;
};
/** One of two deployments. */
const both = (traffic: object, more: object = {}): Routed => routed({ traffic, mirrorTraffic: {}, ...more });

describe("what a routing puts", () => {
  it("is read from its inputs", () => {
    expect(both({ blue: 90, green: 10 })).toEqual({
      deployments: { blue: { name: "blue", endpointComputeType: "Managed", instanceType: DS3 }, green: { name: "green", endpointComputeType: "Managed", instanceType: DS3 } },
      traffic: { blue: 90, green: 10 },
      mirrorTraffic: {},
    });
  });

  it.each([undefined, {}, { properties: { parameters: {} } }, { properties: { parameters: { properties: { value: { traffic: Promise.resolve() } } } } }])("is not read from %j", (inputs) => {
    expect(routedOf(inputs)).toBeUndefined();
  });
});

describe("shares", () => {
  it("are told before and after, those that stay too", () => {
    expect(changeLine(both({ blue: 90, green: 10 }), both({ blue: 50, green: 50 }))).toBe("traffic: blue 90 % → 50 %, green 10 % → 50 %");
    expect(changeLine(both({ blue: 100, green: 0 }), both({ blue: 0, green: 100 }))).toBe("traffic: blue 100 % → 0 %, green 0 % → 100 %");
    const three = { deployments: { blue: deployment, green: deployment, grey: deployment } };
    expect(changeLine(both({ blue: 50, green: 50 }, three), both({ blue: 50, green: 30, grey: 20 }, three))).toBe("traffic: blue 50 %, green 50 % → 30 %, grey 0 % → 20 %");
    expect(changeLine(both({ blue: 90, green: 10 }), both({}))).toBe("traffic: blue 90 % → 0 %, green 10 % → 0 %");
  });

  it("of the mirror stand behind, and alone where the traffic stays", () => {
    expect(changeLine(both({ blue: 100 }, { mirrorTraffic: { green: 20 } }), both({ blue: 100 }))).toBe("mirror: green 20 % → 0 %");
    expect(changeLine(both({ green: 100 }), both({ blue: 100 }, { mirrorTraffic: { green: 5 } }))).toBe("traffic: blue 0 % → 100 %, green 100 % → 0 %; mirror: green 0 % → 5 %");
  });

  it("that stay are no line, written as 0 or not at all", () => {
    expect(changeLine(both({ blue: 90, green: 10 }), both({ blue: 90, green: 10 }))).toBeUndefined();
    expect(changeLine(both({ blue: 100, green: 0 }), both({ blue: 100 }))).toBeUndefined();
  });

  it("of another program's deployment have its one name", () => {
    const shared = (traffic: object): Routed => both(traffic, { deployments: { blue: deployment, green: "external" } });
    expect(changeLine(shared({ blue: 100 }), shared({ blue: 90, green: 10 }))).toBe("traffic: blue 100 % → 90 %, green 0 % → 10 %");
  });
});

describe("deployments", () => {
  it("of a new endpoint are added", () => {
    expect(changeLine(undefined, both({ blue: 90, green: 10 }))).toBe("deployments: blue added, green added; traffic: blue 0 % → 90 %, green 0 % → 10 %");
    expect(changeLine(undefined, both({}))).toBe("deployments: blue added, green added");
  });

  it("that come and go stand before the shares", () => {
    const one = { deployments: { blue: deployment } };
    expect(changeLine(both({ blue: 100 }, one), both({ blue: 90, green: 10 }))).toBe("deployments: green added; traffic: blue 100 % → 90 %, green 0 % → 10 %");
    expect(changeLine(both({ blue: 0, green: 100 }), both({ green: 100 }, { deployments: { green: deployment } }))).toBe("deployments: blue removed");
  });

  it("are replaced under their name when what Azure cannot change is another, and only then", () => {
    const of = (blue: object): Routed => both({ green: 100 }, { deployments: { blue, green: deployment } });
    expect(changeLine(of(sized(DS3)), of(sized(F4S)))).toBe("deployments: blue replaced");
    expect(changeLine(of(sized(DS3)), of(sized(DS3, { egressPublicNetworkAccess: "disabled" })))).toBe("deployments: blue replaced");
    expect(changeLine(of(sized(DS3, { egressPublicNetworkAccess: "disabled" })), of(sized(DS3)))).toBeUndefined();
    expect(changeLine(of(sized(DS3)), of(sized(DS3, { instanceCount: 5 })))).toBeUndefined();
  });

  it("that are replaced side by side are named before and after, and keep their share", () => {
    const of = (instanceType: string, more: object): Routed => both({ blue: 90, green: 10 }, { deployments: { blue: { ...deployment, azure: { instanceType, ...more } }, green: deployment } });
    const [before, after] = [of(DS3, { replacement: "sideBySide" }), of(F4S, { replacement: "sideBySide" })];
    const [was, is] = [before.deployments["blue"]?.name, after.deployments["blue"]?.name];
    expect(is).not.toBe(was);
    expect(changeLine(before, after)).toBe(`deployments: ${was} replaced by ${is}`);
    expect(changeLine(of(F4S, {}), after)).toBe(`deployments: blue replaced by ${is}`);
  });
});

describe("egress", () => {
  const of = (more: object): Routed => both({ blue: 100 }, { deployments: { blue: { ...deployment, ...more }, green: deployment } });
  const enabled = { egressPublicNetworkAccess: "enabled" };

  it("that is written as it is by default is to be left out again, of what is live", () => {
    expect(changeProblems(of({}), of(enabled))).toEqual([expect.stringMatching(/^deployment "blue" has 100 % .* leave egressPublicNetworkAccess out: it is enabled$/)]);
    expect(changeProblems(of(enabled), of(enabled))).toEqual([]);
  });

  it("is one change of two where the size is another too", () => {
    expect(changeProblems(of({}), of({ ...enabled, azure: { instanceType: F4S } }))).toEqual([expect.stringContaining("give traffic.blue 0")]);
  });
});

describe("a deployment whose instances an autoscaler counts", () => {
  const autoscale = { minInstances: 2, maxInstances: 4, rules: [{ metric: "cpu", target: 60 }] };
  const blue = (more: object) => resource(planOf({ deployments: { blue: { ...deployment, ...more } } }), "deployment:blue");

  it("is told from others, which have the number that the program says", () => {
    expect(isScaled(blue({ autoscale }))).toBe(true);
    expect(isScaled(blue({}))).toBe(false);
  });

  it("is put with the number that the state knows", () => {
    expect(scaledLine(blue({ autoscale, instanceCount: 3 }).inputs)).toBe('deployment "blue" is put again with 3 instances, as the state knows them; where its autoscaler has moved them, run pulumi up --refresh');
    expect(scaledLine({ deploymentName: "blue", sku: { capacity: 1 } })).toContain("with 1 instance, as");
  });
});

describe("compute", () => {
  /** With text where the engine has it. */
  const on = (compute?: string, traffic: object = { blue: 100 }): Routed => {
    const { inputs } = resource(planOf({ traffic, ...(compute === undefined ? {} : { target: { ...azureTarget, subscriptionId: "sub" }, azure: { compute } }) }), "routing");
    return routedOf(plain(inputs, ".", ({ id, output }) => `${id}.${output}`)) as Routed;
  };
  const refused = [expect.stringMatching(/^azure\.compute is another .* give the endpoint another "name"/)];

  it("cannot become another, whatever share a deployment has", () => {
    for (const traffic of [{}, { blue: 100 }]) {
      expect(changeProblems(on(undefined, traffic), on("azureml:aks", traffic))).toEqual(refused);
      expect(changeProblems(on("azureml:aks", traffic), on(undefined, traffic))).toEqual(refused);
      expect(changeProblems(on("azureml:aks", traffic), on("azureml:other", traffic))).toEqual(refused);
    }
  });

  it("is the same under both of its names, and where one is not known yet", () => {
    const { compute } = on("azureml:aks");
    expect(changeProblems(on("azureml:aks"), on(String(compute).toUpperCase()))).toEqual([]);
    expect(changeProblems(on("azureml:aks"), { ...on("azureml:aks"), compute: Promise.resolve() })).toEqual([]);
    expect(changeProblems(on(), on())).toEqual([]);
    expect(changeProblems(undefined, on("azureml:aks"))).toEqual([]);
  });

  it("replaces nothing by its kind, because the other could not be made", () => {
    const { options } = resource(planOf({}), "deployment:blue");
    expect(options.replaceOnChanges).not.toContain("properties.endpointComputeType");
  });
});

describe("a batch endpoint", () => {
  const night = (changes: object): Routed => {
    const { endpoint } = parseBatch<string>("night", batchDeclaration(changes), naming);
    return routedOf(resource(compileBatchEndpoint(endpoint as BatchOn<string, AzureMlTarget<string>>, {}), "routing").inputs) as Routed;
  };
  const one = night({ deployments: { blue: batchDeployment } });

  it("tells of deployments and of the default", () => {
    expect(changeLine(undefined, one)).toBe("deployments: blue added; default: none → blue");
    expect(changeLine(one, one)).toBeUndefined();
    expect(changeLine(one, night({ deployments: { green: batchDeployment }, defaults: { deploymentName: "green" } }))).toBe("deployments: blue removed, green added; default: blue → green");
    expect(changeLine(one, night({ deployments: { blue: { ...batchDeployment, resources: { instanceCount: 2 } } }, defaults: undefined }))).toBe("deployments: blue replaced; default: blue → none");
  });
});
