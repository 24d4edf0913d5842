/** The program of the lives: the endpoints of `declaration.json`, which each `up` writes anew. */
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { azureMl, Endpoint } from "inference-endpoints";

const { endpoints, crashAfter } = JSON.parse(readFileSync(`${import.meta.dirname}/declaration.json`, "utf8"));

const made = Object.entries<any>(endpoints).map(([name, { target, ...args }]) => new Endpoint(name, { ...args, target: azureMl(target) }));

// The program dies as soon as that deployment is there, before anything that follows it.
if (crashAfter !== undefined && !pulumi.runtime.isDryRun())
  for (const endpoint of made) endpoint.deployments[crashAfter]?.nodes.deployment.id.apply(() => process.kill(process.pid, "SIGKILL"));

export const scoringUris = made.map((endpoint) => endpoint.scoringUri);
