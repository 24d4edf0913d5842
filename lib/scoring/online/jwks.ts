/** An issuer's public keys, fetched from it, kept, and fetched again when they are old or a token names one that is not among them. */
import { readFile } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { CryptoKey, FlattenedJWSInput, JSONWebKeySet, JWSHeaderParameters } from "jose";
import { info, warn } from "./log.ts";
import type { Remote } from "./tokens-file.ts";

/** Keys older than this are fetched again before they are believed; when that fails, they go on. */
const FRESH_MS = 10 * 60_000;
/** So long at most: who can keep us from the issuer must not keep a key alive that it has withdrawn. */
const OLDEST_HOURS = 24;
/** Between two fetches, whatever tokens people make up. */
const COOLDOWN_MS = 10_000;
/** The same after one that failed, so that the issuer's return is noticed soon. */
const RETRY_MS = 2000;
const FETCH_MS = 5000;
const LARGEST_BYTES = 1024 * 1024;

/** Finds the key that has signed a token, or rejects. */
export type FindKey = (header: JWSHeaderParameters, token: FlattenedJWSInput) => Promise<CryptoKey>;

/** The part of `jose` that is needed here. It is loaded only where tokens are accepted. */
export interface Jose {
  readonly createLocalJWKSet: (keys: JSONWebKeySet) => FindKey;
  readonly errors: { readonly JWKSNoMatchingKey: new (...args: never[]) => Error };
}

export class RemoteKeys {
  readonly #jose: Jose;
  readonly #remote: Remote;
  readonly #changed: () => void;
  #find: FindKey | undefined;
  #text = "";
  #fetchedAt = -Infinity;
  #triedAt = -Infinity;
  #fetching: Promise<void> | undefined;

  /** `changed` is called when there are other keys than before, and what they have signed must be checked again. */
  constructor(jose: Jose, remote: Remote, changed: () => void) {
    this.#jose = jose;
    this.#remote = remote;
    this.#changed = changed;
    void this.#refresh(0);
  }

  readonly find: FindKey = async (header, token) => {
    if (this.#find === undefined) await this.#refresh(RETRY_MS);
    else if (this.#age > FRESH_MS) await this.#refresh(COOLDOWN_MS);
    if (this.#find === undefined) throw new Error(`the keys at ${this.#remote.url} have not been fetched yet`);
    if (this.#age > OLDEST_HOURS * 3_600_000) throw new Error(`the keys from ${this.#remote.url} are older than ${OLDEST_HOURS} hours`);
    try {
      return await this.#find(header, token);
    } catch (error) {
      if (!(error instanceof this.#jose.errors.JWKSNoMatchingKey)) throw error;
      await this.#refresh(COOLDOWN_MS);
      return await this.#find(header, token);
    }
  };

  /** Of the keys, in milliseconds. */
  get #age(): number {
    return performance.now() - this.#fetchedAt;
  }

  /** Joins a fetch that is under way; begins none so soon after the last. */
  async #refresh(pauseMs: number): Promise<void> {
    if (this.#fetching === undefined && performance.now() - this.#triedAt < pauseMs) return;
    this.#fetching ??= this.#fetch().finally(() => (this.#fetching = undefined));
    await this.#fetching;
  }

  async #fetch(): Promise<void> {
    this.#triedAt = performance.now();
    const { url } = this.#remote;
    try {
      const text = await download(this.#remote);
      if (text !== this.#text) {
        this.#find = this.#jose.createLocalJWKSet(JSON.parse(text) as JSONWebKeySet);
        this.#text = text;
        this.#changed();
        info(`token keys were fetched from ${url}`);
      }
      this.#fetchedAt = performance.now();
    } catch (error) {
      const consequence = this.#find === undefined ? "their tokens get 401 until it can" : "those from before go on";
      warn(`token keys cannot be fetched from ${url}: ${error instanceof Error ? error.message : String(error)}; ${consequence}`);
    } finally {
      this.#triedAt = performance.now();
    }
  }
}

/** Follows no redirect: the token is for that server alone. */
async function download({ url, caFile, tokenFile }: Remote): Promise<string> {
  const [ca, token] = await Promise.all([read(caFile), read(tokenFile)]);
  // Kubernetes gives 406 to whoever asks for JSON alone.
  const headers: Record<string, string> = { accept: "application/jwk-set+json, application/json" };
  if (token !== undefined) headers["authorization"] = `Bearer ${token.trim()}`;
  const options = { headers, agent: false, signal: AbortSignal.timeout(FETCH_MS), ...(ca === undefined ? {} : { ca }) };
  return new Promise((resolve, reject) => {
    const outgoing = (url.startsWith("https:") ? httpsRequest : httpRequest)(url, options, (incoming) => {
      let text = "";
      incoming.setEncoding("utf8");
      incoming.on("data", (chunk: string) => {
        text += chunk;
        if (text.length > LARGEST_BYTES) incoming.destroy(new Error(`the answer is larger than ${LARGEST_BYTES} bytes`));
      });
      incoming.on("error", reject);
      incoming.on("end", () => (incoming.statusCode === 200 ? resolve(text) : reject(new Error(`the answer is ${incoming.statusCode}`))));
    });
    outgoing.on("error", (error) => reject(error.name === "AbortError" || error.name === "TimeoutError" ? new Error(`no answer within ${FETCH_MS} ms`) : error));
    outgoing.end();
  });
}

const read = async (file: string | undefined): Promise<string | undefined> => (file === undefined ? undefined : await readFile(file, "utf8"));
