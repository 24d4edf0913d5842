/** Tokens that somebody else has signed: from Microsoft Entra, from a Kubernetes cluster, from any issuer that publishes its keys. */
import { hash } from "node:crypto";
import type { JSONWebKeySet, JWTPayload } from "jose";
import { bearer } from "./auth.ts";
import type { Caller, Door, Verdict } from "./auth.ts";
import { RemoteKeys } from "./jwks.ts";
import type { FindKey } from "./jwks.ts";
import { warn } from "./log.ts";
import { reread } from "./reread.ts";
import { readTokensFile } from "./tokens-file.ts";
import type { Accepted, Callers, Remote } from "./tokens-file.ts";

/** How far the clocks of issuer and server may differ. */
const TOLERANCE_S = 60;
/** So long a token that has been checked is not checked again, nor longer than it is valid. */
const REMEMBERED_MS = 5 * 60_000;
/** So many are remembered; each takes some 300 bytes. */
const MOST_REMEMBERED = 2000;
/** Between two lines about refusals of one kind: strangers must not be able to fill the log. */
const COMPLAINT_MS = 10_000;

type Jose = typeof import("jose");

/** An issuer with the way to its keys. */
interface Issuer extends Accepted {
  readonly find: FindKey;
}

/** What was found out about a token, by its hash. */
type Memory = Map<string, { readonly verdict: Verdict; readonly until: number }>;

/** Accepts the tokens that the file describes, and watches the file. Keys that cannot be fetched yet stop nobody but those who need them. */
export async function openTokens(path: string): Promise<Door> {
  const tokens = new Tokens(await import("jose"));
  const stop = await reread({ what: "accepted tokens", path, load: () => readTokensFile(path), changed: (accepted) => tokens.accept(accepted) });
  return { authorize: (header) => tokens.authorize(header), stop };
}

class Tokens {
  readonly #jose: Jose;
  #issuers: readonly Issuer[] = [];
  #memory: Memory = new Map();
  /** By address, so that a change of the file does not lose keys that have been fetched. */
  #remotes = new Map<string, RemoteKeys>();
  readonly #complaints = new Map<string, number>();

  constructor(jose: Jose) {
    this.#jose = jose;
  }

  accept(accepted: readonly Accepted[]): void {
    const remotes = new Map<string, RemoteKeys>();
    this.#issuers = accepted.map((each) => ({ ...each, find: "url" in each.keys ? this.#remote(each.keys, remotes).find : this.#jose.createLocalJWKSet(each.keys as unknown as JSONWebKeySet) }));
    this.#remotes = remotes;
    this.#forget();
  }

  authorize(header: string | undefined): Verdict | Promise<Verdict> {
    const token = bearer(header);
    if (token === undefined) return "unauthorized";
    const name = hash("sha256", token, "base64url");
    const known = this.#memory.get(name);
    if (known !== undefined && known.until > Date.now()) return known.verdict;
    const issuer = this.#issuerOf(token);
    const candidates = this.#issuers.filter(({ issuers }) => issuer !== undefined && issuers.includes(issuer));
    if (candidates.length > 0) return this.#judge(token, name, candidates);
    this.#complain(issuer === undefined ? "it is not a web token" : "its issuer is not in the list");
    return "unauthorized";
  }

  #remote(remote: Remote, kept: Map<string, RemoteKeys>): RemoteKeys {
    const name = JSON.stringify(remote);
    const keys = kept.get(name) ?? this.#remotes.get(name) ?? new RemoteKeys(this.#jose, remote, () => this.#forget());
    kept.set(name, keys);
    return keys;
  }

  /** A new map, not an empty one: what is being checked by the old keys is written into the old one. */
  #forget(): void {
    this.#memory = new Map();
  }

  /** Who is said to have signed it. Nothing else is believed before the signature has been checked. */
  #issuerOf(token: string): string | undefined {
    try {
      return this.#jose.decodeJwt(token).iss;
    } catch {
      return undefined;
    }
  }

  /** The best that one of the entries says. */
  async #judge(token: string, name: string, candidates: readonly Issuer[]): Promise<Verdict> {
    const memory = this.#memory;
    let verdict: Verdict = "unauthorized";
    for (const issuer of candidates) {
      const payload = await this.#verified(token, issuer);
      if (payload === undefined) continue;
      const { sub: subject = "", exp = 0 } = payload;
      const caller: Caller = { kind: "token", subject };
      verdict = mayCall(issuer.callers, payload) ? caller : { kind: "forbidden", caller };
      remember(memory, name, verdict, Math.min(exp * 1000, Date.now() + REMEMBERED_MS));
      if (verdict.kind === "token") break;
    }
    return verdict;
  }

  async #verified(token: string, { issuers, audiences, algorithms, find }: Issuer): Promise<JWTPayload | undefined> {
    try {
      const options = { issuer: [...issuers], audience: [...audiences], algorithms: [...algorithms], clockTolerance: TOLERANCE_S, requiredClaims: ["exp", "sub"] };
      const { payload } = await this.#jose.jwtVerify(token, find, options);
      if (typeof payload.sub === "string" && payload.sub !== "") return payload;
      this.#complain('"sub" is not a text');
    } catch (error) {
      const { code, claim, message } = error as Error & { code?: string; claim?: string };
      this.#complain(message.replaceAll(/[^ -~]/g, "?").slice(0, 200), `${code} ${claim}`);
    }
    return undefined;
  }

  /** In the library's words, which never quote the token. Of one kind there is one line in a while, whatever strangers write into their tokens. */
  #complain(reason: string, kind = reason): void {
    const now = performance.now();
    if (now - (this.#complaints.get(kind) ?? -Infinity) < COMPLAINT_MS) return;
    this.#complaints.set(kind, now);
    warn(`a token was refused: ${reason}`);
  }
}

function remember(memory: Memory, name: string, verdict: Verdict, until: number): void {
  const [oldest] = memory.keys();
  if (memory.size >= MOST_REMEMBERED && oldest !== undefined) memory.delete(oldest);
  memory.set(name, { verdict, until });
}

/** `azp` is what Entra's tokens of version 2 call the client, `appid` those of version 1. */
function mayCall(callers: Callers, { sub, azp, appid, roles }: JWTPayload): boolean {
  if (callers === "any") return true;
  const has = (list: readonly string[] | undefined, claim: unknown): boolean => typeof claim === "string" && list?.includes(claim) === true;
  if (has(callers.subjects, sub) || has(callers.clientIds, azp) || has(callers.clientIds, appid)) return true;
  return Array.isArray(roles) && roles.some((role) => has(callers.roles, role));
}
