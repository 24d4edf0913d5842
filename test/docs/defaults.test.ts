/** Every literal `@default` in the docs of an argument is the schema's own default: what a minimal declaration is parsed to. */
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import type { ModelBatchDeployment, PipelineBatchDeployment } from "../../lib/model/batch-deployment.ts";
import { parseBatch, parseEndpoint } from "../../lib/model/parse.ts";

interface Documented {
  readonly of: string;
  readonly property: string;
  readonly text: string;
}

/** The defaults that interfaces document. */
const documented = (file: string, text: string): Documented[] => {
  const found: Documented[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isInterfaceDeclaration(node))
      for (const member of node.members)
        for (const tag of ts.getJSDocTags(member))
          if (tag.tagName.text === "default") found.push({ of: node.name.text, property: member.name?.getText() ?? "", text: ts.getTextOfJSDocComment(tag.comment)?.trim() ?? "" });
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true));
  return found;
};

/** One member of an interface of arguments. */
interface Argument {
  readonly name: string;
  readonly isOptional: boolean;
  readonly isDescribed: boolean;
  readonly hasDefault: boolean;
}

const argumentsIn = (file: string, text: string): Argument[] => {
  const interfaces = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true).statements.filter((node) => ts.isInterfaceDeclaration(node)).filter(({ name }) => name.text.endsWith("Args"));
  return interfaces.flatMap((of) =>
    of.members.filter((member) => ts.isPropertySignature(member)).map((member) => ({
      name: `${of.name.text}.${member.name.getText()}`,
      isOptional: member.questionToken !== undefined,
      isDescribed: ts.getJSDocCommentsAndTags(member).length > 0,
      hasDefault: ts.getJSDocTags(member).some(({ tagName }) => tagName.text === "default"),
    })),
  );
};

/** Nothing said that has a default; every optional part that holds defaults of its own is there. */
const deployment = {
  model: { path: "model" },
  codeConfiguration: { code: ".", scoringScript: "score.py" },
  startupProbe: {},
  kubernetes: { volumes: [{ name: "data", emptyDir: {} }], volumeMounts: [{ name: "data", mountPath: "/data" }], egressAllow: [{ cidr: "10.0.0.0/8" }] },
  dataCollector: { collections: { request: { data: {} } } },
  autoscale: {
    maxInstances: 3,
    rules: [{ metric: "cpu", target: 60 }, { metric: "cpu", above: 90 }],
    schedules: { nights: { recurrence: { days: ["monday"], start: "20:00", end: "06:00" } } },
  },
  azure: { instanceType: "Standard_DS3_v2", scaleSettings: { type: "target_utilization" } },
};
const gateway = { name: "public", namespace: "gateways", implementation: "envoy-gateway" };
const minimal = { kind: "online", target: { type: "kubernetes", namespace: "ml", gateway, monitoring: {} }, azure: { callers: { shop: { principalId: "p" } }, diagnosticSettings: { workspaceId: "/l" } }, alerts: { latency: { above: 9 } }, deployments: { blue: deployment, green: { model: { image: "wine:1" } } } };
const { endpoint, problems } = parseEndpoint<string>("credit", minimal, { stack: "a/b/c", sha256: () => "0".repeat(64) });
const minimalBatch = {
  kind: "batch",
  target: minimal.target,
  deployments: {
    blue: { model: { path: "model" }, azure: { compute: { create: { name: "cpu", size: "Standard_DS3_v2" } } } },
    steps: { type: "pipeline", job: { inputs: { raw: { type: "uri_folder" } }, jobs: { copy: { type: "command", command: ["true"], inputs: { raw: "${{parent.inputs.raw}}" } } } } },
  },
};
const batch = parseBatch<string>("credit", minimalBatch, { stack: "a/b/c", sha256: () => "0".repeat(64) });
const scored = batch.endpoint.deployments["blue"] as ModelBatchDeployment<string>;
const steps = batch.endpoint.deployments["steps"] as PipelineBatchDeployment<string>;
const cluster = scored.azure.compute?.kind === "new" ? scored.azure.compute.create : undefined;
const blue = endpoint.deployments["blue"]!;
const collection = blue.dataCollector?.collections["request"];

/** Where the parsed model keeps what an interface documents. */
const models: Readonly<Record<string, readonly unknown[]>> = {
  OnlineEndpointArgs: [endpoint],
  AuthArgs: [endpoint.auth],
  AzureEndpointArgs: [endpoint.azure],
  AlertArgs: [endpoint.alerts.latency],
  LatencyAlertArgs: [endpoint.alerts.latency],
  DiagnosticSettingsArgs: [endpoint.azure.diagnosticSettings],
  CallerArgs: [endpoint.azure.callers["shop"]],
  OnlineDeploymentArgs: [blue],
  AutoscaleArgs: [blue.autoscale],
  AutoscaleScheduleArgs: [blue.autoscale?.schedules["nights"]],
  RuleArgs: [...(blue.autoscale?.rules ?? [])],
  StepRuleArgs: [blue.autoscale?.rules[1]],
  MonitoringArgs: [endpoint.target.type === "kubernetes" ? endpoint.target.monitoring : undefined],
  ModelArgs: [blue.model],
  MountedArgs: [endpoint.deployments["green"]?.model],
  ModelImageArgs: [endpoint.deployments["green"]?.model],
  RequestSettingsArgs: [blue.requestSettings],
  ProbeArgs: [blue.livenessProbe, blue.readinessProbe, blue.startupProbe],
  DataCollectorArgs: [blue.dataCollector],
  CollectionArgs: [collection],
  CollectionDataArgs: [collection?.data],
  AzureDeploymentArgs: [blue.azure],
  VolumeMountArgs: [...blue.kubernetes.volumeMounts],
  EgressAllowArgs: [blue.kubernetes.egressAllow[0]],
  ScaleSettingsArgs: [blue.azure.scaleSettings],
  KubernetesBatchEndpointArgs: [batch.endpoint.kubernetes],
  ModelBatchDeploymentArgs: [scored],
  BatchResourcesArgs: [scored.resources],
  BatchSettingsArgs: [scored.settings],
  RetrySettingsArgs: [scored.settings.retrySettings],
  NewClusterArgs: [cluster],
  PipelineInputArgs: [steps.job?.inputs["raw"]],
  PipelineSettingsArgs: [steps.settings],
  AzurePipelineDeploymentArgs: [steps.azure],
};

const folder = fileURLToPath(new URL("../../lib/model/", import.meta.url));
const files = globSync("*.ts", { cwd: folder }).toSorted().map((file) => [file, readFileSync(folder + file, "utf8")] as const);
const all = files.flatMap(([file, text]) => documented(file, text));
const literals = all.filter(({ text }) => !text.startsWith("- "));

describe("arguments", () => {
  const written = files.flatMap(([file, text]) => argumentsIn(file, text));
  const names = (of: readonly Argument[]): string[] => of.map(({ name }) => name);

  test("are found", () => expect(written.length).toBeGreaterThan(200));
  test("are described", () => expect(names(written.filter(({ isDescribed }) => !isDescribed))).toEqual([]));
  test("say what holds without them, where they are optional", () => expect(names(written.filter(({ hasDefault, isOptional }) => isOptional && !hasDefault))).toEqual([]));

  test("are read with what is said of them", () => {
    const text = "interface AArgs {\n /** One. @default 1 */\n a?: number;\n b: string;\n}\ninterface B { c: string }";
    expect(argumentsIn("a.ts", text)).toEqual([
      { name: "AArgs.a", isOptional: true, isDescribed: true, hasDefault: true },
      { name: "AArgs.b", isOptional: false, isDescribed: false, hasDefault: false },
    ]);
  });
});

describe("documented defaults", () => {
  test("are looked for in a declaration that is sound", () => expect([...problems, ...batch.problems]).toEqual([]));
  test("are found", () => expect(literals.length).toBe(58));

  test.each(literals.map((each) => [`${each.of}.${each.property}`, each] as const))("%s", (_name, { of, property, text }) => {
    expect(models[of], `no place in the parsed model is known for ${of}`).toBeDefined();
    for (const model of models[of] ?? []) expect((model as Record<string, unknown> | undefined)?.[property]).toEqual(JSON.parse(text));
  });

  test("are read from the docs of members, literal or not", () => {
    const text = "interface A {\n /** One. @default 1 */\n a: number;\n /** @default - the other */\n readonly b?: string;\n /** None. */\n c: string;\n}";
    expect(documented("a.ts", text)).toEqual([
      { of: "A", property: "a", text: "1" },
      { of: "A", property: "b", text: "- the other" },
    ]);
  });
});
