/** What is kept per run of a program: one process may run several, by the Automation API. */
import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import type { OnlineEndpoint } from "../model/endpoint.ts";
import type { Naming } from "../model/names.ts";
import type { Problem } from "../model/refusal.ts";

/** The run's engine connection is what every run has of its own. */
const claims = new WeakMap<object, Map<string, string>>();
const outside = {};

/** What derived names depend on. */
export const naming = (): Naming => ({
  stack: `${organization()}/${pulumi.getProject()}/${pulumi.getStack()}`,
  sha256: (text) => createHash("sha256").update(text).digest("hex"),
});

/** Unit tests under mocks mostly name no organisation, and Pulumi throws then; its own name for "none" serves. */
const organization = (): string => {
  try {
    return pulumi.getOrganization();
  } catch {
    return "organization";
  }
};

/**
 * Claims the endpoint's address, and reports an endpoint of the same run that has it: a gateway would serve the older of two routes and say
 * nothing, and Azure would refuse the second name half-way. Late values cannot be compared, and claim nothing.
 */
export const claimAddress = (endpoint: OnlineEndpoint<pulumi.Input<string>>): Problem[] => {
  const address = addressOf(endpoint);
  if (address === undefined) return [];
  const run = pulumi.runtime.getMonitor() ?? outside;
  const taken = claims.get(run) ?? new Map<string, string>();
  claims.set(run, taken);
  const owner = taken.get(address);
  if (owner === undefined) taken.set(address, endpoint.logicalName);
  if (owner === undefined) return [];
  return [{ path: "name", message: `Endpoint ${JSON.stringify(owner)} of this program already has this address, ${address}` }];
};

const addressOf = ({ kubernetes, name, target }: OnlineEndpoint<pulumi.Input<string>>): string | undefined => {
  const parts = target.type === "azureMl" ? [target.location, name] : kubernetesAddress(kubernetes.hostname, kubernetes.path, target.namespace, name);
  return parts.every((part) => typeof part === "string") ? parts.join("") : undefined;
};

const kubernetesAddress = (hostname: unknown, path: string | undefined, namespace: unknown, name: string): unknown[] => {
  if (path !== undefined || hostname !== undefined) return [hostname ?? "", path ?? "/"];
  return ["/endpoints/", namespace, "/", name];
};
