/** What the library compiles for Azure, case by case, is taken by the simulated service, in the order of the plan; and a refresh finds nothing new. */
import { globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { principalOf } from "./identity.ts";
import { equal, isObject, type Body } from "../json.ts";
import { refusals, writes } from "./log.ts";
import { client } from "./plugin/client.ts";
import { changes } from "./plugin/difference.ts";
import { complete, failures } from "./plugin/naming.ts";
import { create, read, type Azure, type State } from "./plugin/resources.ts";
import { SUBSCRIPTION } from "./plugin/provider.ts";
import { typeOf } from "./plugin/types.ts";
import { at } from "../plugin/values.ts";
import { ACR_PULL, BLOB_READER } from "./kinds/roles.ts";
import { service } from "./service.ts";
import { fresh } from "./trying.ts";

const top = fileURLToPath(new URL("../../..", import.meta.url));

interface Planned {
  readonly resource: string;
  readonly type: string;
  readonly inputs: Body;
}

/** The principal that the case gives its identity is, here, the one that the identity has. */
const withPrincipal = (text: string): string => {
  const user = /^ +- (\/.+\/userAssignedIdentities\/.+)$/m.exec(text)?.[1];
  return user === undefined ? text : text.replaceAll("11111111-1111-1111-1111-111111111111", principalOf(user));
};

const files = globSync(`${top}test/cases/*.azure.yaml`);
const cases = files.flatMap((file): [string, Planned[]][] => {
  const text = readFileSync(file, "utf8");
  return text.startsWith("InvalidArgs") ? [] : [[basename(file, ".azure.yaml"), parseAllDocuments(withPrincipal(text)).flatMap((document) => document.toJS() as Planned[])]];
});

/** `${name.output}`, or its text up to a mark, of what was made before. */
const REFERENCE = /\$\{([^{}]+?)\.((?:id|identity\.principalId|name)(?=[ }]))(?: up to ([^}]+))?\}/g;

const resolved = (value: unknown, made: ReadonlyMap<string, State>): any => {
  if (Array.isArray(value)) return value.map((item) => resolved(item, made));
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [resolved(key, made), resolved(item, made)]));
  if (typeof value !== "string") return value;
  return value.replaceAll(REFERENCE, (_whole, name: string, path: string, mark: string | undefined) => {
    const state = made.get(name);
    if (state === undefined) throw new Error(`${name} is referred to before it is made`);
    const text = String(path === "id" ? state.id : at(state.outputs, path));
    return mark === undefined ? text : (text.split(mark)[0] ?? "");
  });
};

/** A plan in words has a file's path, or the text of one that is made, which has lines. */
const asset = (source: string) => ({ "4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17", hash: source, ...(source.includes("\n") ? { text: source } : { path: top + source }) });

const make = async (azure: Azure, planned: Planned, made: Map<string, State>): Promise<void> => {
  const type = typeOf(planned.type);
  const given = resolved(planned.inputs, made);
  const news = given["source"] === undefined ? given : { ...given, source: asset(given["source"]) };
  const inputs = complete({ type, logicalName: planned.resource, seed: new Uint8Array(), news, olds: {}, location: () => "westeurope" });
  expect(failures(type, inputs), planned.resource).toEqual([]);
  made.set(planned.resource, { inputs, ...(await create(azure, type, inputs, undefined)) });
};

test("there are cases", () => expect(cases.length).toBeGreaterThan(8));

describe.each(cases)("%s", (_name, plan) => {
  test("is made, and stays as it is", async () => {
    const { folder } = fresh();
    const azure: Azure = { client: client(folder), subscription: SUBSCRIPTION };
    const made = new Map<string, State>();
    for (const user of usersOf(plan)) grant(folder, user);
    for (const planned of plan) await make(azure, planned, made);
    expect(refusals(folder)).toEqual([]);
    const noted = writes(folder).filter(({ rule }) => rule !== undefined);
    expect(noted).toEqual([]);
    for (const { resource, type: token } of plan) {
      const old = made.get(resource) as State;
      const now = await read(azure, typeOf(token), old.id, old.outputs, old.inputs);
      const expected = /:(?:Online|Batch)Endpoint$/.test(token) ? routed(plan, old.inputs) : old.inputs;
      expect(changes(typeOf(token), expected, now?.inputs ?? {}), resource).toEqual([]);
    }
  });
});

/** User-assigned identities to whom somebody else gave their roles. */
const usersOf = (plan: readonly Planned[]): readonly string[] => {
  const users: readonly string[] = plan.find(({ type }) => type.endsWith(":OnlineEndpoint"))?.inputs["identity"]?.["userAssignedIdentities"] ?? [];
  return plan.some(({ resource }) => resource.includes("-role-")) ? [] : users;
};

const grant = (folder: string, user: string): void => {
  for (const [n, role] of [ACR_PULL, BLOB_READER].entries()) {
    const path = `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-4000-8000-00000000000${n}`;
    service(folder).request({ method: "PUT", path, body: { properties: { principalId: principalOf(user), roleDefinitionId: role } } });
  }
};

/** The shell's inputs gain what routing put: that is why the library ignores them. */
const routed = (plan: readonly Planned[], inputs: Body): Body => {
  const put: Body = plan.find(({ type }) => type.endsWith("resources:Deployment"))?.inputs["properties"]["parameters"]["properties"]["value"] ?? {};
  const gained = ["traffic", "mirrorTraffic", "defaults"].filter((key) => !equal(put[key] ?? {}, {}));
  return { ...inputs, properties: { ...inputs["properties"], ...Object.fromEntries(gained.map((key) => [key, put[key]])) } };
};
