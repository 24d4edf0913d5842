/** What holds for any declaration, on every target. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bundle } from "../../lib/assets/bundle.ts";
import { compileEndpoint as compileAzure } from "../../lib/compile/azure/endpoint.ts";
import { verdict as azureVerdict } from "../../lib/compile/azure/verdict.ts";
import { compileEndpoint as compileKubernetes } from "../../lib/compile/kubernetes/endpoint.ts";
import { verdict as kubernetesVerdict } from "../../lib/compile/kubernetes/verdict.ts";
import { compileEndpoint as compileLocal } from "../../lib/compile/local/endpoint.ts";
import { verdict as localVerdict } from "../../lib/compile/local/verdict.ts";
import type { Assets } from "../../lib/model/bundle.ts";
import type { OnlineEndpoint } from "../../lib/model/endpoint.ts";
import { pairName } from "../../lib/model/names.ts";
import { parseEndpoint } from "../../lib/model/parse.ts";
import type { Plan, PlannedResource } from "../../lib/model/plan.ts";
import type { Problem } from "../../lib/model/refusal.ts";
import { azureTarget, kubernetesTarget, naming } from "../model/declare.ts";

const files = bundle("examples/quickstart/models/blue.onnx", "content");
const name = fc.stringMatching(/^[a-z](-?[a-z0-9]){2,12}$/);

/** A declaration has up to twenty deployments, and one odd value refuses it all: odd ones are rare, so that many declarations compile. */
const mostly = <T>(sound: fc.Arbitrary<T>, odd: fc.Arbitrary<T>) => fc.oneof({ weight: 60, arbitrary: sound }, { weight: 1, arbitrary: odd });

const deployment = fc.record(
  {
    model: fc.oneof(
      fc.constant({ path: "examples/quickstart/models/blue.onnx" }),
      fc.record({ path: fc.constant("examples/quickstart/models/blue.onnx"), name: fc.constantFrom("a", "a-b", "a-b-c"), version: fc.constantFrom("1", "b-1", "b-c-1") }),
    ),
    instanceCount: mostly(fc.integer({ min: 1, max: 50 }), fc.constantFrom(0, 51, 60)),
    requestSettings: fc.record({ requestTimeoutMs: mostly(fc.integer({ min: 1, max: 180_000 }), fc.integer({ min: 180_001, max: 300_001 })) }),
    egressPublicNetworkAccess: mostly(fc.constant("enabled"), fc.constant("disabled")),
    azure: fc.constant({ instanceType: "Standard_DS3_v2" }),
  },
  { requiredKeys: ["model", "azure"] },
);

/** Shares that sum to 100 more often than chance would have it. */
const sharesOf = (names: readonly string[]) =>
  fc.oneof(
    { weight: 4, arbitrary: fc.array(fc.integer({ min: 0, max: 100 }), { minLength: names.length, maxLength: names.length }).map((weights) => split(names, weights)) },
    fc.array(fc.nat(120), { minLength: names.length, maxLength: names.length }).map((shares) => Object.fromEntries(names.map((key, i) => [key, shares[i] ?? 0]))),
    fc.constant({}),
  );

/** Whole percents in proportion to weights, the rest to the first. */
const split = (names: readonly string[], weights: readonly number[]): Record<string, number> => {
  const sum = weights.reduce((a, b) => a + b, 0);
  if (sum === 0) return Object.fromEntries(names.map((key) => [key, 0]));
  const shares = weights.map((weight) => Math.floor((100 * weight) / sum));
  const rest = 100 - shares.reduce((a, b) => a + b, 0);
  return Object.fromEntries(names.map((key, i) => [key, (shares[i] ?? 0) + (i === 0 ? rest : 0)]));
};

const declaration = fc.uniqueArray(name, { minLength: 1, maxLength: 20 }).chain((names) =>
  fc.record({
    deployments: fc.tuple(...names.map(() => deployment)).map((all) => Object.fromEntries(names.map((key, i) => [key, all[i]]))),
    traffic: sharesOf(names),
    mirrorTraffic: fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, fc.record({ [names.at(-1) ?? ""]: fc.integer({ min: 0, max: 60 }) })),
    target: fc.constantFrom(azureTarget, kubernetesTarget),
  }),
);

const parse = (logicalName: string, args: object) => parseEndpoint<string>(logicalName, { kind: "online", ...args }, naming);

const assetsOf = (endpoint: OnlineEndpoint<string>): Assets => Object.fromEntries(Object.keys(endpoint.deployments).map((key) => [key, { model: files }]));

/** The positive shares that a target's plan holds. */
const sharesIn = (endpoint: OnlineEndpoint<string>): Record<string, Record<string, number>> => {
  const assets = assetsOf(endpoint);
  const plan = planOn(endpoint, assets);
  return {
    [endpoint.target.type]: endpoint.target.type === "azureMl" ? azureShares(plan) : kubernetesShares(plan, endpoint),
    local: Object.fromEntries(compileLocal(endpoint, assets).traffic.map((share) => [share.deployment, share.percent])),
  };
};

const planOn = (endpoint: OnlineEndpoint<string>, assets: Assets): Plan => {
  const { target } = endpoint;
  return target.type === "azureMl" ? compileAzure({ ...endpoint, target }, assets) : compileKubernetes({ ...endpoint, target }, assets);
};

const judge = (endpoint: OnlineEndpoint<string>): readonly Problem[] => {
  const assets = assetsOf(endpoint);
  const { target } = endpoint;
  const own = target.type === "azureMl" ? azureVerdict({ ...endpoint, target }, assets) : kubernetesVerdict({ ...endpoint, target }, assets);
  return [...own.problems, ...localVerdict(endpoint, assets).problems];
};

const azureShares = (plan: Plan): Record<string, number> => {
  const routing = plan.resources.find(({ id }) => id === "routing")?.inputs["properties"] as { parameters: { properties: { value: { traffic: Record<string, number> } } } };
  return positive(routing.parameters.properties.value.traffic);
};

const kubernetesShares = (plan: Plan, endpoint: OnlineEndpoint<string>): Record<string, number> => {
  const routes = plan.resources.filter(({ role }) => role === "route");
  const rules = routes.flatMap(({ inputs }) => (inputs["spec"] as { rules: { backendRefs: { name: string; weight?: number }[] }[] }).rules);
  const weighted = rules.flatMap((rule) => rule.backendRefs).filter((backend) => backend.weight !== undefined);
  return Object.fromEntries(weighted.map((backend) => [backend.name.slice(endpoint.name.length + 2), backend.weight ?? 0]));
};

const positive = (shares: Readonly<Record<string, number>>): Record<string, number> => Object.fromEntries(Object.entries(shares).filter(([, share]) => share > 0));

describe("any declaration", () => {
  it("compiles to the shares that were written, on every target, or is refused by name", () => {
    const seen = { refused: 0, compiled: 0 };
    fc.assert(
      fc.property(declaration, (args) => {
        const { endpoint, problems } = parse("wine", args);
        const all = problems.length > 0 ? problems : judge(endpoint);
        if (all.length > 0) {
          seen.refused++;
          expect(all.every(({ message, path }) => message.length > 0 && path.length > 0)).toBe(true);
          return;
        }
        seen.compiled++;
        for (const shares of Object.values(sharesIn(endpoint))) expect(shares).toEqual(positive(args.traffic));
      }),
      { numRuns: 500 },
    );
    expect(seen.refused).toBeGreaterThan(100);
    expect(seen.compiled).toBeGreaterThan(100);
  });

  it("has no two children that share a URN, in a program of several endpoints", () => {
    const program = fc.uniqueArray(name, { minLength: 1, maxLength: 4 }).chain((names) => fc.tuple(fc.constant(names), fc.tuple(...names.map(() => declaration))));
    let several = 0;
    fc.assert(
      fc.property(program, ([names, all]) => {
        const endpoints = names.map((logicalName, i) => parse(logicalName, { ...all[i], traffic: {}, mirrorTraffic: {} })).filter(({ problems }) => problems.length === 0);
        if (endpoints.length > 1) several++;
        const urns = endpoints.flatMap(({ endpoint }) => urnsOf(endpoint));
        expect(new Set(urns).size).toBe(urns.length);
        for (const { endpoint } of endpoints) {
          const identities = planOn(endpoint, assetsOf(endpoint)).resources.map(identityOf);
          expect(new Set(identities).size).toBe(identities.length);
        }
      }),
      { numRuns: 200 },
    );
    expect(several).toBeGreaterThan(20);
  });
});

/** What the target tells resources apart by: a second of one identity is refused, or takes over the first. */
const identityOf = ({ inputs, logicalName, type }: PlannedResource): string => {
  const metadata = inputs["metadata"] as { namespace?: string; name?: string } | undefined;
  const own = metadata === undefined ? [inputs["endpointName"], inputs["deploymentName"], inputs["name"], inputs["version"], inputs["blobName"]] : [metadata.namespace, metadata.name];
  return JSON.stringify([type, ...(own.every((part) => part === undefined) ? [logicalName] : own)]);
};

/** The engine's: the types of the parents, not their names, and the logical name. */
const urnsOf = (endpoint: OnlineEndpoint<string>): string[] => {
  const own = "inference-endpoints:index:Endpoint";
  const child = `${own}$inference-endpoints:index:OnlineDeployment`;
  const type = (resource: PlannedResource) => `${resource.deployment === undefined ? own : child}$${resource.type}`;
  return [
    `${own}::${endpoint.logicalName}`,
    ...Object.keys(endpoint.deployments).map((key) => `${child}::${pairName(endpoint.logicalName, key)}`),
    ...planOn(endpoint, assetsOf(endpoint)).resources.map((resource) => `${type(resource)}::${resource.logicalName}`),
  ];
};
