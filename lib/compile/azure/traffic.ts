/** Traffic may only name deployments that exist, and PATCH cannot carry it: after the deployments, the whole endpoint is put again, with its traffic. */
import type { On } from "../../model/endpoint.ts";
import { First, Keyed, Ref } from "../../model/late.ts";
import type { PlannedResource } from "../../model/plan.ts";
import type { Registered } from "../../model/sources.ts";
import type { AzureMlTarget } from "../../model/target.ts";
import type { Traffic } from "../../model/traffic.ts";
import { SHELL } from "./ids.ts";
import { endpointProperties, identityType } from "./properties.ts";
import { deployedName, immutable, type Immutable } from "./replacement.ts";
import { API_VERSION, putAgain, ROUTING } from "./routing.ts";

type DeployedName = (name: string) => string;

/** The traffic map as ARM takes it, by the names at Azure: zeros stay, because a deployment at 0 is meant to be there. That of another program may not be yet. */
const written = <V>({ external, traffic }: On<V, AzureMlTarget<V>>): Traffic => Object.fromEntries(Object.entries(traffic).filter(([name, share]) => share > 0 || !external.includes(name)));

export const compileTraffic = (shares: Traffic, deployed: DeployedName): Traffic =>
  Object.fromEntries(Object.entries(shares).map(([name, share]) => [deployed(name), share]));

/** One off-switch: a mirror of 0 percent is no mirror, and is sent as none. */
export const compileMirror = (shares: Traffic, deployed: DeployedName): Traffic =>
  compileTraffic(Object.fromEntries(Object.entries(shares).filter(([, share]) => share > 0)), deployed);

/** The endpoint again, with its traffic. */
export const compileRouting = <V>(endpoint: On<V, AzureMlTarget<V>>, deployments: readonly string[]): PlannedResource =>
  putAgain(endpoint, deployments, {
    body: {
      identity: ["object", identityBody(endpoint)],
      tags: ["object", endpoint.tags],
      properties: [
        "object",
        {
          ...endpointProperties(endpoint),
          traffic: compileTraffic(written(endpoint), (name) => deployedName(endpoint, name)),
          mirrorTraffic: compileMirror(endpoint.mirrorTraffic, (name) => deployedName(endpoint, name)),
        },
      ],
    },
    // The next preview reads there what deployments there were, and routing is put again when they are others.
    metadata: { deployments: asDeployed(endpoint) },
    follows: {
      id: ["string", new Ref(SHELL, "id")],
      scoringRoutes: ["object", scoringRoutes(endpoint)],
      ...(endpoint.azure.revision === undefined ? {} : { revision: ["string", endpoint.azure.revision] }),
    },
    outputs: { endpoint: { type: "object", value: `[reference(parameters('id'), '${API_VERSION}')]` } },
  });

/**
 * An address of the endpoint. Where its container has a route of its own, it settles with the first deployment, when the shell has long been read: the
 * routing reads it again. A state from before that has the shell's alone.
 */
export const routedUri = (name: "scoringUri" | "swaggerUri"): First => new First([new Ref(ROUTING, `properties.outputs.endpoint.value.${name}`), new Ref(SHELL, `properties.${name}`)]);

/** What the path of the address follows, as far as this program knows: routes of custom containers, and environments that may have one. */
const scoringRoutes = <V>({ deployments }: On<V, AzureMlTarget<V>>) =>
  Object.fromEntries(
    Object.entries(deployments).flatMap(([name, { azure, environment }]) => {
      const route = azure.environment === undefined ? environment?.inferenceConfig?.scoringRoute.path : registered(azure.environment);
      return route === undefined ? [] : [[name, route] as const];
    }),
  );

const registered = <V>(source: Registered<V>): V | string => (source.kind === "id" ? source.id : `${source.name}:${source.version}`);

/** ARM's own form: a map of ids, where azure-native takes a list. */
const identityBody = <V>(endpoint: On<V, AzureMlTarget<V>>) => {
  const { identity } = endpoint.azure;
  if (identity.type === "system_assigned") return { type: identityType(identity.type) };
  const entries = identity.userAssignedIdentities.map(({ resourceId }) => [resourceId, {}] as const);
  return { type: identityType(identity.type), userAssignedIdentities: new Keyed<V>(entries) };
};

/** A deployment as it is when the routing is put, and what would make it another one. */
export interface Deployed extends Partial<Immutable> {
  /** At Azure. */
  readonly name: string;
}

const asDeployed = <V>(endpoint: On<V, AzureMlTarget<V>>): Readonly<Record<string, Deployed>> =>
  Object.fromEntries(Object.entries(endpoint.deployments).map(([name, deployment]) => [name, { name: deployedName(endpoint, name), ...immutable(endpoint, deployment) }]));
