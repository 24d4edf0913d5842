/** The program of the stories: the endpoints of `declaration.json`, which each `up` writes anew. */
import { readFileSync } from "node:fs";
import { Endpoint, kubernetes, type Transform } from "inference-endpoints";

const { endpoints, waitSeconds } = JSON.parse(readFileSync(`${import.meta.dirname}/declaration.json`, "utf8"));

/** What is to fail does so sooner than a start that may take its time. */
const impatient: Transform = (args, opts) => ({
  args: { ...args, metadata: { ...args.metadata, annotations: { ...args.metadata.annotations, "pulumi.com/timeoutSeconds": `${waitSeconds}` } } },
  opts,
});
const transform = waitSeconds === undefined ? {} : { transform: { deployment: impatient, namedRoute: impatient, route: impatient } };

const made = Object.entries<any>(endpoints).map(([name, { target, ...args }]) => [name, new Endpoint(name, { kind: "online", ...args, ...transform, target: kubernetes(target) })] as const);

export const scoringUris = Object.fromEntries(made.map(([name, endpoint]) => [name, endpoint.scoringUri]));
export const keysSecretNames = Object.fromEntries(made.map(([name, endpoint]) => [name, endpoint.keysSecretName]));
