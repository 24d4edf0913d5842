/** How callers of an endpoint prove who they are, beyond what `authMode` says. */
import { late, list, oneOf, refusing, strict, under } from "./fields.ts";

/** Two keys, either of which opens the endpoint. */
export interface KeysArgs<V> {
  /** One of them; give a secret. */
  readonly primaryKey: V;
  /** The other, for callers who change theirs. */
  readonly secondaryKey: V;
}

/** A service account whose pods may call. */
export interface CallerServiceAccountArgs<V> {
  /** Its namespace, of the same cluster. */
  readonly namespace: V;
  /** Its name. */
  readonly serviceAccount: V;
}

/**
 * Keys and callers on Kubernetes. Azure makes its own keys and asks for roles (`azure.callers`): there all of this is refused; localhost keeps its keys in
 * a file.
 */
export interface AuthArgs<V> {
  /** `key`: the keys themselves; give secrets. @default - two random keys of 48 letters and digits */
  readonly keys?: KeysArgs<V>;
  /** `key`: an existing Secret with the keys `primaryKey` and `secondaryKey`, so that no state holds them. @default - a Secret is made */
  readonly existingSecret?: V;
  /** `aml_token`: the service accounts that may call, with tokens for the endpoint's audience. @default - none: `aml_token` is refused */
  readonly callers?: readonly CallerServiceAccountArgs<V>[];
  /** `aad_token`: the tenant of Microsoft Entra whose tokens are taken, its id. @default - none: `aad_token` is refused */
  readonly tenantId?: V;
  /**
   * What tokens must be for. Required for `aad_token`: the application's id or URI, `api://credit`.
   * @default - with `aml_token` `inference-endpoints/<namespace>/<name>`
   */
  readonly audience?: V;
  /** `aad_token`: ids of the applications that may call. This or `roles`; one match in either is enough. @default - none */
  readonly allowedClientIds?: readonly V[];
  /** `aad_token`: application roles, one of which a caller must have. @default - none */
  readonly roles?: readonly V[];
  /**
   * Who refuses callers: the container, or the gateway before it too, by a policy of its own, so that strangers cost no pod anything. The container checks
   * in either case. Not with `aml_token`, and where the implementation has such a policy. While `pulumi up` replaces the Secret of `keys`, the gateway answers
   * 500: it has no Secret to read. A Secret that is changed in place leaves no gap: `existingSecret`, or a provider with `enableSecretMutable`.
   * @default "container"
   */
  readonly enforce?: "container" | "gateway";
}

const listed = <V>(what: string) =>
  list(late<V>(what), `a list, each ${what}`, `${what}, or more`);

const caller = <V>() => strict({ namespace: late<V>("a namespace"), serviceAccount: late<V>("a service account's name") });

/** @internal */
export const auth = <V>() =>
  under(
    strict({
      keys: strict({ primaryKey: late<V>("a key"), secondaryKey: late<V>("a key") }).optional(),
      existingSecret: late<V>("a Secret's name").optional(),
      callers: list(caller<V>(), "a list of { namespace, serviceAccount }", "one caller or more").optional(),
      tenantId: late<V>("a tenant's id").optional(),
      audience: late<V>("an audience").optional(),
      allowedClientIds: listed<V>("an application's id").optional(),
      roles: listed<V>("an application role").optional(),
      enforce: oneOf("container", "gateway").default("container"),
    }),
    ({ existingSecret, keys }) => refusing([], keys === undefined || existingSecret === undefined ? undefined : "expected keys or existingSecret, not both"),
  );
