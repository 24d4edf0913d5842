/** Every problem that is certain is told at once, and none that comes from what was refused. */
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { TargetName } from "../../lib/cli/target-name.ts";
import { azure, onnx, type Case } from "./declare.ts";
import { declared, ownLines, placesOf, problemsOf, spoil, type Declared, type Spoilt } from "./spoil.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const names = readdirSync(here).flatMap((file) => (file.endsWith(".in.ts") ? [file.replace(/\.in\.ts$/, "")] : []));
const targets: readonly TargetName[] = ["azure", "kubernetes", "local"];

/** Keys by which an object is of one kind or another: with a letter more it is of the other, and judged as that. */
const KINDS: readonly string[] = ["image", "claim", "create", "url", "cidrs", "secret"];

const RUNS = 250;

describe("of any golden case with two fields that are refused", () => {
  const all: Declared[] = [];
  beforeAll(async () => {
    const cases = await Promise.all(names.map(async (name) => ((await import(`./${name}.in.ts`)) as { default: Case }).default));
    all.push(...cases.flatMap((each) => targets.map((target) => declared(each, target))));
  });

  it("both are told, and nothing that is not told of the case or of one of them alone", () => {
    const seen = { both: 0, besides: 0 };
    const spoilt = (of: Declared): fc.Arbitrary<Spoilt> => {
      // Of another kind of endpoint everything else would be wrong.
      const places = placesOf(of.args).filter(([first]) => first !== "kind");
      return fc.record({ path: fc.constantFrom(...places), by: fc.constantFrom<Spoilt["by"][]>("value", "key") }).filter(({ by, path }) => by === "value" || !KINDS.includes(path.at(-1) ?? ""));
    };
    const example = fc.constantFrom(...all).chain((of) => fc.record({ of: fc.constant(of), one: spoilt(of), other: spoilt(of) }));
    fc.assert(
      fc.property(example, ({ of, one, other }) => {
        const told = (...fields: readonly Spoilt[]) => problemsOf({ ...of, args: fields.reduce<unknown>(spoil, of.args) as object });
        const [before, first, second] = [problemsOf(of), told(one), told(other)];
        const own = [ownLines(first, one), ownLines(second, other)];
        fc.pre(own.every((lines) => lines.length > 0) && apart(one, other));
        const both = told(one, other);
        const added = [first, second].map((lines, i) => lines.filter((line) => !before.includes(line) && !own[i]?.includes(line)));
        expect(added).toEqual([[], []]);
        expect(both).toEqual(expect.arrayContaining(own.flat()));
        expect(both.filter((line) => !before.includes(line)).toSorted()).toEqual([...new Set(own.flat())].toSorted());
        expect(own.map((lines) => lines.length)).toEqual([1, 1]);
        seen.both++;
        if (both.length > 2) seen.besides++;
      }),
      { numRuns: RUNS, seed: 5 },
    );
    expect(seen.both).toBe(RUNS);
    expect(seen.besides).toBeGreaterThan(RUNS / 10);
  });

  /** Neither lies within what the other makes unreadable: its value, the object whose key it changes, or the object whose kind it is. */
  const apart = (one: Spoilt, other: Spoilt): boolean => [one, other].every((each, i, both) => !`${both[1 - i]?.path.join(".")}.`.startsWith(`${unreadable(each).join(".")}.`));

  const unreadable = ({ path }: Spoilt): readonly string[] => (path.at(-1) === "type" && path[0] !== "target" ? path.slice(0, -1) : path);
});

const blue = { model: onnx("blue"), azure };

describe("what is certain is told beside", () => {
  const cases: readonly (readonly [what: string, target: TargetName, of: Omit<Case, "name">, paths: readonly string[]])[] = [
    [
      "a wrong value in the endpoint's azure block",
      "azure",
      { args: { azure: { properties: 3, publicNetworkAccess: "enabled", compute: "azureml:aks" }, authMode: "aad_token", deployments: { blue } } },
      ["authMode", "azure.compute", "azure.properties", "azure.publicNetworkAccess"],
    ],
    [
      "a misspelt key in the endpoint's azure block, and nothing of the compute that may be meant",
      "azure",
      { args: { azure: { computes: "azureml:aks" }, authMode: "aad_token", auth: { tenantId: "t" }, deployments: { blue: { ...blue, azure: {} } } } },
      ["auth.tenantId", "azure"],
    ],
    [
      "a wrong argument of azureMl()",
      "azure",
      { args: { deployments: { blue: { ...blue, instanceCount: 51, azure: {} } } }, azure: { location: 3, storage: undefined } },
      ["deployments.blue.azure.instanceType", "deployments.blue.instanceCount", "deployments.blue.model.path", "target.location"],
    ],
    [
      "a wrong argument of kubernetes()",
      "kubernetes",
      { args: { tags: { "a b": "c" }, mirrorTraffic: { blue: 10 }, deployments: { blue } }, kubernetes: { namespace: 3, gateway: { name: "A", namespace: "b", implementation: "contour", listener: 4 } } },
      ["mirrorTraffic", "tags.a b", "target.gateway.listener", "target.gateway.name", "target.gateway.url", "target.namespace"],
    ],
    [
      "a target that is none",
      "kubernetes",
      { args: { target: 3, traffic: { blue: 90 }, deployments: { blue: { model: { path: "./nowhere" } } } } },
      ["deployments.blue.model.path", "target", "traffic"],
    ],
    [
      "a wrong field of a deployment, and nothing of it where others name it",
      "azure",
      { args: { traffic: { blue: 100 }, deployments: { blue: { ...blue, instanceCount: "2", azure: {}, modelMountPath: "/m" } } } },
      ["deployments.blue.azure.instanceType", "deployments.blue.instanceCount", "deployments.blue.modelMountPath"],
    ],
    ["a deployment that is none, and nothing of it where others name it", "kubernetes", { args: { traffic: { blue: 100 }, deployments: { blue: 3 } } }, ["deployments.blue"]],
    ["deployments that are none, and nothing of their names", "kubernetes", { args: { traffic: { blue: 90 }, deployments: 3 } }, ["deployments", "traffic"]],
    [
      "a wrong rule of an autoscaler",
      "azure",
      { args: { deployments: { blue: { ...blue, autoscale: { maxInstances: 60, rules: [{ metric: "cpuu", target: 60 }, { metric: "requestsQueued", target: 60 }] } } } } },
      ["deployments.blue.autoscale.maxInstances", "deployments.blue.autoscale.rules.0.metric", "deployments.blue.autoscale.rules.1.metric"],
    ],
    [
      "cores of one deployment that nobody knows, and those of the other",
      "azure",
      { args: { azure: { quota: { standardDSv2Family: 4 } }, deployments: { blue: { ...blue, instanceCount: 2 }, green: { ...blue, instanceCount: "many" } } } },
      ["azure.quota.standardDSv2Family", "deployments.green.instanceCount"],
    ],
    [
      "a key that does not belong, near a kind that is written",
      "azure",
      { args: { kind: "batch", deployments: { steps: { type: "pipeline", time: 3, job: { jobs: { a: { type: "command", command: 3 } } } } } } },
      ["deployments.steps", "deployments.steps.azure.compute", "deployments.steps.job.jobs.a.command", "deployments.steps.job.jobs.a.environment"],
    ],
    ["a key called like what every object has", "azure", { args: { deployments: { blue: { ...blue, constructor: 1 } } } }, ["deployments.blue"]],
    [
      "a role called so",
      "azure",
      { args: { azure: { roleAssignments: { mine: { role: "constructor", scope: "/subscriptions/x" } } }, deployments: { blue } } },
      ["azure.roleAssignments.mine.role"],
    ],
    ["nothing of a deployment called so", "azure", { args: { traffic: { blue: 100 }, mirrorTraffic: { constructor: 10 }, deployments: { blue, constructor: blue } } }, []],
    ["21 deployments", "azure", { args: { deployments: Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`dep${i}`, i === 7 ? { ...blue, azure: {} } : blue])) } }, ["deployments", "deployments.dep7.azure.instanceType"]],
    ["a kind of step that is none, and nothing of what belongs to it", "local", { args: { kind: "batch", deployments: { blue: { type: "pipelines", job: { jobs: {} } } } } }, ["deployments.blue.type"]],
  ];
  it.each(cases)("%s", (_, target, of, paths) => {
    const lines = problemsOf(declared({ name: "wine", ...of }, target));
    expect(lines.map((line) => line.slice(0, line.indexOf(": ")))).toEqual(paths);
  });
});
