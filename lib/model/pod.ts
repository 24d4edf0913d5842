/** What runs a deployment's pods on Kubernetes, in Kubernetes' own names. */
import { z } from "zod";
import type { ResourcesArgs } from "./compute.ts";
import { either, flag, late, lateMap, list, oneOf, record, refusing, strict, text, under, whole } from "./fields.ts";
import { withMore } from "./refused.ts";
import { egressAllow, type EgressAllowArgs } from "./network.ts";
import { resources } from "./quantity.ts";
import { isLate } from "./refusal.ts";

/** A toleration of a pod (Kubernetes core/v1 Toleration). */
export interface TolerationArgs {
  /** Key of the taint. @default - every key, with `Exists` */
  readonly key?: string;
  /** `Exists` takes any value. @default - `Equal` */
  readonly operator?: "Exists" | "Equal";
  /** Value of the taint, for `Equal`. @default - the empty text */
  readonly value?: string;
  /** Effect of the taint. @default - every effect */
  readonly effect?: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
  /** Seconds; for `NoExecute` alone. @default - the pod stays */
  readonly tolerationSeconds?: number;
}

/** A volume of the pods (Kubernetes core/v1 Volume): its name, and what it is. */
export interface VolumeArgs {
  /** 1 to 63 lower-case letters, digits and dashes; not one of the library's own volumes. */
  readonly name: string;
  /** The volume's source as Kubernetes spells it, `persistentVolumeClaim: { claimName: "data" }`. */
  readonly [source: string]: unknown;
}

/** Where the container sees one of `volumes` (Kubernetes core/v1 VolumeMount). */
export interface VolumeMountArgs<V> {
  /** One of `volumes`. */
  readonly name: string;
  /** Absolute path in the container. */
  readonly mountPath: string;
  /** A path within the volume. @default - its root */
  readonly subPath?: V;
  /** @default true */
  readonly readOnly?: boolean;
}

/** As whom the pods run (Kubernetes core/v1 PodSecurityContext); the rest is that of the `restricted` Pod Security level, whatever is written here. */
export interface PodSecurityContextArgs {
  /** User id, 1 or more. @default - 10001; of a custom container that of its image, which must not be root */
  readonly runAsUser?: number;
  /** Group id. @default - 10001; of a custom container that of its image */
  readonly runAsGroup?: number;
  /** Group that owns volumes which can be owned. @default - 10001 */
  readonly fsGroup?: number;
  /** Further groups. @default - none */
  readonly supplementalGroups?: readonly number[];
}

/** How pods of a new revision take the place of the old (Kubernetes apps/v1 RollingUpdateDeployment): counts, or percents such as `"25%"`. */
export interface RollingUpdateArgs {
  /** Pods above `instanceCount` during an update. @default - `"25%"` */
  readonly maxSurge?: number | string;
  /** Pods that may be missing during an update. Where no node has room for one more, such as for its GPU, write 1 here and 0 above. @default - 0 */
  readonly maxUnavailable?: number | string;
}

/** Where collected data goes from Kubernetes: to a volume that all pods write to, or to an address that takes batches of CloudEvents by POST. */
export type CollectedDataArgs<V> =
  /** Name of a PersistentVolumeClaim in the namespace; `ReadWriteMany` where there are several instances. Each pod writes files of its own. */
  | { readonly claim: V }
  /** An address of http or https; whoever is there takes it without credentials. */
  | { readonly url: V };

/** What only Kubernetes understands of a deployment, in its own names. Validated on every target, used on Kubernetes. */
export interface KubernetesDeploymentArgs<V> {
  /** Image of this deployment's container instead of the target's: one with the Python packages its script needs. @default - the target's */
  readonly scoringImage?: V;
  /** The container's resources. A GPU stands in `limits`: `{ limits: { "nvidia.com/gpu": "1" } }`. @default - no limits; requests of 100m cpu and 256Mi memory, each where nothing of it is written */
  readonly resources?: ResourcesArgs<V>;
  /** @default - none */
  readonly nodeSelector?: Readonly<Record<string, V>>;
  /** @default - none */
  readonly tolerations?: readonly TolerationArgs[];
  /** A core/v1 Affinity, as Kubernetes spells it. @default - none */
  readonly affinity?: Readonly<Record<string, unknown>>;
  /** @default - none */
  readonly priorityClassName?: V;
  /** Labels of the pods besides the recommended ones. @default - none */
  readonly podLabels?: Readonly<Record<string, V>>;
  /** @default - none */
  readonly podAnnotations?: Readonly<Record<string, V>>;
  /** An existing service account by name, or annotations of the one that is made. @default - one is made without annotations */
  readonly serviceAccount?: { readonly name?: V; readonly annotations?: Readonly<Record<string, V>> };
  /** Names of Secrets with registry credentials. @default - none */
  readonly imagePullSecrets?: readonly V[];
  /** How pods are spread (core/v1 TopologySpreadConstraint), as Kubernetes spells it. @default - over nodes and zones, as far as possible */
  readonly topologySpreadConstraints?: readonly Readonly<Record<string, unknown>>[];
  /** Volumes besides the library's own. @default - none */
  readonly volumes?: readonly VolumeArgs[];
  /** Where the container sees them. @default - none */
  readonly volumeMounts?: readonly VolumeMountArgs<V>[];
  /** @default - see its fields */
  readonly securityContext?: PodSecurityContextArgs;
  /** Where `dataCollector` of the deployment puts what it keeps, in Azure's folders and form. @default - nowhere: `dataCollector` is refused */
  readonly collectedData?: CollectedDataArgs<V>;
  /** @default - see its fields */
  readonly rollingUpdate?: RollingUpdateArgs;
  /**
   * Where the pods may call out with `egressPublicNetworkAccess: "disabled"`; with any entry, names may be looked up too, at the cluster's DNS pods.
   * @default - nowhere
   */
  readonly egressAllow?: readonly EgressAllowArgs[];
}

const toleration = () =>
  strict({
    key: text("a taint's key").optional(),
    operator: oneOf("Exists", "Equal").optional(),
    value: z.string({ error: "expected a string" }).optional(),
    effect: oneOf("NoSchedule", "PreferNoSchedule", "NoExecute").optional(),
    tolerationSeconds: whole("seconds", 0).optional(),
  });

/** RFC 1123: what Kubernetes calls a label. */
const LABEL = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

const objects = (what: string) => list(record(z.unknown(), what), `a list, each ${what}`);

const volume = () =>
  under(
    record(z.unknown(), "a core/v1 Volume: { name, … }"),
    (value) => refusing([], Object.keys(value).length === 2 ? undefined : "expected a name and one source, such as emptyDir: {}"),
    ({ name }) => refusing(["name"], typeof name === "string" && LABEL.test(name) ? undefined : 'expected a name of 1 to 63 of a-z, 0-9 and "-", a letter or digit first and last'),
  ) as unknown as z.ZodType<VolumeArgs, VolumeArgs>;

const volumeMount = <V>() =>
  strict({
    name: text("a volume's name"),
    mountPath: text("a path").regex(/^\/[^:]+$/, { error: 'expected an absolute path without a colon, and not "/" itself' }),
    subPath: late<V>("a path within the volume").optional(),
    readOnly: flag().default(true),
  });

const securityContext = () =>
  strict({
    runAsUser: whole("user ids", 1).optional(),
    runAsGroup: whole("group ids", 0).optional(),
    fsGroup: whole("group ids", 0).optional(),
    supplementalGroups: list(whole("group ids", 0), "a list of group ids").optional(),
  });

const share = () =>
  z.custom<number | string>((value) => (typeof value === "number" ? Number.isInteger(value) && value >= 0 : /^(?:100|\d{1,2})%$/.test(String(value))), {
    error: 'expected a whole number of pods, or a percent such as "25%"',
  });

/** Of `maxSurge` and `maxUnavailable`: every pod stays until another is ready. */
const DEFAULT = ["25%", 0] as const;

/** With neither, no pod could be replaced. */
const rollingUpdate = () =>
  under(strict({ maxSurge: share().optional(), maxUnavailable: share().optional() }), ({ maxSurge, maxUnavailable }) => {
    const moves = [maxSurge, maxUnavailable].some((value, i) => Number.parseInt(String(value ?? DEFAULT[i]), 10) > 0);
    return refusing([], moves ? undefined : "expected maxSurge or maxUnavailable above 0");
  });

/** A rolling update, with what is not written. */
export const settleRollingUpdate = ({ maxSurge = DEFAULT[0], maxUnavailable = DEFAULT[1] }: RollingUpdateArgs = {}) => ({ maxSurge, maxUnavailable });

const collectedData = <V>() =>
  either(
    (value) => typeof value === "object" && value !== null && "url" in value,
    strict({ url: late<V>("an address").refine((value) => isLate(value) || /^(?:https?:\/\/[^/]|<)/.test(String(value)), { error: "expected an address of http or https" }) }).transform((value) => withMore(value, { kind: () => "url" as const })),
    strict({ claim: late<V>("a PersistentVolumeClaim's name") }, "where data goes: { claim } or { url }").transform((value) => withMore(value, { kind: () => "claim" as const })),
  );

/** @internal */
export const kubernetesDeployment = <V>() =>
  strict({
    scoringImage: late<V>("an image").optional(),
    resources: resources<V>().optional(),
    nodeSelector: lateMap<V>().optional(),
    tolerations: list(toleration(), "a list of tolerations").optional(),
    affinity: record(z.unknown(), "a core/v1 Affinity").optional(),
    priorityClassName: late<V>("a name").optional(),
    podLabels: lateMap<V>().optional(),
    podAnnotations: lateMap<V>().optional(),
    serviceAccount: strict({ name: late<V>("a name").optional(), annotations: lateMap<V>().optional() }).optional(),
    imagePullSecrets: list(late<V>("a Secret's name"), "a list of Secret names").optional(),
    topologySpreadConstraints: objects("a core/v1 TopologySpreadConstraint").optional(),
    volumes: list(volume(), "a list of volumes").default([]),
    volumeMounts: list(volumeMount<V>(), "a list of volume mounts").default([]),
    securityContext: securityContext().optional(),
    collectedData: collectedData<V>().optional(),
    rollingUpdate: rollingUpdate().optional(),
    egressAllow: egressAllow().default([]),
  });
