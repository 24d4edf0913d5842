/** What tests of the service say: requests by short paths, in a folder of their own. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Body } from "../json.ts";
import { calls } from "./log.ts";
import { service, type Request } from "./service.ts";
import { plant } from "./store.ts";

export const GROUP = "/subscriptions/sub/resourceGroups/rg";
export const WORKSPACE = `${GROUP}/providers/Microsoft.MachineLearningServices/workspaces/ws`;
export const ENDPOINT = `${WORKSPACE}/onlineEndpoints/credit`;
export const BLUE = `${ENDPOINT}/deployments/blue`;
export const GREEN = `${ENDPOINT}/deployments/green`;

export interface Ended {
  readonly status: number;
  /** The answer; of an operation that failed, its error. */
  readonly body: Body;
  /** Number of the rule that refused or failed it. */
  readonly rule: number | undefined;
}

export interface Trying {
  readonly folder: string;
  /** Sends, and waits until it is over. */
  readonly ask: (method: Request["method"], path: string, body?: Body) => Promise<Ended>;
  readonly put: (path: string, body: Body) => Promise<Ended>;
}

export const fresh = (): Trying => {
  const folder = mkdtempSync(join(tmpdir(), "azure-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  plant(folder, { operationMs: 2 });
  const azure = service(folder);
  const ask: Trying["ask"] = async (method, path, body) => {
    const { operation, ...answer } = azure.request({ method, path, ...(body === undefined ? {} : { body }) });
    const rule = calls(folder).at(-1)?.rule;
    if (operation === undefined) return { ...answer, rule };
    for (;;) {
      const { status, error } = azure.poll(operation);
      if (status === "Failed") return { status: answer.status, body: { error }, rule: ruleIn(error.message) };
      if (status === "Succeeded") return { ...answer, rule };
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };
  return { folder, ask, put: (path, body) => ask("PUT", path, body) };
};

const ruleIn = (message: string): number | undefined => {
  const found = [...message.matchAll(/\[rule (\d+):/g)].at(-1)?.[1];
  return found === undefined ? undefined : Number(found);
};

export const endpoint = (properties: Body = {}, more: Body = {}): Body => ({
  location: "westeurope",
  identity: { type: "SystemAssigned" },
  ...more,
  properties: { authMode: "Key", ...properties },
});

export const deployment = (properties: Body = {}, more: Body = {}): Body => ({
  location: "westeurope",
  sku: { name: "Default", capacity: 2 },
  ...more,
  properties: { endpointComputeType: "Managed", instanceType: "Standard_DS3_v2", ...properties },
});

/** An endpoint with blue and green, and this traffic. */
export const blueGreen = async (traffic: Body = { blue: 90, green: 10 }): Promise<Trying> => {
  const trying = fresh();
  for (const [path, body] of [[ENDPOINT, endpoint()], [BLUE, deployment()], [GREEN, deployment()], [ENDPOINT, endpoint({ traffic })]] as const) {
    const { status, body: answer } = await trying.put(path, body);
    if (status >= 400) throw new Error(JSON.stringify(answer));
  }
  return trying;
};
