/** What Azure cannot change of a deployment, and what the deployment is called where a change of it makes another one beside it. */
import type { On } from "../../model/endpoint.ts";
import { shortHash } from "../../model/names.ts";
import type { OnlineDeployment } from "../../model/online-deployment.ts";
import type { AzureMlTarget } from "../../model/target.ts";

/**
 * Refused in place, or not done. All of it is plain - the types say so -, because its hash is part of a logical name, and those are made before any
 * late value is known.
 */
export interface Immutable {
  readonly endpointComputeType: "Kubernetes" | "Managed";
  readonly instanceType: string | undefined;
  readonly egressPublicNetworkAccess: "Enabled" | "Disabled" | undefined;
}

export const immutable = <V>({ azure: { compute } }: On<V, AzureMlTarget<V>>, { azure, egressPublicNetworkAccess }: OnlineDeployment<V>): Immutable => ({
  endpointComputeType: compute === undefined ? "Managed" : "Kubernetes",
  instanceType: azure.instanceType ?? (compute === undefined ? undefined : "defaultinstancetype"),
  egressPublicNetworkAccess: egressPublicNetworkAccess === undefined ? undefined : EGRESS[egressPublicNetworkAccess],
});

const EGRESS = { enabled: "Enabled", disabled: "Disabled" } as const;

const EGRESS_PATH = "properties.egressPublicNetworkAccess";

/**
 * Paths of what replaces a deployment; the last is a first provisioning that failed, which Azure cannot repair. The kind of compute is none of them: it is
 * the endpoint's for life, so that a deployment which is deleted for another one could not be made again.
 */
export const REPLACE: readonly string[] = ["properties.instanceType", EGRESS_PATH, "#initerror"];

/**
 * The paths for one deployment. Egress that the program leaves open is none of them: the service shows its default, which a refresh or an import
 * takes into the state, and that must replace nothing.
 */
export const replacedBy = ({ egressPublicNetworkAccess }: Immutable): readonly string[] =>
  egressPublicNetworkAccess === undefined ? REPLACE.filter((path) => path !== EGRESS_PATH) : REPLACE;

/** What `sideBySide` adds to a name: a dash, and the hash. */
export const SUFFIX = 7;

/** The deployment's name at Azure: what its traffic map and the routing header say. Two hashes that clash keep one name, and nothing is lost. */
export const deployedName = <V>(endpoint: On<V, AzureMlTarget<V>>, name: string): string => {
  const deployment = endpoint.deployments[name];
  if (deployment?.azure.replacement !== "sideBySide") return name;
  return `${name}-${shortHash(JSON.stringify(Object.values(immutable(endpoint, deployment)).map((value) => value ?? null)))}`;
};
