/** Every property of the YAML schema, and every one that azure-native has, is compiled or refused by name. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { plain } from "../../../lib/cli/plain-plan.ts";
import { compileBatchEndpoint } from "../../../lib/compile/azure/batch-endpoint.ts";
import { compileEndpoint } from "../../../lib/compile/azure/endpoint.ts";
import { batchVerdict } from "../../../lib/compile/azure/verdict-batch.ts";
import { verdict } from "../../../lib/compile/azure/verdict.ts";
import type { BatchOn } from "../../../lib/model/batch-endpoint.ts";
import type { On } from "../../../lib/model/endpoint.ts";
import { parseBatch, parseEndpoint } from "../../../lib/model/parse.ts";
import type { Plan } from "../../../lib/model/plan.ts";
import type { AzureMlTarget } from "../../../lib/model/target.ts";
import { azureTarget, batchDeclaration, byPath, declaration, naming } from "../../model/declare.ts";
import { BATCH_TABLE, BATCH_UNUSED } from "./schema-table-batch.ts";
import { TABLE as ONLINE_TABLE, UNUSED as ONLINE_UNUSED, type Row } from "./schema-table.ts";

interface Declared {
  /** Nothing that is refused has one. */
  readonly plan: Plan | undefined;
  readonly refused: Readonly<Record<string, string>>;
}

const declaredBatch = ({ written }: Row): Declared => {
  const { endpoint, problems } = parseBatch<string>("credit", batchDeclaration(written), naming);
  const mine = endpoint as BatchOn<string, AzureMlTarget<string>>;
  const refused = byPath([...problems, ...batchVerdict(mine, {}).problems]);
  return { plan: isEmpty(refused) ? compileBatchEndpoint(mine, {}) : undefined, refused };
};

const declared = ({ written }: Row): Declared => {
  const { endpoint, problems } = parseEndpoint<string>("credit", declaration({ target: azureTarget, ...written }), naming);
  const mine = endpoint as On<string, AzureMlTarget<string>>;
  const refused = byPath([...problems, ...verdict(mine, {}).problems]);
  return { plan: isEmpty(refused) ? compileEndpoint(mine, {}) : undefined, refused };
};

const isEmpty = (refused: Declared["refused"]): boolean => Object.keys(refused).length === 0;

const TABLE = [...ONLINE_TABLE, ...BATCH_TABLE];
const UNUSED = [...ONLINE_UNUSED, ...BATCH_UNUSED];

const text = (value: unknown): unknown => plain(value, ".", ({ id, output, upTo }) => `<${id}.${output}${upTo === undefined ? "" : ` up to ${upTo}`}>`);

const inside = (value: unknown, path: string): unknown => path.split(".").reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], value);

describe("every property of the YAML schema is compiled, or refused by name", () => {
  it.each(TABLE.map((row) => [`${BATCH_TABLE.includes(row) ? "batch, " : ""}${row.fact} ${row.property}`, row] as const))("%s", (_, row) => {
    const { plan, refused } = BATCH_TABLE.includes(row) ? declaredBatch(row) : declared(row);
    if ("refused" in row) return void expect(refused[row.refused[0]]).toMatch(row.refused[1]);
    expect(refused).toEqual({});
    const [id, path] = row.at;
    const resources = plan?.resources ?? [];
    const resource = resources.find((one) => one.id === id);
    expect(resource, `no ${id} among ${resources.map((one) => one.id).join(", ")}`).toBeDefined();
    expect(inside(text(resource?.inputs), path)).toEqual(row.value);
  });
});

/** The properties of azure-native's interfaces, by the path at which a plan has them. */
const INTERFACES: readonly (readonly [name: string, file: string, at: readonly string[]])[] = [
  ["OnlineEndpointArgs", "machinelearningservices/onlineEndpoint.d.ts", [""]],
  ["OnlineDeploymentArgs", "machinelearningservices/onlineDeployment.d.ts", [""]],
  ["OnlineEndpointPropertiesArgs", "types/input.d.ts", ["properties.", "properties.parameters.properties.value."]],
  ["ManagedServiceIdentityArgs", "types/input.d.ts", ["identity."]],
  ["SkuArgs", "types/input.d.ts", ["sku."]],
  ["ManagedOnlineDeploymentArgs", "types/input.d.ts", ["properties."]],
  ["KubernetesOnlineDeploymentArgs", "types/input.d.ts", ["properties."]],
  ["CodeConfigurationArgs", "types/input.d.ts", ["properties.codeConfiguration."]],
  ["DataCollectorArgs", "types/input.d.ts", ["properties.dataCollector."]],
  ["CollectionArgs", "types/input.d.ts", ["properties.dataCollector.collections.request."]],
  ["RequestLoggingArgs", "types/input.d.ts", ["properties.dataCollector.requestLogging."]],
  ["ProbeSettingsArgs", "types/input.d.ts", ["properties.startupProbe."]],
  ["OnlineRequestSettingsArgs", "types/input.d.ts", ["properties.requestSettings."]],
  ["ContainerResourceRequirementsArgs", "types/input.d.ts", ["properties.containerResourceRequirements."]],
  ["ContainerResourceSettingsArgs", "types/input.d.ts", ["properties.containerResourceRequirements.containerResourceLimits."]],
  ["BatchEndpointArgs", "machinelearningservices/batchEndpoint.d.ts", [""]],
  ["BatchEndpointPropertiesArgs", "types/input.d.ts", ["properties.", "properties.parameters.properties.value."]],
  ["BatchEndpointDefaultsArgs", "types/input.d.ts", ["properties.parameters.properties.value.defaults."]],
  ["BatchDeploymentArgs", "machinelearningservices/batchDeployment.d.ts", [""]],
  ["BatchDeploymentPropertiesArgs", "types/input.d.ts", ["properties."]],
  ["BatchRetrySettingsArgs", "types/input.d.ts", ["properties.retrySettings."]],
  ["BatchPipelineComponentDeploymentConfigurationArgs", "types/input.d.ts", ["properties.deploymentConfiguration."]],
  ["DeploymentResourceConfigurationArgs", "types/input.d.ts", ["properties.resources."]],
  ["IdAssetReferenceArgs", "types/input.d.ts", ["properties.model."]],
  ["ComputeArgs", "machinelearningservices/compute.d.ts", [""]],
  ["AmlComputeArgs", "types/input.d.ts", ["", "properties."]],
  ["AmlComputePropertiesArgs", "types/input.d.ts", ["properties.properties."]],
  ["ScaleSettingsArgs", "types/input.d.ts", ["properties.properties.scaleSettings."]],
  ["TargetUtilizationScaleSettingsArgs", "types/input.d.ts", ["properties.scaleSettings."]],
];

const require = createRequire(import.meta.url);
const PACKAGE = require.resolve("@pulumi/azure-native/package.json").replace(/package\.json$/, "");

/** The file with the types of every service is too long to parse: of it the service's own namespace is taken. */
const NAMESPACE = "export declare namespace machinelearningservices {";
const textOf = (file: string): string => {
  const whole = readFileSync(`${PACKAGE}${file}`, "utf8");
  const from = whole.indexOf(NAMESPACE);
  return from < 0 ? whole : whole.slice(from + NAMESPACE.length, whole.indexOf("\nexport declare namespace ", from + 1));
};

/** Keys of an interface. */
const keysOf = (name: string, file: string): string[] => {
  const text = textOf(file);
  const start = text.indexOf(`interface ${name} {`);
  if (start < 0) throw new Error(`no ${name} in ${file}`);
  const source = ts.createSourceFile("interface.ts", text.slice(start), ts.ScriptTarget.Latest, true);
  const [found] = source.statements;
  return found !== undefined && ts.isInterfaceDeclaration(found) ? found.members.map((member) => member.name?.getText(source) ?? "") : [];
};

/** Paths that some row of the table is about: the path itself, one inside it, or one around it whose value holds it. */
const tells = (table: readonly Row[], path: string): boolean =>
  table.some((row) => {
    if ("refused" in row) return false;
    const [, at] = row.at;
    if (at === path || at.startsWith(`${path}.`)) return true;
    return path.startsWith(`${at}.`) && inside(row.value, path.slice(at.length + 1)) !== undefined;
  });

const REFUSED = new Set(TABLE.flatMap((row) => ("refused" in row ? [row.property] : [])));
const BATCH = /^(?:Batch|Compute|AmlCompute|DeploymentResource|IdAsset|ScaleSettings)/;

/** What a plan always has, because a program gives it to the target or to the endpoint. */
const GIVEN = new Set(["computeType", "endpointName", "deploymentName", "location", "properties", "resourceGroupName", "workspaceName"]);

describe("every property that azure-native has is told of", () => {
  it.each(INTERFACES)("%s", (name, file, at) => {
    const keys = keysOf(name, file);
    expect(keys.length).toBeGreaterThan(0);
    const settled = (key: string): boolean => UNUSED.includes(`${name}.${key}`) || (at.includes("") && GIVEN.has(key)) || REFUSED.has(key);
    expect(keys.filter((key) => !settled(key) && !at.some((prefix) => tells(BATCH.test(name) ? BATCH_TABLE : ONLINE_TABLE, `${prefix}${key}`)))).toEqual([]);
  });

  it("lists nothing as unused that is gone", () => {
    for (const name of UNUSED) {
      const [of = "", key] = name.split(".");
      const [, file = ""] = INTERFACES.find(([known]) => known === of) ?? [];
      expect(keysOf(of, file)).toContain(key);
    }
  });
});
