import { bundle } from "../../../lib/assets/bundle.ts";
import { compileEndpoint } from "../../../lib/compile/azure/endpoint.ts";
import { verdict } from "../../../lib/compile/azure/verdict.ts";
import type { Assets } from "../../../lib/model/bundle.ts";
import type { On } from "../../../lib/model/endpoint.ts";
import type { Plan, PlannedResource } from "../../../lib/model/plan.ts";
import type { AzureMlTarget } from "../../../lib/model/target.ts";
import { azureTarget, byPath, deployment, parsed } from "../../model/declare.ts";

export const onnx = bundle("examples/quickstart/models/blue.onnx", "content");
export const script = bundle("examples/blue-green/scoring", "content");

export const onAzure = (changes: object = {}): On<string, AzureMlTarget<string>> => {
  const endpoint = parsed({ target: azureTarget, deployments: { blue: deployment, green: deployment }, ...changes });
  if (endpoint.target.type !== "azureMl") throw new Error("the test's target is not Azure");
  return { ...endpoint, target: endpoint.target };
};

export const planOf = (changes: object = {}, assets: Assets = {}): Plan => compileEndpoint(onAzure(changes), assets);

export const resource = (plan: Plan, id: string): PlannedResource => {
  const found = plan.resources.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no ${id} among ${plan.resources.map((one) => one.id).join(", ")}`);
  return found;
};

export const refusals = (changes: object, assets: Assets = {}): Record<string, string> => byPath(verdict(onAzure(changes), assets).problems);

export const warnings = (changes: object, assets: Assets = {}): Record<string, string> => byPath(verdict(onAzure(changes), assets).warnings);
