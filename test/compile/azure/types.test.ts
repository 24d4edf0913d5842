/**
 * What every golden case and every example becomes on Azure, against azure-native's own types: each body is written as a literal into a file that
 * exists in memory alone, and TypeScript judges it. A key that the class does not have is an error, as is a missing one.
 */
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { beforeAll, describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";

interface Rendered {
  readonly resource: string;
  readonly type: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

interface Body {
  readonly of: string;
  readonly type: string;
  readonly literal: string;
}

const top = fileURLToPath(new URL("../../../", import.meta.url));
const goldens = globSync(["test/cases/*.azure.yaml", "test/examples/golden/*.azure.yaml"], { cwd: top }).toSorted();

/** The bodies in a rendered plan; a case that is refused has none. The routing puts the endpoint again, so its values have a type of their own. */
const bodiesIn = (file: string): Body[] => {
  const text = readFileSync(`${top}${file}`, "utf8");
  if (text.startsWith("InvalidArgs")) return [];
  // A program of several endpoints is several documents.
  const plans = parseAllDocuments(text).map((document) => document.toJS() as Rendered[]);
  return plans.flat().flatMap(({ inputs, resource, type }) => {
    const of = `${file} ${resource}`;
    const [, module = "", name = ""] = type.split(":");
    const body = { of, type: `import("@pulumi/azure-native/${module}/${name.slice(0, 1).toLowerCase()}${name.slice(1)}").${name}Args`, literal: literal(inputs, type) };
    return type === "azure-native:resources:Deployment" ? [body, again(of, inputs)] : [body];
  });
};

/** The asset of a blob is made of its path when the plan is carried out. */
const literal = (inputs: Rendered["inputs"], type: string): string => {
  const fields = Object.entries(inputs).map(([key, value]) => {
    const text = JSON.stringify(value);
    return `${key}: ${type === "azure-native:storage:Blob" && key === "source" ? `new FileAsset(${text})` : text}`;
  });
  return `{ ${fields.join(", ")} }`;
};

const again = (of: string, inputs: Rendered["inputs"]): Body => {
  const { parameters } = inputs["properties"] as { readonly parameters: Readonly<Record<string, { readonly value: unknown }>> };
  const { template } = inputs["properties"] as { readonly template: { readonly resources: readonly { readonly type: string }[] } };
  const kind = template.resources[0]?.type.endsWith("/batchEndpoints") === true ? "Batch" : "Online";
  return { of: `${of}, its properties`, type: `import("@pulumi/azure-native/types/input").machinelearningservices.${kind}EndpointPropertiesArgs`, literal: JSON.stringify(parameters["properties"]?.value) };
};

const VIRTUAL = `${top}test/compile/azure/bodies.ts`;

/** What TypeScript says of bodies, a line each. */
const judge = (bodies: readonly Body[]): string[] => {
  const lines = bodies.map(({ literal: value, type }) => `(${value}) satisfies ${type};`);
  const text = `import { asset } from "@pulumi/pulumi";\nconst { FileAsset } = asset;\n${lines.join("\n")}\n`;
  const options: ts.CompilerOptions = { module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2023, strict: true, noEmit: true, skipLibCheck: true, types: [] };
  const host = ts.createCompilerHost(options);
  const { fileExists, getSourceFile } = host;
  host.fileExists = (file) => file === VIRTUAL || fileExists.call(host, file);
  host.getSourceFile = (file, ...rest) => (file === VIRTUAL ? ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true) : getSourceFile.call(host, file, ...rest));
  const program = ts.createProgram([VIRTUAL], options, host);
  return ts.getPreEmitDiagnostics(program).map((found) => {
    const line = found.start === undefined || found.file === undefined ? 0 : found.file.getLineAndCharacterOfPosition(found.start).line;
    return `${bodies[line - 2]?.of ?? "the file"}: ${ts.flattenDiagnosticMessageText(found.messageText, " ")}`;
  });
};

const bodies = goldens.flatMap(bodiesIn);
const planted: readonly Body[] = [
  { of: "a key that no class has", type: 'import("@pulumi/azure-native/machinelearningservices/onlineDeployment").OnlineDeploymentArgs', literal: '{ endpointName: "e", resourceGroupName: "g", workspaceName: "w", properties: { endpointComputeType: "Managed", instanceCount: 3 } }' },
  { of: "a word that no enum has", type: 'import("@pulumi/azure-native/monitor/autoscaleSetting").AutoscaleSettingArgs', literal: '{ resourceGroupName: "g", profiles: [{ name: "p", capacity: { default: "1", maximum: "1", minimum: "1" }, rules: [{ metricTrigger: { metricName: "m", metricResourceUri: "u", operator: "Above", statistic: "Average", threshold: 1, timeAggregation: "Average", timeGrain: "PT1M", timeWindow: "PT5M" }, scaleAction: { cooldown: "PT5M", direction: "Increase", type: "ChangeCount" } }] }] }' },
  { of: "a number where text is wanted", type: 'import("@pulumi/azure-native/monitor/autoscaleSetting").AutoscaleSettingArgs', literal: '{ resourceGroupName: "g", profiles: [{ name: "p", capacity: { default: 1, maximum: "1", minimum: "1" }, rules: [] }] }' },
];

describe("every compiled body", () => {
  let said: readonly string[];
  beforeAll(() => {
    said = judge([...bodies, ...planted]);
  }, 240_000);

  it("is what azure-native's class takes", () => {
    const ours = said.filter((line) => !planted.some(({ of }) => line.startsWith(of)));
    expect(ours).toEqual([]);
  });

  it("is judged by types that can refuse", () => {
    for (const { of } of planted) expect(said.some((line) => line.startsWith(`${of}:`)), of).toBe(true);
  });

  it("is one of every class that the library makes on Azure", () => {
    const table = readFileSync(`${top}lib/components/realise/azure.ts`, "utf8");
    const known = [...table.matchAll(/"azure-native:[a-z]+:([A-Za-z]+)"/g)].map((match) => `${match[1]}Args`);
    const seen = new Set(bodies.map(({ type }) => type.split(".").at(-1)));
    expect(known.filter((name) => !seen.has(name))).toEqual([]);
    expect(bodies.length).toBeGreaterThan(100);
  });
});
