/** Who may call: keys that are renewed, keys that no state holds, tokens of the cluster; and what the state of a stack says of keys. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Caller } from "../conformance/caller.ts";
import { apply } from "../rig/kubernetes/apply.ts";
import { client, eventually, keysOf, tokenOf } from "./cluster.ts";
import { answering, newDeclared, onnx, row, type Declared } from "./declared.ts";

const NAMESPACE = "auth";
const OWN = { primaryKey: "first-key-of-the-team", secondaryKey: "second-key-of-the-team" };
/** The kubelet looks at Secrets about once a minute. */
const KUBELET_MS = 180_000;

let declared: Declared;

const deployments = { blue: onnx("blue") };
const traffic = { blue: 100 };
const secretOf = (name: string, keys: object): object => ({ apiVersion: "v1", kind: "Secret", metadata: { name, namespace: NAMESPACE }, stringData: keys });

beforeAll(async () => {
  declared = await newDeclared(NAMESPACE);
  await apply(client, secretOf("theirs", OWN));
  for (const name of ["caller", "stranger"]) await apply(client, { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace: NAMESPACE } });
  await declared.up({
    random: { deployments, traffic },
    existing: { deployments, traffic, auth: { existingSecret: "theirs" } },
    tokens: { deployments, traffic, authMode: "aml_token", auth: { callers: [{ namespace: NAMESPACE, serviceAccount: "caller" }] } },
  });
});

afterAll(() => declared?.[Symbol.asyncDispose]());

const statusOf = async (caller: Caller, headers: Readonly<Record<string, string>> = {}): Promise<number> => (await caller.post(row(0), headers)).status;

describe("keys", () => {
  test("of an existing Secret open the endpoint; a new key does without a restart, and the other goes on", { timeout: 2 * KUBELET_MS }, async () => {
    const caller = await declared.caller("existing", { credential: OWN.primaryKey });
    const other = await declared.caller("existing", { credential: OWN.secondaryKey });
    await Promise.all([answering(caller), answering(other)]);
    await using load = other.endless(1, row);
    await apply(client, secretOf("theirs", { ...OWN, primaryKey: "renewed-key-of-the-team" }));
    const renewed = await declared.caller("existing", { credential: "renewed-key-of-the-team" });
    await eventually(async () => ((await statusOf(renewed)) === 200 ? true : undefined), KUBELET_MS);
    await load.more(10);
    await load.stop();
    expect(await statusOf(caller)).toBe(401);
    expect(load.answers.filter(({ status }) => status !== 200)).toEqual([]);
    const pods = (await client.ask("GET", `/api/v1/namespaces/${NAMESPACE}/pods`))["items"] as { status: { containerStatuses: { restartCount: number }[] } }[];
    expect(pods.flatMap(({ status }) => status.containerStatuses.map(({ restartCount }) => restartCount))).toEqual(pods.map(() => 0));
  });

  test("stand in no state in the clear: none of an existing Secret, and encrypted ones else", async () => {
    const { primaryKey, secondaryKey } = await keysOf(NAMESPACE, "random-keys");
    const { stdout } = await declared.stack.run("stack", "export");
    expect(stdout).toContain("ciphertext");
    for (const key of [primaryKey, secondaryKey]) {
      expect(stdout).not.toContain(key);
      expect(stdout).not.toContain(Buffer.from(key).toString("base64"));
    }
    const plain = await declared.stack.run("stack", "export", "--show-secrets");
    expect(plain.stdout).toContain(primaryKey);
    for (const key of Object.values(OWN)) {
      expect(plain.stdout).not.toContain(key);
      expect(plain.stdout).not.toContain(Buffer.from(key).toString("base64"));
    }
  });
});

describe("tokens of the cluster", () => {
  const audience = `inference-endpoints/${NAMESPACE}/tokens`;
  const calling = async (serviceAccount: string, forAudience: string): Promise<number> => statusOf(await declared.caller("tokens", { credential: await tokenOf(NAMESPACE, serviceAccount, forAudience) }));

  test("of a listed caller for the endpoint's audience open it", async () => {
    await answering(await declared.caller("tokens", { credential: await tokenOf(NAMESPACE, "caller", audience) }));
    expect(await calling("caller", audience)).toBe(200);
  });

  test("for another audience are 401, as is no token at all", async () => {
    expect(await calling("caller", "inference-endpoints/auth/another")).toBe(401);
    expect(await statusOf(await declared.caller("tokens", { credential: "nothing" }))).toBe(401);
  });

  test("of who is not listed are 403", async () => {
    expect(await calling("stranger", audience)).toBe(403);
  });
});
