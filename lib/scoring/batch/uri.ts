/** Addresses of inputs and outputs. */
import { fileURLToPath } from "node:url";

/** The address cannot be used here; the text says why and what to write instead. */
export class UriError extends Error {
  override readonly name = "UriError";
}

/** Data on this machine, or somewhere that only fsspec or a download reaches. */
export type Place = { readonly kind: "local"; readonly path: string } | { readonly kind: "remote"; readonly uri: string; readonly scheme: string };

/** Where jobs run decides which addresses there are. Both throw {@link UriError}. */
export interface Addresses {
  /** Where an input is. */
  input(uri: string): Place;
  /** Where an output goes: https takes none. */
  output(uri: string): Place;
  /** Scheme of what stands at a path of this machine or pod. */
  readonly own: "file:" | "pvc:";
}

const REMOTE: readonly string[] = ["s3", "az", "abfs", "abfss", "gs"];

/** Where an input is, on this machine. */
export const inputPlace = (uri: string): Place => {
  const scheme = schemeOf(uri);
  return scheme === "https" || (scheme === "http" && isLoopback(uri)) ? { kind: "remote", uri, scheme } : place(uri, scheme, "file:, https:, s3:, az: or gs:");
};

/** Where an output goes, on this machine. */
export const outputPlace = (uri: string): Place => place(uri, schemeOf(uri), "file:, s3:, az: or gs:");

/** Of this machine. */
export const HERE: Addresses = { input: inputPlace, output: outputPlace, own: "file:" };

const place = (uri: string, scheme: string, expected: string): Place => {
  if (scheme === "file") return { kind: "local", path: pathOf(uri) };
  if (scheme === "pvc") throw new UriError(`${uri} is a volume claim of a cluster, which localhost does not have: expected ${expected}`);
  return elsewhere(uri, scheme, expected, "file:///data/in");
};

/** An address that is the same wherever a job runs. Throws {@link UriError}. */
export const elsewhere = (uri: string, scheme: string, expected: string, example: string): Place => {
  if (REMOTE.includes(scheme)) return { kind: "remote", uri, scheme };
  if (scheme === "azureml" || uri.startsWith("/subscriptions/")) throw new UriError(`${uri} is an address of Azure Machine Learning, which nothing outside Azure can read: expected ${expected}`);
  if (scheme === "") throw new UriError(`${JSON.stringify(uri)} is no address: expected ${expected}, such as ${example}`);
  throw new UriError(`${shown(uri)}: addresses of ${scheme}: cannot be used here: expected ${expected}`);
};

const pathOf = (uri: string): string => {
  try {
    return fileURLToPath(uri).replace(/(?<=.)\/+$/, "");
  } catch {
    throw new UriError(`${uri} is no file address: expected file:///, and an absolute path`);
  }
};

/** As it may be printed: what stands behind the path of a web address may be a signature. */
export const shown = (uri: string): string => (/^https?:/i.test(uri) ? uri.replace(/[?#].*$/s, "") : uri);

/** In lower case; empty where there is none. */
export const schemeOf = (uri: string): string => /^([a-z][a-z0-9+.-]*):/i.exec(uri)?.[1]?.toLowerCase() ?? "";

const isLoopback = (uri: string): boolean => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(URL.parse(uri)?.hostname ?? "");
