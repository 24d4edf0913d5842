/** Callers that nobody could know: missing parts of tokens, parts of another mode, and a gateway that refuses nobody. */
import type { On, OnlineEndpoint } from "../../model/endpoint.ts";
import { alternatives } from "../../model/fields.ts";
import { show, type Problem } from "../../model/refusal.ts";
import type { KubernetesTarget } from "../../model/target.ts";
import { abilitiesOf, named, thatCan } from "./gateways.ts";
import { isKnown, nameProblems, namespaceProblems } from "./verdict-metadata.ts";
import { certain, certainOfEach } from "../../model/refused.ts";

/** An endpoint of either kind. */
type Guarded<V> = Pick<On<V, KubernetesTarget<V>>, "auth" | "authMode" | "existing" | "target">;
type Mode = OnlineEndpoint<unknown>["authMode"];
type Auth = OnlineEndpoint<unknown>["auth"];

/** Of another program's endpoint the owner says all of it. */
export const authProblems = <V>(endpoint: Guarded<V>): Problem[] =>
  endpoint.existing
    ? []
    : certain(
        () => strayProblems(endpoint),
        () => missingProblems(endpoint),
        () => formProblems(endpoint),
        () => gatewayProblems(endpoint),
      );

/** The modes that each part belongs to. */
const MODES: Readonly<Record<Exclude<keyof Auth, "enforce">, readonly Mode[]>> = {
  keys: ["key"],
  existingSecret: ["key"],
  callers: ["aml_token"],
  tenantId: ["aad_token"],
  audience: ["aml_token", "aad_token"],
  allowedClientIds: ["aad_token"],
  roles: ["aad_token"],
};

const strayProblems = <V>({ auth, authMode }: Guarded<V>): Problem[] =>
  certainOfEach(MODES, (modes, part) =>
    auth[part as keyof typeof MODES] === undefined || modes.includes(authMode)
      ? []
      : [{ path: `auth.${part}`, message: `it is for authMode ${alternatives(modes)}; with ${show(authMode)} leave it out` }],
  );

const missingProblems = <V>({ auth, authMode }: Guarded<V>): Problem[] => {
  const missing = (part: string, expected: string): Problem => ({ path: `auth.${part}`, message: `authMode ${show(authMode)} needs ${expected}; got nothing` });
  if (authMode === "aml_token" && auth.callers === undefined) return [missing("callers", "the service accounts that may call: any pod may ask for a token of any audience; write [{ namespace, serviceAccount }]")];
  if (authMode !== "aad_token") return [];
  return certain(
    () => (auth.tenantId === undefined ? [missing("tenantId", "the id of the tenant whose tokens are taken")] : []),
    () => (auth.audience === undefined ? [missing("audience", 'what tokens must be for, such as "api://credit"')] : []),
    () =>
      auth.allowedClientIds === undefined && auth.roles === undefined
        ? [missing("allowedClientIds", "the applications that may call: every application of the tenant could get a token; write allowedClientIds or roles")]
        : [],
  );
};

const GUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

const formProblems = <V>({ auth }: Guarded<V>): Problem[] =>
  certain(
    () => (isKnown(auth.tenantId) && !GUID.test(auth.tenantId) ? [{ path: "auth.tenantId", message: "expected the tenant's id, a UUID" }] : []),
    () => nameProblems("auth.existingSecret", auth.existingSecret),
    () => certainOfEach(auth.callers ?? [], ({ namespace }, i) => namespaceProblems(`auth.callers.${i}.namespace`, namespace)),
    () => certainOfEach(auth.callers ?? [], ({ serviceAccount }, i) => nameProblems(`auth.callers.${i}.serviceAccount`, serviceAccount)),
  );

const gatewayProblems = <V>(endpoint: Guarded<V>): Problem[] => {
  const { auth, target } = endpoint;
  if (auth.enforce !== "gateway") return [];
  const instead = 'leave out auth.enforce: the container checks';
  if (!abilitiesOf(target.gateway).enforcesAuth) {
    const others = alternatives(thatCan(({ enforcesAuth }) => enforcesAuth));
    return [{ path: "auth.enforce", message: `${named(target.gateway)} has no policy for it here; ${others} has one: use it, or ${instead}`, value: auth.enforce }];
  }
  if (endpoint.authMode !== "aml_token") return twiceProblems(auth, instead);
  return [{ path: "auth.enforce", message: `a gateway cannot read the keys of the cluster's own tokens, which ask for a token themselves: ${instead}`, value: auth.enforce }];
};

/** Envoy Gateway looks a caller up by the key, and serves no route of a policy that has one twice. No message says a key. */
const twiceProblems = <V>({ keys }: Guarded<V>["auth"], instead: string): Problem[] =>
  keys !== undefined && isKnown(keys.primaryKey) && keys.primaryKey === keys.secondaryKey
    ? [{ path: "auth.keys.secondaryKey", message: `it is the primary key again, and Envoy Gateway takes no key twice: write another, or ${instead}` }]
    : [];
