/** Addresses on a cluster: volume claims by name, where localhost has paths. */
import { join } from "node:path";
import { elsewhere, schemeOf, UriError, type Addresses, type Place } from "../uri.ts";

const CLAIM = "pvc://<claim>/<path>";
const EXAMPLE = "pvc://data/in";
/** Of Kubernetes: a DNS subdomain. */
const NAME = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;

/** A place on a claim. */
export interface OnClaim {
  readonly claim: string;
  /** Without a slash at either end. */
  readonly path: string;
}

/** What `pvc://<claim>/<path>` names; nothing for another scheme. Throws UriError for an address that leads out of the claim, or names none. */
export const claimOf = (uri: string): OnClaim | undefined => {
  if (schemeOf(uri) !== "pvc") return undefined;
  const [, claim = "", path = ""] = /^pvc:\/\/([^/]*)(.*)$/i.exec(uri) ?? [];
  if (!NAME.test(claim)) throw new UriError(`${uri} names no claim: expected ${CLAIM}`);
  const parts = path.split("/").filter((part) => part !== "");
  if (parts.some((part) => part === ".." || part === ".")) throw new UriError(`${uri}: a path on a claim has no "." and no ".." in it`);
  if (path.includes("\0")) throw new UriError(`${JSON.stringify(uri)}: a path has no zero bytes`);
  return { claim, path: parts.join("/") };
};

/** Addresses where a claim is a folder of its name: below one folder those that are read, below another those that are written. */
export const onCluster = (inputs: string, outputs: string): Addresses => ({
  input: (uri) => (schemeOf(uri) === "https" ? { kind: "remote", uri, scheme: "https" } : place(uri, inputs, `${CLAIM}, https:, s3:, az: or gs:`)),
  output: (uri) => place(uri, outputs, `${CLAIM}, s3:, az: or gs:`),
  own: "pvc:",
});

const place = (uri: string, folder: string, expected: string): Place => {
  const found = claimOf(uri);
  if (found !== undefined) return { kind: "local", path: join(folder, found.claim, found.path) };
  const scheme = schemeOf(uri);
  if (scheme === "file") throw new UriError(`${uri} is a path of one machine, which the pods of a job do not share: expected ${expected}`);
  return elsewhere(uri, scheme, expected, EXAMPLE);
};

/** The words of a reason in the caller's own addresses: a pod knows claims by the folders where they are mounted. */
export const inAddresses = (text: string, ...folders: readonly string[]): string => folders.reduce((said, folder) => said.replaceAll(`${folder}/`, "pvc://"), text);
