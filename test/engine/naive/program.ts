/**
 * What somebody writes who knows azure-native and has not lost an endpoint yet: an endpoint, its traffic in its properties, its deployments.
 * `declaration.json` says which mistake it is this time.
 */
import { readFileSync } from "node:fs";
import type * as pulumi from "@pulumi/pulumi";
import { OnlineDeployment, OnlineEndpoint } from "@pulumi/azure-native/machinelearningservices/index.js";

interface Naive {
  readonly endpoint?: { readonly properties?: object; readonly identity?: { readonly type: string; readonly userAssignedIdentities?: string[] } };
  readonly endpointOptions?: pulumi.CustomResourceOptions;
  /** Properties by name. */
  readonly deployments?: Readonly<Record<string, object>>;
  readonly deploymentOptions?: pulumi.CustomResourceOptions;
  /** All deployments at once. */
  readonly parallel?: boolean;
  /** A second resource for the same endpoint, to set its traffic after the deployments. */
  readonly again?: { readonly traffic: Readonly<Record<string, number>> };
}

const naive: Naive = JSON.parse(readFileSync(`${import.meta.dirname}/declaration.json`, "utf8"));
const place = { resourceGroupName: "rg", workspaceName: "ws", location: "westeurope" };
const identity = naive.endpoint?.identity ?? { type: "SystemAssigned" };

const endpointArgs = (properties: object) => ({ ...place, endpointName: "credit", identity, properties: { authMode: "Key", ...properties } });

const endpoint = new OnlineEndpoint("credit", endpointArgs(naive.endpoint?.properties ?? {}), naive.endpointOptions);

const deployments: OnlineDeployment[] = [];
for (const [name, properties] of Object.entries(naive.deployments ?? {})) {
  const args = {
    ...place,
    endpointName: endpoint.name,
    deploymentName: name,
    sku: { name: "Default", capacity: 1 },
    properties: { endpointComputeType: "Managed" as const, instanceType: "Standard_DS3_v2", ...properties },
  };
  const dependsOn = naive.parallel === true ? [] : [...deployments];
  deployments.push(new OnlineDeployment(name, args, { ...naive.deploymentOptions, dependsOn }));
}

const again = naive.again === undefined ? undefined : new OnlineEndpoint("credit-traffic", endpointArgs(naive.again), { dependsOn: deployments });

export const traffic = again?.properties.traffic;
export const scoringUri = endpoint.properties.scoringUri;
