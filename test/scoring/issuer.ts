/** An issuer of tokens on loopback, and tokens of every kind, good and bad. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { RequestListener, Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SignJWT, exportJWK, generateKeyPair } from "jose";
import type { CryptoKey, JWK, JWTPayload } from "jose";
import { onTestFinished } from "vitest";
import { fixtures } from "./harness.ts";

export const ISSUER = "https://issuer.example.com/";
export const AUDIENCE = "api://credit";

/** A pair of keys with a name. */
export interface SigningKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}

export async function signingKey(kid: string, alg = "RS256"): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: "sig" } };
}

export const now = (): number => Math.floor(Date.now() / 1000);

/** A token that is good in everything but what is given; undefined leaves a claim out. */
export function token({ kid, alg, privateKey }: SigningKey, claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}): Promise<string> {
  const all = { iss: ISSUER, aud: AUDIENCE, sub: "caller-1", iat: now(), nbf: now() - 1, exp: now() + 600, ...claims };
  const payload = JSON.parse(JSON.stringify(all)) as JWTPayload;
  return new SignJWT(payload).setProtectedHeader({ alg, kid, ...header }).sign(privateKey);
}

export const folder = (): string => {
  const path = mkdtempSync(join(tmpdir(), "scoring-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
};

/** A tokens file with these entries; what is not given of an entry is that of {@link token}. */
export function tokensFile(entries: readonly object[], into = folder()): string {
  const path = join(into, "tokens.json");
  writeFileSync(path, JSON.stringify(entries.map((entry) => ({ issuer: ISSUER, audience: AUDIENCE, callers: "any", ...entry }))));
  return path;
}

/** A server that answers with these keys, and counts how often it was asked. `respond` stands in for an issuer in trouble. */
export interface KeyServer {
  readonly url: string;
  keys: readonly JWK[];
  asked: { authorization: string | undefined }[];
  respond: RequestListener | undefined;
}

const JWK_SET = "application/jwk-set+json";

export async function keyServer(keys: readonly JWK[], { tls = false, port = 0 } = {}): Promise<KeyServer> {
  const state: Omit<KeyServer, "url"> & { url: string } = { url: "", keys, asked: [], respond: undefined };
  const listener: RequestListener = (request, response) => {
    state.asked.push({ authorization: request.headers.authorization });
    if (state.respond !== undefined) return state.respond(request, response);
    // Kubernetes has its keys in this type alone, and refuses whoever does not ask for it. Entra has them in the other.
    if (request.headers.accept?.includes(JWK_SET) !== true || !request.headers.accept.includes("application/json")) return void response.writeHead(406).end();
    response.writeHead(200, { "Content-Type": JWK_SET }).end(JSON.stringify({ keys: state.keys }));
  };
  const read = (name: string): Buffer => readFileSync(`${fixtures}tls/${name}.pem`);
  const server: Server = tls ? createTlsServer({ key: read("key"), cert: read("cert") }, listener) : createServer(listener);
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  state.url = `${tls ? "https" : "http"}://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
  return state;
}
