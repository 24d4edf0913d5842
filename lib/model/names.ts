/**
 * Names. One rule is legal on every target: Azure's (a letter first, 3 to 32 letters, digits and single dashes) in lower case, because Azure's
 * clients lower-case deployment names and Kubernetes allows nothing else.
 */
import { z } from "zod";

/** Azure's limit on endpoint and deployment names (how-to-manage-quotas). */
export const NAME_LIMIT = 32;

const SHAPE = /^[a-z](?:-?[a-z0-9])*$/;

/** Why a name is refused, or nothing. */
export const nameProblem = (value: string): string | undefined => {
  if (value.length >= 3 && value.length <= NAME_LIMIT && SHAPE.test(value)) return undefined;
  if (value.includes("--")) return 'expected single dashes, because "--" joins endpoint and deployment in derived names';
  return 'expected 3-32 of a-z, 0-9 and "-", starting with a letter and not ending with "-"';
};

/** An endpoint's or a deployment's name. @internal */
export const name = () =>
  z.string({ error: "expected a name" }).superRefine((value, context) => {
    const message = nameProblem(value);
    if (message !== undefined) context.addIssue({ code: "custom", message });
  });

/** What names are derived from besides what is written. Hashing is the caller's, so that this folder stays pure. */
export interface Naming {
  /** `organisation/project/stack`. */
  readonly stack: string;
  /** SHA-256 in hexadecimal. */
  readonly sha256: (text: string) => string;
}

/**
 * The endpoint's default name on Azure, where names are unique per region: the logical name, and six characters that tell stacks apart. A name
 * that grows too long is cut, and the whole of it hashed, so that two that begin alike stay two.
 */
export const azureName = (logical: string, { stack, sha256 }: Naming): string => {
  const room = NAME_LIMIT - 7;
  const hashed = logical.length <= room ? stack : `${stack}/${logical}`;
  return `${logical.slice(0, room).replace(/-+$/, "")}-${sha256(hashed).slice(0, 6)}`;
};

/**
 * Six hexadecimal characters (FNV-1a) that tell two texts apart well enough where a clash does no harm: this folder and the compilers need no
 * cryptography.
 */
export const shortHash = (text: string): string => {
  const hash = Array.from(text).reduce((before, letter) => Math.imul(before ^ (letter.codePointAt(0) ?? 0), 0x01000193), 0x811c9dc5) >>> 0;
  return ((hash >>> 24) ^ (hash & 0xffffff)).toString(16).padStart(6, "0");
};

/** A name that fits: one that is too long is cut, and the whole of it hashed. */
export const cutName = (whole: string, limit: number): string => (whole.length <= limit ? whole : `${whole.slice(0, limit - 7)}-${shortHash(whole)}`);

/** What a deployment of an endpoint is called wherever one name must say both. Double dashes are refused in names, so pairs never clash. */
export const pairName = (endpoint: string, deployment: string): string => `${endpoint}--${deployment}`;
