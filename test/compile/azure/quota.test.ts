/** Cores that a program asks for, as Azure charges them, before anything is made. */
import { describe, expect, it } from "vitest";
import { coresAsked } from "../../../lib/compile/azure/quota.ts";
import { sharedQuotaProblems } from "../../../lib/compile/azure/verdict-quota.ts";
import { chargedCores, FAMILY_NAMES, skuOf } from "../../../lib/compile/azure/skus.ts";
import { azureTarget, deployment, problemsOf } from "../../model/declare.ts";
import { onAzure, planOf, refusals, warnings } from "./compile.ts";

const DS = "standardDSv2Family";
const on = (instanceType: string, instanceCount: number, more: object = {}) => ({ ...deployment, instanceCount, azure: { instanceType }, ...more });
const beside = (instanceCount: number, more: object = {}) => ({ ...on("", instanceCount, more), azure: { instanceType: "Standard_DS3_v2", replacement: "sideBySide" } });
const asked = (changes: object) => coresAsked(onAzure(changes));
const notes = (changes: object) => planOf(changes).notes;

describe("cores", () => {
  it.each([
    ["Standard_DS3_v2", 10, 48],
    ["standard_ds3_v2", 1, 8],
    ["STANDARD_DS3_V2", 5, 24],
    ["Standard_DS3_v2", 6, 32],
    ["Standard_NC24ads_A100_v4", 3, 72],
    ["Standard_NC4as_T4_v3", 5, 24],
    ["Standard_ND40rs_v2", 2, 80],
  ])("of %s × %i are charged as %i", (size, instances, cores) => {
    const sku = skuOf(size);
    expect(sku === undefined ? undefined : chargedCores(sku, instances)).toBe(cores);
  });

  it("are known of every size on Microsoft's list, and of no other", () => {
    expect(FAMILY_NAMES).toHaveLength(19);
    expect(skuOf("Standard_X1")).toBeUndefined();
    expect(skuOf("Standard_D96as_v4")).toEqual({ family: "standardDASv4Family", cores: 96 });
    expect(skuOf("Standard_NV72ads_A10_v5")).toEqual({ family: "standardNVADSA10v5Family", cores: 72 });
  });

  it("are added by family, at rest and at most", () => {
    const scaled = { autoscale: { minInstances: 2, maxInstances: 5, schedules: { launch: { maxInstances: 10, timeZone: "Europe/Berlin", fixedDate: { start: "2027-01-01T00:00", end: "2027-01-02T00:00" } } } } };
    expect(asked({ deployments: { blue: on("Standard_DS3_v2", 2, scaled), green: on("Standard_DS4_v2", 1), grey: on("Standard_NC24ads_A100_v4", 1), odd: on("Standard_X1", 9) } })).toEqual([
      { family: DS, deployments: ["blue", "green"], atRest: 12 + 16, atMost: 48 + 16, beside: [] },
      { family: "standardNCADSA100v4Family", deployments: ["grey"], atRest: 24, atMost: 24, beside: [] },
    ]);
  });

  it("are those of the beginning where an autoscaler would not go so high", () => {
    expect(asked({ deployments: { blue: on("Standard_DS3_v2", 10, { autoscale: { minInstances: 2, maxInstances: 5, rules: [{ metric: "cpu", target: 60 }] } }) } })).toMatchObject([{ atRest: 12, atMost: 48 }]);
  });

  it("count each that is replaced side by side once more, as it begins", () => {
    expect(asked({ deployments: { blue: beside(5), green: beside(10), grey: on("Standard_DS3_v2", 20) } })).toEqual([
      { family: DS, deployments: ["blue", "green", "grey"], atRest: 24 + 48 + 96, atMost: 24 + 48 + 96, beside: [{ deployment: "blue", cores: 24 }, { deployment: "green", cores: 48 }] },
    ]);
  });

  it("are none on Kubernetes compute", () => {
    const cluster = { azure: { compute: "azureml:aks" }, target: { ...azureTarget, subscriptionId: "sub" } };
    expect(asked(cluster)).toEqual([]);
    expect(notes({ ...cluster, traffic: { blue: 50, green: 50 } })).toEqual([]);
    expect(notes({ ...cluster, traffic: { blue: 100 } })).toEqual(['at 0 %: "green" (1 instance)']);
  });
});

describe("a preview says", () => {
  it("instances, cores and what is idle", () => {
    expect(notes({ deployments: { blue: on("Standard_DS3_v2", 10), green: on("Standard_DS3_v2", 1), grey: on("Standard_X1", 2) }, traffic: { blue: 100 } })).toEqual([
      "instances: 13; quota: 56 cores of standardDSv2Family, Azure's 20 % for upgrades included; the cores of Standard_X1 are not known",
      'at 0 %, and charged all the same: "green" (1 instance), "grey" (2 instances)',
    ]);
  });

  it("both numbers where they differ, and what stands beside", () => {
    expect(notes({ deployments: { blue: beside(2, { autoscale: { minInstances: 2, maxInstances: 5 } }) }, traffic: { blue: 100 } })[0]).toBe(
      'instances: 2 to 5; quota: 12 to 24 cores of standardDSv2Family, Azure\'s 20 % for upgrades included, 12 more while "blue" is replaced side by side',
    );
  });

  it("what the largest of several replacements asks for, and all of them", () => {
    expect(notes({ deployments: { blue: beside(5), green: beside(10) }, traffic: { blue: 50, green: 50 } })[0]).toBe(
      'instances: 15; quota: 72 cores of standardDSv2Family, Azure\'s 20 % for upgrades included, 48 more while "green" is replaced side by side, 72 where one update replaces "blue", "green"',
    );
  });

  it("nothing of a reservation that there is not, and nothing idle where there is none", () => {
    expect(notes({ deployments: { blue: on("Standard_NC24ads_A100_v4", 1), green: on("Standard_NC24ads_A100_v4", 1) }, traffic: { blue: 100 }, mirrorTraffic: { green: 5 } })).toEqual([
      "instances: 2; quota: 48 cores of standardNCADSA100v4Family",
    ]);
  });
});

describe("quota of several endpoints", () => {
  const share = (endpoint: string, deployments: object) => ({ endpoint, asked: asked({ deployments }) });

  it("is added, and one deployment at a time is replaced side by side", () => {
    const shares = [share("credit", { blue: beside(5) }), share("fraud", { blue: beside(10), odd: on("Standard_NC24ads_A100_v4", 1) })];
    expect(sharedQuotaProblems(shares, { [DS]: 119 })).toEqual([
      {
        path: `target.quota.${DS}`,
        message: 'deployments "blue of credit", "blue of fraud" ask for 72 cores at most, Azure\'s 20 % for upgrades included, and 48 more while "blue" is replaced side by side: expected 120 or more; got 119',
        value: 119,
      },
    ]);
    expect(sharedQuotaProblems(shares, { [DS]: 120, standardNCADSA100v4Family: 24, standardNCSv3Family: 0 })).toEqual([]);
  });

  it("is refused where its family is none, on Kubernetes compute too", () => {
    expect(refusals({ target: { ...azureTarget, quota: { standardDSv3Family: 1 } } })["target.quota"]).toMatch(/unknown key "standardDSv3Family"; did you mean "standardDSv2Family"\?/);
    expect(refusals({ azure: { compute: "azureml:aks" }, target: { ...azureTarget, subscriptionId: "sub", quota: { [DS]: 1 } } })).toEqual({});
    expect(problemsOf({ target: { ...azureTarget, quota: { [DS]: -1 } } })[`target.quota.${DS}`]).toMatch(/0 or more cores/);
  });
});

describe("quota", () => {
  const quota = (cores: object, deployments: object) => refusals({ azure: { quota: cores }, deployments });

  it("refuses more than there is, and no more than that", () => {
    const blue = { blue: on("Standard_DS3_v2", 10) };
    expect(quota({ [DS]: 47 }, blue)[`azure.quota.${DS}`]).toBe('deployments "blue" ask for 48 cores at most, Azure\'s 20 % for upgrades included: expected 48 or more; got 47');
    expect(quota({ [DS]: 48 }, blue)).toEqual({});
    expect(quota({ [DS]: 0 }, blue)[`azure.quota.${DS}`]).toMatch(/got 0/);
  });

  it("counts autoscalers at their most, and both of a replacement", () => {
    const blue = { blue: beside(2, { autoscale: { minInstances: 2, maxInstances: 10, rules: [{ metric: "cpu", target: 60 }] } }) };
    expect(quota({ [DS]: 59 }, blue)[`azure.quota.${DS}`]).toMatch(/48 cores at most.*, and 12 more while "blue" is replaced side by side: expected 60 or more; got 59/);
    expect(quota({ [DS]: 60 }, blue)).toEqual({});
  });

  it("refuses no replacements that may never happen together, and warns of them", () => {
    const all = { blue: beside(3), green: beside(3), indigo: beside(3) };
    const target = (cores: number) => ({ target: { ...azureTarget, quota: { [DS]: cores } }, deployments: all });
    const said = 'replacing "blue", "green", "indigo" side by side in one update asks for 96 cores, because all are made before any is deleted; got 64: replace them in several updates';
    expect(quota({ [DS]: 63 }, all)[`azure.quota.${DS}`]).toMatch(/and 16 more while "blue" is replaced side by side: expected 64 or more; got 63/);
    expect(quota({ [DS]: 64 }, all)).toEqual({});
    expect(warnings({ azure: { quota: { [DS]: 64 } }, deployments: all })[`azure.quota.${DS}`]).toBe(said);
    expect(warnings({ azure: { quota: { [DS]: 96 } }, deployments: all })[`azure.quota.${DS}`]).toBeUndefined();
    expect(warnings(target(64))[`target.quota.${DS}`]).toBe(said);
    expect(warnings(target(96))[`target.quota.${DS}`]).toBeUndefined();
    expect(warnings({ azure: { quota: { [DS]: 16 } }, deployments: { blue: beside(3) } })[`azure.quota.${DS}`]).toBeUndefined();
  });

  it("says nothing of other families, and refuses names that are none", () => {
    expect(quota({ standardNCSv3Family: 0 }, { blue: on("Standard_DS3_v2", 10) })).toEqual({});
    expect(quota({ standardDSv3Family: 10 }, { blue: on("Standard_DS3_v2", 10) })["azure.quota"]).toMatch(/unknown key "standardDSv3Family"; did you mean "standardDSv2Family"\?/);
  });

  it("is refused on Kubernetes compute, and where it is no whole number", () => {
    const cluster = { azure: { compute: "azureml:aks", quota: { [DS]: 1 } }, target: { ...azureTarget, subscriptionId: "sub" } };
    expect(refusals(cluster)["azure.quota"]).toMatch(/Kubernetes compute has none; leave it out/);
    expect(problemsOf({ azure: { quota: { [DS]: 1.5 } } })[`azure.quota.${DS}`]).toMatch(/whole number of cores/);
  });
});
