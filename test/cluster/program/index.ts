/** The program of the stories: the endpoints of `declaration.json`, which each `up` writes anew. */
import { readFileSync } from "node:fs";
import { Endpoint, kubernetes } from "inference-endpoints";

const { endpoints } = JSON.parse(readFileSync(`${import.meta.dirname}/declaration.json`, "utf8"));

const made = Object.entries<any>(endpoints).map(([name, { target, ...args }]) => [name, new Endpoint(name, { kind: "online", ...args, target: kubernetes(target) })] as const);

export const scoringUris = Object.fromEntries(made.map(([name, endpoint]) => [name, endpoint.scoringUri]));
export const keysSecretNames = Object.fromEntries(made.map(([name, endpoint]) => [name, endpoint.keysSecretName]));
