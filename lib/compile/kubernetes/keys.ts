/** The two keys of an endpoint: a Secret that every pod mounts, from arguments or made; or one that exists, whose keys no state ever holds. */
import type { ISecret } from "kubernetes-models/v1/Secret";
import { Ref, type Value } from "../../model/late.ts";
import type { PlannedResource } from "../../model/plan.ts";
import { KEYS, ofEndpoint, type EndpointRole } from "./ids.ts";
import type { With } from "./manifest.ts";
import { endpointMetadata } from "./metadata.ts";
import type { Owner } from "./owner.ts";

/** Letters and digits of a key that is made. */
const LENGTH = 48;

/** Name of the Secret with the keys. */
export const keysSecretName = <V>({ auth, name }: Owner<V>): V | string => auth.existingSecret ?? `${name}-keys`;

/** The Secret, and the random keys in it where none are given. Nothing where a Secret exists. */
export const compileKeys = <V>(endpoint: Owner<V>): PlannedResource[] => {
  const { existingSecret, keys } = endpoint.auth;
  if (endpoint.authMode !== "key" || existingSecret !== undefined) return [];
  if (keys !== undefined) return [secret(endpoint, { primaryKey: keys.primaryKey, secondaryKey: keys.secondaryKey }, [])];
  const random = [randomKey(endpoint, "primaryKey"), randomKey(endpoint, "secondaryKey")];
  const made = { primaryKey: new Ref("primaryKey", "result"), secondaryKey: new Ref("secondaryKey", "result") };
  return [...random, secret(endpoint, made, random.map(({ id }) => id))];
};

const randomKey = <V>(endpoint: Owner<V>, role: EndpointRole): PlannedResource =>
  ofEndpoint(endpoint, role, { type: "random:index/randomPassword:RandomPassword", inputs: { length: LENGTH, special: false } });

const secret = <V>(endpoint: Owner<V>, keys: Readonly<Record<string, Value<V>>>, dependsOn: readonly string[]): PlannedResource => {
  const inputs: With<ISecret, V> = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: endpointMetadata(endpoint, `${endpoint.name}-keys`),
    stringData: keys,
    type: "Opaque",
  };
  return ofEndpoint(endpoint, KEYS, { type: "kubernetes:core/v1:Secret", inputs, options: { dependsOn } });
};
