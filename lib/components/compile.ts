/** Chooses the compiler of a target. */
import type * as pulumi from "@pulumi/pulumi";
import { compileEndpoint as compileAzure } from "../compile/azure/endpoint.ts";
import { verdict as azureVerdict } from "../compile/azure/verdict.ts";
import { compileEndpoint as compileKubernetes } from "../compile/kubernetes/endpoint.ts";
import { verdict as kubernetesVerdict } from "../compile/kubernetes/verdict.ts";
import type { Assets } from "../model/bundle.ts";
import type { OnlineEndpoint } from "../model/endpoint.ts";
import type { Plan } from "../model/plan.ts";
import type { Verdict } from "../model/refusal.ts";
import { makeAzure } from "./realise/azure.ts";
import { makeKubernetes } from "./realise/kubernetes.ts";
import type { Make } from "./realise/plan.ts";

type Late = pulumi.Input<string>;

/** What the endpoint's target says of it. */
export const judge = (endpoint: OnlineEndpoint<Late>, assets: Assets): Verdict => {
  const { target } = endpoint;
  return target.type === "azureMl" ? azureVerdict({ ...endpoint, target }, assets) : kubernetesVerdict({ ...endpoint, target }, assets);
};

/** The plan of an endpoint that its target does not refuse, and who makes its resources. */
export const compile = (endpoint: OnlineEndpoint<Late>, assets: Assets): { readonly plan: Plan; readonly make: Make } => {
  const { target } = endpoint;
  return target.type === "azureMl"
    ? { plan: compileAzure({ ...endpoint, target }, assets), make: makeAzure }
    : { plan: compileKubernetes({ ...endpoint, target }, assets), make: makeKubernetes };
};
