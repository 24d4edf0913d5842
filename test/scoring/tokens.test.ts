/** Tokens: which open, which do not, whose keys, and what is written down of them. */
import { createHmac } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import type { Verdict } from "../../lib/scoring/online/auth.ts";
import { readTokensFile } from "../../lib/scoring/online/tokens-file.ts";
import { openTokens } from "../../lib/scoring/online/tokens.ts";
import { fixtures, post, ready } from "./harness.ts";
import { AUDIENCE, ISSUER, folder, keyServer, now, signingKey, token, tokensFile } from "./issuer.ts";
import type { SigningKey } from "./issuer.ts";

let key: SigningKey;
let other: SigningKey;
let log = "";
beforeAll(async () => {
  [key, other] = await Promise.all([signingKey("k1"), signingKey("k2")]);
});
beforeEach(() => {
  log = "";
  const spy = vi.spyOn(process.stdout, "write").mockImplementation((text) => ((log += String(text)), true));
  onTestFinished(() => spy.mockRestore());
});

const logged = (text: string): Promise<void> => vi.waitFor(() => expect(log).toContain(text), { timeout: 10_000 });

/** Judges tokens by a file with these entries. */
async function judge(...entries: readonly object[]): Promise<(sent: string) => Promise<Verdict>> {
  return judgeBy(tokensFile(entries));
}

async function judgeBy(path: string): Promise<(sent: string) => Promise<Verdict>> {
  const door = await openTokens(path);
  onTestFinished(() => door.stop());
  return async (sent) => door.authorize(`Bearer ${sent}`);
}

const inline = (...keys: readonly SigningKey[]): object => ({ jwks: { keys: keys.map(({ jwk }) => jwk) } });
const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const caller = (subject: string): object => ({ kind: "token", subject });

describe("a token", () => {
  test("opens when its issuer has signed it for this audience, and its time has come", async () => {
    const say = await judge(inline(key));
    expect(await say(await token(key))).toEqual(caller("caller-1"));
    expect(await say(await token(key, { aud: ["another", AUDIENCE] }))).toEqual(caller("caller-1"));
  });

  test.each(["RS256", "PS256", "ES256", "Ed25519"])("may be signed by %s", async (alg) => {
    const pair = await signingKey("k", alg);
    expect(await (await judge(inline(pair)))(await token(pair))).toEqual(caller("caller-1"));
  });

  const bad: readonly (readonly [string, () => Promise<string>, string])[] = [
    ["has expired", () => token(key, { exp: now() - 61 }), "exp"],
    ["is not valid yet", () => token(key, { nbf: now() + 120 }), "nbf"],
    ["never expires", () => token(key, { exp: undefined }), "exp"],
    ["has no subject", () => token(key, { sub: undefined }), "sub"],
    ["has an empty subject", () => token(key, { sub: "" }), "sub"],
    ["is for another audience", () => token(key, { aud: "api://other" }), "aud"],
    ["has no audience", () => token(key, { aud: undefined }), "aud"],
    ["is another issuer's", () => token(key, { iss: "https://evil.example.com/" }), "issuer is not in the list"],
    ["names no issuer", () => token(key, { iss: undefined }), "not a web token"],
    ["is signed by another key of the same name", async () => token({ ...other, kid: "k1" }), "signature"],
    ["is signed by a key that is not there", () => token(other), "no applicable key"],
    ["was changed", async () => (await token(key)).replace(/\.[^.]+\./, `.${encoded({ iss: ISSUER, aud: AUDIENCE, sub: "root", exp: now() + 600 })}.`), "signature"],
    ["says that it needs no signature", async () => `${encoded({ alg: "none" })}.${(await token(key)).split(".")[1]}.`, "alg"],
    ["takes the public key for a password", () => signedByPublicKey(), "alg"],
    ["is signed by an algorithm that the entry does not take", () => token(key), "alg"],
    ["is no token", () => Promise.resolve("eyJ.eyJ.x"), "not a web token"],
    ["is some text", () => Promise.resolve("a-key-perhaps"), "not a web token"],
  ];
  test.each(bad)("that %s does not", async (name, make, reason) => {
    const say = await judge({ ...inline(key), ...(name.includes("algorithm") ? { algorithms: ["ES256"] } : {}) });
    const sent = await make();
    expect(await say(sent)).toBe("unauthorized");
    expect(log).toContain("a token was refused");
    expect(log).toContain(reason);
    for (const part of sent.split(".").filter(({ length }) => length > 8)) expect(log).not.toContain(part);
  });

  test("is allowed a minute of difference between clocks", async () => {
    const say = await judge(inline(key));
    expect(await say(await token(key, { exp: now() - 30 }))).toEqual(caller("caller-1"));
    expect(await say(await token(key, { nbf: now() + 30 }))).toEqual(caller("caller-1"));
  });

  test("without a key's name opens where one key fits, and not where several do", async () => {
    const nameless = await token(key, {}, { kid: undefined });
    expect(await (await judge(inline(key)))(nameless)).toEqual(caller("caller-1"));
    expect(await (await judge(inline(key, other)))(nameless)).toBe("unauthorized");
  });

  test("that has been checked is known the next time, until its keys or callers change", async () => {
    const path = tokensFile([{ ...inline(key), callers: { subjects: ["caller-1"] } }]);
    const door = await openTokens(path);
    onTestFinished(() => door.stop());
    const header = `Bearer ${await token(key)}`;
    expect(door.authorize(header)).toBeInstanceOf(Promise);
    await vi.waitFor(() => expect(door.authorize(header)).toEqual(caller("caller-1")));
    tokensFile([{ ...inline(key), callers: { subjects: ["caller-2"] } }], join(path, ".."));
    await logged("accepted tokens were read again");
    expect(await door.authorize(header)).toEqual({ kind: "forbidden", caller: caller("caller-1") });
  });

  test("that has expired is no longer known", async () => {
    const door = await openTokens(tokensFile([inline(key)]));
    onTestFinished(() => door.stop());
    const header = `Bearer ${await token(key, { exp: now() + 100 })}`;
    expect(await door.authorize(header)).toEqual(caller("caller-1"));
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 170_000 });
    onTestFinished(() => void vi.useRealTimers());
    expect(await door.authorize(header)).toBe("unauthorized");
  });

  function signedByPublicKey(): Promise<string> {
    const head = `${encoded({ alg: "HS256", kid: "k1" })}.${encoded({ iss: ISSUER, aud: AUDIENCE, sub: "x", exp: now() + 600 })}`;
    return Promise.resolve(`${head}.${createHmac("sha256", JSON.stringify(key.jwk)).update(head).digest("base64url")}`);
  }
});

describe("callers", () => {
  const tenant = "11111111-2222-3333-4444-555555555555";
  const forbidden = { kind: "forbidden", caller: caller("caller-1") };
  test.each([
    ["a subject", { subjects: ["system:serviceaccount:ml:client"] }, { sub: "system:serviceaccount:ml:client" }, caller("system:serviceaccount:ml:client")],
    ["another subject", { subjects: ["system:serviceaccount:ml:client"] }, {}, forbidden],
    ["a client of version 2", { clientIds: ["app"] }, { azp: "app" }, caller("caller-1")],
    ["a client of version 1", { clientIds: ["app"] }, { appid: "app" }, caller("caller-1")],
    ["another client", { clientIds: ["app"] }, { azp: "app2" }, forbidden],
    ["a role", { roles: ["Score", "Admin"] }, { roles: ["Read", "Score"] }, caller("caller-1")],
    ["another role", { roles: ["Score"] }, { roles: ["score"] }, forbidden],
    ["a role that is no list", { roles: ["Score"] }, { roles: "Score" }, forbidden],
    ["one list of several", { clientIds: ["app"], roles: ["Score"] }, { roles: ["Score"] }, caller("caller-1")],
    ["a client that is named like a subject", { subjects: ["app"] }, { azp: "app" }, forbidden],
  ])("%s", async (_name, callers, claims, expected) => {
    expect(await (await judge({ ...inline(key), callers }))(await token(key, claims))).toEqual(expected);
  });

  test("several entries of one issuer: one that allows is enough, and one that knows the caller makes 403 of 401", async () => {
    const say = await judge({ ...inline(key), callers: { subjects: ["a"] } }, { ...inline(key), callers: { subjects: ["b"] } }, { ...inline(key), audience: "x" });
    expect(await say(await token(key, { sub: "a" }))).toEqual(caller("a"));
    expect(await say(await token(key, { sub: "b" }))).toEqual(caller("b"));
    expect(await say(await token(key))).toEqual(forbidden);
  });

  test("an Entra tenant stands for its two issuers and the address of its keys", async () => {
    const path = join(folder(), "tokens.json");
    writeFileSync(path, JSON.stringify([{ tenant, audience: AUDIENCE, callers: { roles: ["Score"] } }]));
    const { value } = await readTokensFile(path);
    expect(value).toMatchObject([
      {
        issuers: [`https://login.microsoftonline.com/${tenant}/v2.0`, `https://sts.windows.net/${tenant}/`],
        audiences: [AUDIENCE],
        callers: { roles: ["Score"] },
        keys: { url: `https://login.microsoftonline.com/${tenant}/discovery/v2.0/keys` },
      },
    ]);
  });
});

describe("the issuer's keys", () => {
  const fakeTime = (): void => {
    vi.useFakeTimers({ toFake: ["performance", "Date"] });
    onTestFinished(() => void vi.useRealTimers());
  };
  const pass = (ms: number): void => void vi.advanceTimersByTime(ms);

  test("come from a file beside the tokens file, and are read again when it changes", async () => {
    const into = folder();
    const write = (...keys: readonly SigningKey[]): void => writeFileSync(join(into, "keys.json"), JSON.stringify({ keys: keys.map(({ jwk }) => jwk) }));
    write(key);
    const say = await judgeBy(tokensFile([{ jwks: "keys.json" }], into));
    expect(await say(await token(key))).toEqual(caller("caller-1"));
    write(other);
    await logged("accepted tokens were read again");
    expect(await say(await token(other))).toEqual(caller("caller-1"));
    expect(await say(await token(key))).toBe("unauthorized");
  });

  test("are fetched once, and again for a name that is new, but not for every name that somebody makes up", async () => {
    fakeTime();
    const server = await keyServer([key.jwk]);
    const say = await judge({ jwks: server.url });
    expect(await say(await token(key))).toEqual(caller("caller-1"));
    for (let at = 0; at < 5; at++) expect(await say(await token(key, { jti: String(at) }))).toEqual(caller("caller-1"));
    for (let at = 0; at < 5; at++) expect(await say(await token({ ...other, kid: `made-up-${at}` }))).toBe("unauthorized");
    expect(server.asked).toHaveLength(1);
    server.keys = [other.jwk, key.jwk];
    pass(10_001);
    expect(await say(await token(other))).toEqual(caller("caller-1"));
    expect(server.asked).toHaveLength(2);
    expect(await say(await token(key))).toEqual(caller("caller-1"));
  });

  test("that are withdrawn stop opening, for tokens too that have been checked before", async () => {
    fakeTime();
    const server = await keyServer([key.jwk]);
    const say = await judge({ jwks: server.url });
    const sent = await token(key, { exp: now() + 3600 });
    expect(await say(sent)).toEqual(caller("caller-1"));
    server.keys = [other.jwk];
    pass(10 * 60_001);
    expect(await say(sent)).toBe("unauthorized"); // at once: nobody has asked for a while
    expect(server.asked).toHaveLength(2);
  });

  test("that cannot be fetched for a day open no more, until they can", async () => {
    fakeTime();
    const server = await keyServer([key.jwk]);
    const say = await judge({ jwks: server.url });
    const sent = await token(key, { exp: now() + 7 * 86_400 });
    expect(await say(sent)).toEqual(caller("caller-1"));
    server.respond = (_request, response) => void response.writeHead(503).end();
    pass(23 * 3_600_000);
    expect(await say(sent)).toEqual(caller("caller-1"));
    pass(3_600_001);
    expect(await say(sent)).toBe("unauthorized");
    expect(log).toContain("24 hours");
    server.respond = undefined;
    pass(10_001);
    expect(await say(sent)).toEqual(caller("caller-1"));
  });

  test("that cannot be fetched: 401 and a line, until they can; those from before go on", async () => {
    fakeTime();
    const server = await keyServer([key.jwk]);
    server.respond = (_request, response) => void response.writeHead(503).end();
    const say = await judge({ jwks: server.url });
    expect(await say(await token(key))).toBe("unauthorized");
    expect(log).toContain(`token keys cannot be fetched from ${server.url}: the answer is 503; their tokens get 401 until it can`);
    server.respond = undefined;
    pass(2001);
    const sent = await token(key, { exp: now() + 3600 });
    expect(await say(sent)).toEqual(caller("caller-1"));
    server.respond = (request) => void request.destroy();
    pass(10 * 60_001);
    expect(await say(sent)).toEqual(caller("caller-1"));
    await logged("those from before go on");
    expect(await say(sent)).toEqual(caller("caller-1"));
  });

  test.each([
    ["a redirect", (response: ServerResponse) => void response.writeHead(302, { Location: "http://127.0.0.1:1/" }).end(), "the answer is 302"],
    ["no JSON", (response: ServerResponse) => void response.end("<html>"), "not valid JSON"],
    ["no keys", (response: ServerResponse) => void response.end("{}"), "JSON Web Key Set malformed"],
    ["far too much", (response: ServerResponse) => void response.end("x".repeat(2 ** 21)), "larger than 1048576 bytes"],
  ])("are not taken from %s", async (_name, respond, reason) => {
    const server = await keyServer([]);
    server.respond = (_request, response) => respond(response);
    const say = await judge({ jwks: server.url });
    expect(await say(await token(key))).toBe("unauthorized");
    expect(log).toContain(reason);
  });

  test("of a cluster: the server's certificate is checked by a file, and a token is shown to it, read at each fetch", async () => {
    const server = await keyServer([key.jwk], { tls: true });
    const into = folder();
    writeFileSync(join(into, "ca.crt"), readFileSync(`${fixtures}tls/cert.pem`));
    writeFileSync(join(into, "token"), "node-token\n");
    const say = await judgeBy(tokensFile([{ jwks: server.url, jwksCaFile: "ca.crt", jwksTokenFile: "token" }], into));
    expect(await say(await token(key))).toEqual(caller("caller-1"));
    expect(server.asked).toEqual([{ authorization: "Bearer node-token" }]);
    const strict = await judge({ jwks: server.url });
    expect(await strict(await token(key))).toBe("unauthorized");
    expect(log).toMatch(/self-signed certificate/);
  });
});

describe("a cluster by its folder", () => {
  const CLUSTER = "https://kubernetes.default.svc.cluster.local";
  /** A pod's own folder, with a token of this issuer, and the file that names it. */
  const pod = async (claims: Record<string, unknown> = {}, over: object = {}): Promise<string> => {
    const into = folder();
    writeFileSync(join(into, "ca.crt"), readFileSync(`${fixtures}tls/cert.pem`));
    writeFileSync(join(into, "token"), await token(key, { iss: CLUSTER, ...claims }));
    const path = join(into, "tokens.json");
    writeFileSync(path, JSON.stringify([{ cluster: ".", audience: AUDIENCE, callers: { subjects: ["system:serviceaccount:shop:checkout"] }, ...over }]));
    return path;
  };
  const server = async (): Promise<Awaited<ReturnType<typeof keyServer>>> => {
    const made = await keyServer([key.jwk], { tls: true });
    const { hostname, port } = new URL(made.url);
    vi.stubEnv("KUBERNETES_SERVICE_HOST", hostname);
    vi.stubEnv("KUBERNETES_SERVICE_PORT", port);
    onTestFinished(() => void vi.unstubAllEnvs());
    return made;
  };

  test("takes the issuer of the pod's own token, and its keys from the API server", async () => {
    const api = await server();
    const path = await pod();
    const say = await judgeBy(path);
    const shown = readFileSync(join(path, "../token"), "utf8");
    const from = (claims: object): Promise<string> => token(key, { iss: CLUSTER, sub: "system:serviceaccount:shop:checkout", ...claims });
    expect(await say(await from({}))).toEqual(caller("system:serviceaccount:shop:checkout"));
    expect(api.asked).toEqual([{ authorization: `Bearer ${shown}` }]);
    expect(await say(await from({ aud: "inference-endpoints/ml/other" }))).toBe("unauthorized");
    expect(await say(await from({ sub: "system:serviceaccount:shop:default" }))).toMatchObject({ kind: "forbidden" });
    expect(await say(await from({ iss: ISSUER }))).toBe("unauthorized");
  });

  test("is read again when another issues its tokens, and not when its token is renewed", async () => {
    await server();
    const path = await pod();
    const first = await readTokensFile(path);
    writeFileSync(join(path, "../token"), await token(key, { iss: CLUSTER, exp: now() + 9999 }));
    expect((await readTokensFile(path)).text).toBe(first.text);
    writeFileSync(join(path, "../token"), await token(key, { iss: "https://oidc.example.com/" }));
    expect((await readTokensFile(path)).text).not.toBe(first.text);
  });

  test("may have an address of IPv6", async () => {
    await server();
    vi.stubEnv("KUBERNETES_SERVICE_HOST", "fd00::1");
    const { value } = await readTokensFile(await pod());
    expect(value[0]?.keys).toMatchObject({ url: expect.stringMatching(/^https:\/\/\[fd00::1\]:\d+\/openid\/v1\/jwks$/) });
  });

  test("is refused outside a cluster, without an issuer, and with keys of its own", async () => {
    vi.stubEnv("KUBERNETES_SERVICE_HOST", undefined);
    onTestFinished(() => void vi.unstubAllEnvs());
    await expect(openTokens(await pod())).rejects.toThrow("KUBERNETES_SERVICE_HOST is not set");
    await server();
    await expect(openTokens(await pod({ iss: undefined }))).rejects.toThrow(/token is no token that names its issuer$/);
    await expect(openTokens(await pod({}, { jwks: "keys.json" }))).rejects.toThrow("jwks");
  });
});

describe("the file", () => {
  const entry = { issuer: ISSUER, audience: AUDIENCE, callers: "any", jwks: { keys: [{ kty: "RSA" }] } };
  test.each([
    ["is not JSON", "[{", "is not JSON"],
    ["is no list", "{}", "expected a list of issuers that is not empty"],
    ["is empty", "[]", "expected a list of issuers that is not empty"],
    ["lets an issuer's every token in without saying so", JSON.stringify([{ ...entry, callers: undefined }]), "[0].callers"],
    ["names no caller", JSON.stringify([{ ...entry, callers: {} }]), 'write "any" to accept every caller'],
    ["names callers wrongly", JSON.stringify([{ ...entry, callers: { subject: ["a"] } }]), "callers"],
    ["has no audience", JSON.stringify([{ ...entry, audience: undefined }]), "[0].audience"],
    ["has an unknown name", JSON.stringify([entry, { ...entry, audiance: "x" }]), '[1]: Unrecognized key: "audiance"'],
    ["takes passwords for signatures", JSON.stringify([{ ...entry, algorithms: ["HS256"] }]), "[0].algorithms.0"],
    ["fetches keys where others can change them", JSON.stringify([{ ...entry, jwks: "http://issuer.example.com/keys" }]), "expected https"],
    ["names no tenant", JSON.stringify([{ tenant: "contoso", audience: "x", callers: "any" }]), "expected the tenant's id, a UUID"],
    ["names a file that is not there", JSON.stringify([{ ...entry, jwks: "missing.json" }]), "ENOENT"],
  ])("that %s is refused", async (_name, content, problem) => {
    const path = join(folder(), "tokens.json");
    writeFileSync(path, content);
    await expect(openTokens(path)).rejects.toThrow(problem);
  });

  test("that breaks changes nothing", async () => {
    const path = tokensFile([inline(key)]);
    const say = await judgeBy(path);
    writeFileSync(path, "[");
    await logged("the accepted tokens stay as they were");
    expect(await say(await token(key))).toEqual(caller("caller-1"));
  });
});

test("a front: 200, 401 and 403; keys beside tokens; the script sees neither, and the log has the subject alone", async () => {
  const server = await keyServer([key.jwk]);
  const into = folder();
  const keys = join(into, "keys.json");
  writeFileSync(keys, JSON.stringify({ primaryKey: "the-primary-key" }));
  const tokens = tokensFile([{ jwks: server.url, callers: { subjects: ["system:serviceaccount:ml:client"] } }], into);
  const front = await ready({ entryScript: "score.py", keys, tokens, logFormat: "json" });
  const ask = (bearer: string): ReturnType<typeof front.send> => front.send("/score", post("headers", { Authorization: `Bearer ${bearer}` }));
  const good = await token(key, { sub: "system:serviceaccount:ml:client" });
  const stranger = await token(key, { sub: "stranger" });
  const answers = [await ask(good), await ask(good), await ask("the-primary-key"), await ask(stranger), await ask(await token(other)), await ask("nothing")];
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 403, 401, 401]);
  expect(answers[0]?.body).not.toContain("Authorization");
  expect(JSON.parse(answers[3]?.body ?? "")).toEqual({ message: "The token is valid, but its subject may not call this endpoint." });
  await front.logged(/"status":403/);
  const callers = () => front.log().split("\n").filter((line) => line.includes('"message":"POST /score')).map((line) => (JSON.parse(line) as { status: number; caller?: unknown }));
  await vi.waitFor(() => expect(callers()).toHaveLength(6));
  const subject = { kind: "token", subject: "system:serviceaccount:ml:client" };
  expect(callers().map((each) => each.caller)).toEqual([subject, subject, { kind: "key", slot: "primary" }, { kind: "token", subject: "stranger" }, undefined, undefined]);
  for (const sent of [good, stranger]) for (const part of sent.split(".")) expect(front.log()).not.toContain(part);
  const { body } = await front.send("/metrics");
  expect(body).toContain('scoring_requests_total{status="200",route="score",caller="token"} 2');
  expect(body).toContain('scoring_refusals_total{reason="forbidden"} 1');
  expect(body).toContain('scoring_refusals_total{reason="unauthorized"} 2');
});
