/** The file behind `--tokens`: whose tokens are accepted, for which audience, and from which callers. */
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { z } from "zod";

/** Signatures that whoever knows the public key can check and not make. With others, a public key would be a password. */
const ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"] as const;
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** Who may call. One match in any list is enough. */
export type Callers = Readonly<z.infer<typeof Lists>> | "any";

/** Where keys are fetched. */
export interface Remote {
  readonly url: string;
  /** Certificates that sign the server's own, in place of the public ones. */
  readonly caFile?: string | undefined;
  /** A file with a token that the server wants to see. */
  readonly tokenFile?: string | undefined;
}

/** Public keys, as RFC 7517 writes them. */
export interface KeySet {
  readonly keys: readonly Readonly<Record<string, unknown>>[];
}

/** One entry: tokens that these issuers have signed for these audiences. */
export interface Accepted {
  readonly issuers: readonly string[];
  readonly audiences: readonly string[];
  readonly algorithms: readonly string[];
  readonly callers: Callers;
  readonly keys: Remote | KeySet;
}

const text = z.string().min(1);
const texts = z.array(text).min(1);
const oneOrMore = z.union([text.transform((one) => [one]), texts], { error: "expected a text or a list of texts" });

const Lists = z
  .strictObject({ subjects: texts.optional(), clientIds: texts.optional(), roles: texts.optional() })
  .refine((lists) => Object.values(lists).some((list) => list !== undefined), { error: 'expected subjects, clientIds or roles; write "any" to accept every caller of the issuer' });

const JsonKeySet = z.object({ keys: z.array(z.record(z.string(), z.unknown())).min(1) });

const shared = {
  audience: oneOrMore,
  callers: z.union([z.literal("any"), Lists]),
  algorithms: z.array(z.enum(ALGORITHMS)).min(1).optional(),
};

const Explicit = z.strictObject({ issuer: oneOrMore, jwks: z.union([text, JsonKeySet]), jwksCaFile: text.optional(), jwksTokenFile: text.optional(), ...shared });

/** Microsoft Entra: `tenant` stands for its two issuers and the address of its keys. */
const Entra = z.strictObject({ tenant: z.guid({ error: "expected the tenant's id, a UUID" }), ...shared });

/** Service accounts of the Kubernetes cluster that this container runs in: `cluster` is a folder with a token of its own and the API server's certificates. */
const Cluster = z.strictObject({ cluster: text, ...shared });

type Entry = z.infer<typeof Explicit>;

/** Reads the file, and the files of keys that it names. The text changes when any of them does. */
export async function readTokensFile(path: string): Promise<{ text: string; value: readonly Accepted[] }> {
  const source = await readFile(path, "utf8");
  const folder = dirname(path);
  const named: string[] = [];
  const keysIn = async (file: string): Promise<KeySet> => {
    const content = await readFile(file, "utf8");
    named.push(content);
    const keys = JsonKeySet.safeParse(json(file, content));
    if (!keys.success) throw new Error(`${file}: ${problems(keys.error, "")}`);
    return keys.data;
  };
  const value: Accepted[] = [];
  for (const entry of parse(path, source)) {
    const explicit = "cluster" in entry ? await fromCluster(entry, folder) : entry;
    // The pod's own token is another every hour; who issues them stays.
    if ("cluster" in entry) named.push(String(explicit.issuer));
    value.push(await accepted(path, explicit, folder, keysIn));
  }
  return { text: JSON.stringify([source, ...named]), value };
}

function parse(path: string, source: string): (Entry | z.infer<typeof Cluster>)[] {
  const list = json(path, source);
  if (!Array.isArray(list) || list.length === 0) throw new Error(`${path}: expected a list of issuers that is not empty`);
  return list.map((each: unknown, at) => {
    const has = (key: string): boolean => typeof each === "object" && each !== null && key in each;
    const schema = has("tenant") ? Entra.transform(fromEntra) : has("cluster") ? Cluster : Explicit;
    const parsed = schema.safeParse(each);
    if (!parsed.success) throw new Error(`${path}: ${problems(parsed.error, `[${at}]`)}`);
    return parsed.data;
  });
}

const fromEntra = ({ tenant, ...rest }: z.infer<typeof Entra>): Entry => ({
  issuer: [`https://login.microsoftonline.com/${tenant}/v2.0`, `https://sts.windows.net/${tenant}/`],
  jwks: `https://login.microsoftonline.com/${tenant}/discovery/v2.0/keys`,
  ...rest,
});

/** Its own token says who issues tokens here; the environment says where the API server is. */
async function fromCluster({ cluster, ...rest }: z.infer<typeof Cluster>, folder: string): Promise<Entry> {
  const tokenFile = resolve(folder, cluster, "token");
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = "443" } = process.env;
  if (host === undefined) throw new Error(`cluster: KUBERNETES_SERVICE_HOST is not set, so this is no pod of a cluster`);
  const address = host.includes(":") ? `[${host}]` : host;
  return { ...rest, issuer: [issuerOf(tokenFile, await readFile(tokenFile, "utf8"))], jwks: `https://${address}:${port}/openid/v1/jwks`, jwksCaFile: resolve(folder, cluster, "ca.crt"), jwksTokenFile: tokenFile };
}

/** Not checked: whoever could write this file could write the list of issuers too. */
function issuerOf(file: string, token: string): string {
  try {
    const { iss } = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as { iss?: unknown };
    if (typeof iss === "string" && iss !== "") return iss;
  } catch {
    // Said below; the token is quoted nowhere.
  }
  throw new Error(`${file} is no token that names its issuer`);
}

async function accepted(path: string, entry: Entry, folder: string, keysIn: (file: string) => Promise<KeySet>): Promise<Accepted> {
  const { issuer, audience, algorithms = ALGORITHMS, callers, jwks, jwksCaFile, jwksTokenFile } = entry;
  const file = (name: string | undefined): string | undefined => (name === undefined ? undefined : resolve(folder, name));
  const rest = { issuers: issuer, audiences: audience, algorithms, callers };
  if (typeof jwks !== "string") return { ...rest, keys: jwks };
  if (!/^https?:/.test(jwks)) return { ...rest, keys: await keysIn(resolve(folder, jwks)) };
  const url = URL.parse(jwks);
  if (url === null) throw new Error(`${path}: jwks: ${JSON.stringify(jwks)} is not an address`);
  if (url.protocol === "http:" && !LOOPBACK.test(url.hostname)) {
    throw new Error(`${path}: jwks: expected https, because whoever could change the keys on their way could let anybody in; got ${jwks}`);
  }
  return { ...rest, keys: { url: url.href, caFile: file(jwksCaFile), tokenFile: file(jwksTokenFile) } };
}

function json(path: string, source: string): unknown {
  try {
    return JSON.parse(source);
  } catch {
    throw new Error(`${path} is not JSON`);
  }
}

const problems = (error: z.ZodError, place: string): string =>
  error.issues.map((issue) => `${[place, ...issue.path].filter((part) => part !== "").join(".")}: ${issue.message}`).join("; ");
