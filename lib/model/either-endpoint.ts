import { auth, type AuthArgs } from "./auth.ts";
import { late, lateMap } from "./fields.ts";
import { name } from "./names.ts";
import { target, type TargetArgs } from "./target.ts";

/** What an endpoint of either kind says. */
export interface EitherEndpointArgs<V> {
  /** Where it goes: `azureMl({…})` or `kubernetes({…})`. */
  readonly target: TargetArgs<V>;
  /**
   * 3 to 32 lower-case letters, digits and single dashes, a letter first. A change makes a new endpoint and deletes the old one.
   * @default - the logical name; on Azure, where names are unique per region, with six characters that tell stacks apart
   */
  readonly name?: string;
  /** A sentence for people. Azure keeps it in clear in the deployment history. @default - none */
  readonly description?: V;
  /**
   * Tags (Azure) and annotations (Kubernetes) of the endpoint and everything made for it. Azure keeps them in clear in the deployment history.
   * @default - none
   */
  readonly tags?: Readonly<Record<string, V>>;
  /** Where keys come from, and who may call. @default - the target's own keys */
  readonly auth?: AuthArgs<V>;
}

/** Their schemas. @internal */
export const eitherEndpointFields = <V>() => ({
  target: target<V>(),
  name: name().optional(),
  description: late<V>().optional(),
  tags: lateMap<V>().default({}),
  auth: auth<V>().prefault({}),
});

/** What both kinds have once they are parsed, of deployments of one kind or the other. @internal */
export interface EitherEndpoint<D> {
  /** The endpoint's logical name: that of the component. */
  readonly logicalName: string;
  /** Its name at the target. */
  readonly name: string;
  /** Whether the program writes the name; a default is another one on another target. */
  readonly nameWritten: boolean;
  /** Those that this program makes. */
  readonly deployments: Readonly<Record<string, D>>;
  /** Names of those that other programs make. */
  readonly external: readonly string[];
  /** Whether another program makes the endpoint: this one makes a deployment of it. */
  readonly existing: boolean;
}
