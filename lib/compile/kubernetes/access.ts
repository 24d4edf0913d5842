/** What an account may do in its namespace. */
import type { IRole } from "kubernetes-models/rbac.authorization.k8s.io/v1/Role";
import type { IRoleBinding } from "kubernetes-models/rbac.authorization.k8s.io/v1/RoleBinding";
import type { Value } from "../../model/late.ts";
import type { JOB_PERMISSIONS } from "../../scoring/contract/batch-cluster.ts";
import type { With } from "./manifest.ts";
import type { endpointMetadata } from "./metadata.ts";

const GROUP = "rbac.authorization.k8s.io";

export const ROLE = `kubernetes:${GROUP}/v1:Role`;
export const ROLE_BINDING = `kubernetes:${GROUP}/v1:RoleBinding`;

type Metadata<V> = Omit<ReturnType<typeof endpointMetadata<V>>, "labels"> & { readonly labels: Readonly<Record<string, string>> };

export const compileRole = <V>(metadata: Metadata<V>, rules: typeof JOB_PERMISSIONS): With<IRole, V> => ({ apiVersion: `${GROUP}/v1`, kind: "Role", metadata, rules });

/** Gives a Role of the same name to accounts of its namespace. */
export const compileRoleBinding = <V>(metadata: Metadata<V>, accounts: readonly Value<V>[]): With<IRoleBinding, V> => ({
  apiVersion: `${GROUP}/v1`,
  kind: "RoleBinding",
  metadata,
  roleRef: { apiGroup: GROUP, kind: "Role", name: metadata.name },
  subjects: accounts.map((name) => ({ kind: "ServiceAccount", name, namespace: metadata.namespace })),
});
