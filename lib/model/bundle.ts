/** Local files as a compiler sees them: read beforehand, by `assets`, so that compilers touch no disk. */

/** One file of a bundle. */
export interface BundleFile {
  /** Path inside the bundle, with forward slashes. */
  readonly path: string;
  /** Where it lies on this machine. */
  readonly source: string;
  readonly size: number;
  /** SHA-256 of the content, in hexadecimal; for a bundle read in place, of path, size and time of change instead. */
  readonly sha256: string;
  /** The content, where the whole bundle is small enough to travel in an object of a cluster. */
  readonly bytes?: Uint8Array;
}

/** A file or a folder. */
export interface Bundle {
  readonly kind: "file" | "folder";
  /** Last part of its path: what Azure calls it below `AZUREML_MODEL_DIR`. */
  readonly name: string;
  /** Where it lies on this machine. */
  readonly root: string;
  /** In order of their paths. */
  readonly files: readonly BundleFile[];
  readonly bytes: number;
  /** Twelve hexadecimal characters that change with any name or content in it, and with nothing else. */
  readonly hash: string;
}

/** The local files of one deployment. */
export interface DeploymentAssets {
  readonly model?: Bundle | undefined;
  readonly code?: Bundle | undefined;
  /** The conda or requirements file. */
  readonly environment?: Bundle | undefined;
}

/** The local files of an endpoint, by deployment. */
export type Assets = Readonly<Record<string, DeploymentAssets>>;

/** More than this, in bytes, does not travel in a bundle: a ConfigMap holds 1 MiB with everything around the files. */
export const INLINE_LIMIT = 900 * 1024;
