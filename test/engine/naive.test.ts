/** The simulator bites: programs written with azure-native alone come to grief on it, each by the rule that it breaks. */
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { calls, refusals } from "../rig/azure/log.ts";
import { exists, read, somebodyRoutes } from "../rig/azure/somebody.ts";
import { plant } from "../rig/azure/store.ts";
import { newStack } from "./stack.ts";

const ENDPOINT =
  "/subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws/onlineEndpoints/credit";
const USERS = ["one", "two"].map((name) => `/subscriptions/s/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`);

/** The exit code, and what was said. */
interface Said {
  readonly code: number | null;
  readonly output: string;
}

interface Naive {
  readonly folder: string;
  readonly up: (declaration: object) => Promise<Said>;
  readonly run: (verb: "destroy" | "refresh" | "up") => Promise<Said>;
}

type Mistake = (stack: Naive) => Promise<void>;

/** The rules that were met. */
const make = async (mistake: Mistake): Promise<number[]> => {
  await using stack = await newStack();
  const said: string[] = [];
  const project = join(stack.folder, "project");
  copyFileSync(fileURLToPath(new URL("naive/program.ts", import.meta.url)), join(project, "index.ts"));
  const run: Naive["run"] = async (verb) => {
    const ended = await stack.run(verb, "--yes", "--skip-preview", "--stack", "life");
    said.push(ended.output);
    return ended;
  };
  const up: Naive["up"] = (declaration) => {
    writeFileSync(join(project, "declaration.json"), JSON.stringify(declaration));
    return run("up");
  };
  await mistake({ folder: stack.service, up, run });
  const told = said.flatMap((text) => [...text.matchAll(/\[rule (\d+):/g)]).map((match) => Number(match[1]));
  return [...told, ...calls(stack.service).flatMap(({ rule }) => rule ?? [])];
};

/** Rules that refused, in order. */
const broken = (folder: string): (number | undefined)[] => refusals(folder).map(({ rule }) => rule);

const good = async ({ up }: Naive, declaration: object): Promise<void> => {
  const { code, output } = await up(declaration);
  expect(code, output).toBe(0);
};

const bad = async ({ folder, up }: Naive, declaration: object, rule: number): Promise<void> => {
  const { code, output } = await up(declaration);
  expect(code, output).not.toBe(0);
  expect(output).toContain(`[rule ${rule}:`);
  // What azure-native refuses by itself, the service is not asked for.
  if (rule < 90) expect(broken(folder).at(-1)).toBe(rule);
};

const both = { deployments: { blue: {}, green: {} } };

const mistakes: Readonly<Record<string, Mistake>> = {
  "traffic in the first PUT: rule 21": (stack) => bad(stack, { endpoint: { properties: { traffic: { blue: 100 } } }, ...both }, 21),

  "traffic on the endpoint itself, moved to a new deployment: rule 21": async (stack) => {
    await good(stack, { deployments: { blue: {} } });
    await good(stack, { endpoint: { properties: { traffic: { blue: 100 } } }, deployments: { blue: {} } });
    await bad(stack, { endpoint: { properties: { traffic: { blue: 90, green: 10 } } }, ...both }, 21);
    expect(read(stack.folder, ENDPOINT)["properties"].traffic).toEqual({ blue: 100 });
  },

  "a live deployment removed from the program: rule 37": async (stack) => {
    await good(stack, both);
    await somebodyRoutes(stack.folder, ENDPOINT, { blue: 50, green: 50 });
    await bad(stack, { deployments: { blue: {} } }, 37);
    expect(exists(stack.folder, `${ENDPOINT}/deployments/green`)).toBe(true);
  },

  "destroy with live traffic: rule 37": async (stack) => {
    await good(stack, both);
    await somebodyRoutes(stack.folder, ENDPOINT, { blue: 50, green: 50 });
    const { code, output } = await stack.run("destroy");
    expect(code).not.toBe(0);
    expect(output).toContain("[rule 37:");
  },

  "refresh, then up: a PUT without traffic takes the endpoint out of service, and nobody is told: rule 10": async (stack) => {
    await good(stack, both);
    await somebodyRoutes(stack.folder, ENDPOINT, { blue: 100 });
    const refreshed = await stack.run("refresh");
    expect(refreshed.code, refreshed.output).toBe(0);
    await good(stack, both);
    expect(read(stack.folder, ENDPOINT)["properties"].traffic).toEqual({});
    expect(calls(stack.folder).filter(({ method, rule }) => method === "PUT" && rule === 10)).toHaveLength(1);
  },

  "traffic alone ignored: after a refresh, a map that names what is gone: rule 21": async (stack) => {
    const endpointOptions = { ignoreChanges: ["properties.traffic"] };
    await good(stack, { ...both, endpointOptions });
    await somebodyRoutes(stack.folder, ENDPOINT, { blue: 100, green: 0 });
    await stack.run("refresh");
    await good(stack, { deployments: { blue: {} }, endpointOptions });
    await bad(stack, { endpoint: { properties: { description: "changed" } }, deployments: { blue: {} }, endpointOptions }, 21);
  },

  "a replaced shell: the new one finds the name taken: rule 90": async (stack) => {
    const endpointOptions = { replaceOnChanges: ["identity"] };
    await good(stack, { ...both, endpointOptions });
    await bad(stack, { ...both, endpointOptions, endpoint: { identity: { type: "UserAssigned", userAssignedIdentities: USERS } } }, 90);
  },

  "a replaced shell that is deleted first: its live deployments stand in the way: rule 37": async (stack) => {
    const endpointOptions = { replaceOnChanges: ["identity"], deleteBeforeReplace: true };
    await good(stack, { ...both, endpointOptions });
    await somebodyRoutes(stack.folder, ENDPOINT, { blue: 100 });
    await bad(stack, { ...both, endpointOptions, endpoint: { identity: { type: "UserAssigned", userAssignedIdentities: USERS } } }, 37);
  },

  "a second resource for the same endpoint, to set its traffic: rule 90": (stack) => bad(stack, { ...both, again: { traffic: { blue: 100 } } }, 90),

  "another identity in place: rule 5": async (stack) => {
    await good(stack, both);
    await bad(stack, { ...both, endpoint: { identity: { type: "UserAssigned", userAssignedIdentities: USERS } } }, 5);
  },

  "a user-assigned identity taken off the list: azure-native patches, which this service cannot: rules 25 and 91": async (stack) => {
    const identity = (users: readonly string[]) => ({ endpoint: { identity: { type: "UserAssigned", userAssignedIdentities: users } } });
    await good(stack, identity(USERS));
    const { code, output } = await stack.up(identity(USERS.slice(1)));
    expect(code).not.toBe(0);
    expect(output).toMatch(/\[rule 25:.*\[rule 91:/);
  },

  "deployments made at once: rule 39": async (stack) => {
    plant(stack.folder, { hold: ["PUT deployments/blue", "PUT deployments/green"] });
    const refused = bad(stack, { ...both, parallel: true }, 39);
    while (broken(stack.folder).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    plant(stack.folder, { hold: [] });
    await refused;
  },

  "a first provisioning that failed, and the next up: rules 41 and 38": async (stack) => {
    const { code, output } = await stack.up({ deployments: { blue: { environmentVariables: { RIG_FAIL_PROVISIONING: "no module named sklearn" } } } });
    expect(code).not.toBe(0);
    expect(output).toContain("no module named sklearn");
    await bad(stack, { deployments: { blue: {} } }, 38);
  },

  "a user-assigned identity without its roles: rule 40": async (stack) => {
    const { output } = await stack.up({ deployments: { blue: {} }, endpoint: { identity: { type: "UserAssigned", userAssignedIdentities: USERS } } });
    expect(output).toContain("[rule 40:");
  },

  "another instance type in place: the service keeps the old one without a word: rule 34": async (stack) => {
    await good(stack, { deployments: { blue: {} } });
    await good(stack, { deployments: { blue: { instanceType: "Standard_DS4_v2" } } });
    expect(read(stack.folder, `${ENDPOINT}/deployments/blue`)["properties"].instanceType).toBe("Standard_DS3_v2");
    expect(calls(stack.folder).filter(({ rule }) => rule === 34)).toHaveLength(1);
  },

  "an instance type that replaces under a fixed name, created first: rule 90": async (stack) => {
    const deploymentOptions = { replaceOnChanges: ["properties.instanceType"] };
    await good(stack, { deployments: { blue: {} }, deploymentOptions });
    await bad(stack, { deployments: { blue: { instanceType: "Standard_DS4_v2" } }, deploymentOptions }, 90);
  },
};

/** The numbers at the end of a name: `…: rules 41 and 38`. */
const named = (what: string): number[] => [.../rules? ([\d and]+)$/.exec(what)?.[1]?.matchAll(/\d+/g) ?? []].map(([number]) => Number(number));

test.each(Object.entries(mistakes))("%s", async (what, mistake) => {
  expect(named(what).length).toBeGreaterThan(0);
  expect(await make(mistake)).toEqual(expect.arrayContaining(named(what)));
});
