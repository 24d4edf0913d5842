/** The program of the lives: the endpoints and deployments of `declaration.json`, which each `up` writes anew. Text after `secret:` is a secret; one that `follows` depends on those before it. */
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { azureMl, BatchDeployment, Endpoint, existingEndpoint, OnlineDeployment } from "inference-endpoints";

const { endpoints = {}, deployments = {}, crashAfter } = JSON.parse(readFileSync(`${import.meta.dirname}/declaration.json`, "utf8"), (_key, value) =>
  typeof value === "string" && value.startsWith("secret:") ? pulumi.secret(value.slice("secret:".length)) : value,
);

const made: Endpoint[] = [];
for (const [name, { follows, target, ...args }] of Object.entries<any>(endpoints)) made.push(new Endpoint(name, { ...args, target: azureMl(target) }, follows === true ? { dependsOn: made } : {}));

const joined = Object.entries<any>(deployments).map(([name, { endpoint, kind, target, ...args }]) => {
  const declared = { ...args, endpoint: existingEndpoint(endpoint, azureMl(target)) };
  return kind === "batch" ? new BatchDeployment(name, declared) : new OnlineDeployment(name, declared);
});

// The program dies as soon as that deployment is there, before anything that follows it.
if (crashAfter !== undefined && !pulumi.runtime.isDryRun())
  for (const endpoint of made) endpoint.deployments[crashAfter]?.nodes.deployment.id.apply(() => process.kill(process.pid, "SIGKILL"));

export const scoringUris = made.map((endpoint) => endpoint.scoringUri);
export const deployedNames = joined.map((deployment) => deployment.deployedName);
