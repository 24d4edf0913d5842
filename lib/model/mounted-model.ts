/** Models that a cluster has already, in an image or on a volume. */
import { late, oneOf, refusing, strict, text, under } from "./fields.ts";
import { withMore } from "./refused.ts";

/** What every model says, wherever it is. */
interface MountedArgs {
  /** What is in it. @default "custom_model" */
  readonly type?: "custom_model" | "mlflow_model";
  /** A folder below which a script finds it, as Azure's layout has it. @default - the endpoint's name */
  readonly name?: string;
  /** The folder below `name`. @default - derived from where it is */
  readonly version?: string;
}

/** A model in a container image. Kubernetes alone. */
export interface ModelImageArgs<V> extends MountedArgs {
  /** The image, best by digest; `imagePullSecrets` are those of the pods. */
  readonly image: V;
  /** Absolute path of a file or folder in it. A script finds it under its last part. @default - the whole image, as the model's folder */
  readonly path?: string;
  /**
   * `volume`: the cluster mounts it (image volumes: Kubernetes 1.36, or 1.35 where they are not switched off; `path` is a folder). `copy`: `cp`, which the
   * image must hold, copies `path` before the container starts, on any cluster. @default "volume"
   */
  readonly mount?: "volume" | "copy";
}

/** A model on a volume that exists. Kubernetes alone. */
export interface ModelClaimArgs<V> extends MountedArgs {
  /** Name of a PersistentVolumeClaim in the endpoint's namespace; mounted read-only, by every pod. */
  readonly claim: V;
  /** Path of a file or folder on the volume, without a slash before it. A script finds it under its last part. @default - the whole volume */
  readonly path?: string;
}

/** Azure's rule for names and versions of assets; each is also a folder below `AZUREML_MODEL_DIR`. @internal */
export const assetName = (what: string) =>
  text(what).regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,254}$/, { error: `expected ${what} of letters, digits, "-" and "_", a letter or digit first` });

/** What is nowhere else in a path; a colon cannot be mounted. */
const SEGMENTS = "(?!\\.{1,2}(?:/|$))[^/:]+(?:/(?!\\.{1,2}(?:/|$))[^/:]+)*";

const path = (form: string, before: string) =>
  text("a path").regex(new RegExp(`^${before}${SEGMENTS}$`), { error: `expected a path such as "${form}", without "..", a colon, or a slash at the end` });

const common = () => ({ type: oneOf("custom_model", "mlflow_model").default("custom_model"), name: assetName("a name").optional(), version: assetName("a version").optional() });

/** @internal */
export const modelImage = <V>() =>
  under(strict({ image: late<V>("an image"), path: path("/models/credit", "/").optional(), mount: oneOf("volume", "copy").default("volume"), ...common() }, "a model in an image: { image }"), ({ mount, path: inside }) =>
    refusing(["path"], mount === "copy" && inside === undefined ? "expected the path in the image that is copied" : undefined),
  ).transform((value) => withMore(value, { kind: () => "image" as const }));

/** @internal */
export const modelClaim = <V>() =>
  strict({ claim: late<V>("a PersistentVolumeClaim's name"), path: path("models/credit", "").optional(), ...common() }, "a model on a volume: { claim }").transform((value) => withMore(value, { kind: () => "claim" as const }));

interface Mounted {
  readonly type: "custom_model" | "mlflow_model";
  readonly name?: string | undefined;
  readonly version?: string | undefined;
  readonly path?: string | undefined;
}

/** A model that a cluster has already, parsed. */
export type MountedModel<V> =
  | (Mounted & { readonly kind: "image"; readonly image: V; readonly mount: "volume" | "copy" })
  | (Mounted & { readonly kind: "claim"; readonly claim: V });
