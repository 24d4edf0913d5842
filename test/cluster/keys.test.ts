/** Keys that change: given anew, or made anew, by another `up`; and the gateway that looks at them too. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Answer, Caller } from "../conformance/caller.ts";
import { apply } from "../rig/kubernetes/apply.ts";
import type { Fields } from "../rig/kubernetes/client.ts";
import { client, eventually, keysOf, metric, podsOf } from "./cluster.ts";
import { answering, newDeclared, onnx, row, type Declared, type Endpoints } from "./declared.ts";
import { failures, shown } from "./losses.ts";

const NAMESPACE = "keys";
const KEYS = { primaryKey: "first-key-that-is-given", secondaryKey: "second-key-that-is-given" };
/** The kubelet looks at Secrets about once a minute. */
const KUBELET_MS = 180_000;
const served = { deployments: { blue: onnx("blue") }, traffic: { blue: 100 } };

let declared: Declared;

const endpoints = ({ given = KEYS, guarded = KEYS }: { readonly given?: typeof KEYS; readonly guarded?: typeof KEYS } = {}): Endpoints => ({
  given: { ...served, auth: { keys: given } },
  made: served,
  guarded: { ...served, auth: { enforce: "gateway", keys: guarded } },
  vault: { ...served, auth: { enforce: "gateway", existingSecret: "theirs" } },
});
const theirs = (keys: typeof KEYS): Promise<Fields> => apply(client, { apiVersion: "v1", kind: "Secret", metadata: { name: "theirs", namespace: NAMESPACE }, stringData: keys });

beforeAll(async () => {
  declared = await newDeclared(NAMESPACE);
  await theirs(KEYS);
  await declared.up(endpoints());
});

afterAll(() => declared?.[Symbol.asyncDispose]());

const callerWith = (endpoint: string, credential: string): Promise<Caller> => declared.caller(endpoint, { credential });
const statusOf = async (caller: Caller): Promise<number> => (await caller.post(row(0))).status;
/** Which pods there are, and how often their containers have begun. */
const lives = async (endpoint: string): Promise<string[]> =>
  (await podsOf(NAMESPACE, endpoint, "blue")).map(({ metadata, status }) => `${metadata.uid} ${(status.containerStatuses as Fields[]).map((each) => each["restartCount"])}`);

/** The primary key is another, which `renew` makes so and says, while somebody calls with the secondary: what that one got. */
const renewed = async (endpoint: string, { primaryKey, secondaryKey }: typeof KEYS, renew: () => Promise<string>): Promise<readonly Answer[]> => {
  const [old, other] = [await callerWith(endpoint, primaryKey), await callerWith(endpoint, secondaryKey)];
  await Promise.all([answering(old), answering(other)]);
  const before = await lives(endpoint);
  await using load = other.endless(1, row);
  await load.more(10);
  const key = await renew();
  const caller = await callerWith(endpoint, key);
  await eventually(async () => ((await statusOf(caller)) === 200 ? true : undefined), KUBELET_MS);
  await load.more(10);
  await load.stop();
  expect([await statusOf(old), await statusOf(caller)]).toEqual([401, 200]);
  expect(await lives(endpoint)).toEqual(before);
  return load.answers;
};

describe("a key is another, no pod is, and who has the other key notices nothing", { timeout: 2 * KUBELET_MS }, () => {
  test("of keys that the program gives, by `up`, which replaces the Secret", async () => {
    const primaryKey = "third-key-that-is-given";
    const answers = await renewed("given", KEYS, async () => {
      const { steps } = await declared.up(endpoints({ given: { ...KEYS, primaryKey } }));
      expect(steps.map(({ op, urn }) => `${op} ${urn.split("::").at(-1)}`)).toContain("delete-replaced given-keys");
      return primaryKey;
    });
    expect(failures(answers)).toEqual({});
  });

  test("of keys that are made, by the command of the README", async () => {
    const before = await keysOf(NAMESPACE, "made-keys");
    const answers = await renewed("made", before, async () => {
      await declared.stack.run("up", "--yes", "--skip-preview", "--replace", "**::made-primary-key");
      const after = await keysOf(NAMESPACE, "made-keys");
      expect(after.secondaryKey).toBe(before.secondaryKey);
      return after.primaryKey;
    });
    expect(failures(answers)).toEqual({});
  });
});

describe("the gateway that enforces", { timeout: 2 * KUBELET_MS }, () => {
  /** By the containers. */
  const refused = async (): Promise<number> => metric(await podsOf(NAMESPACE, "guarded", "blue"), /^scoring_requests_total\{.*status="401"/);

  test("refuses strangers by itself, and lets either key in", async () => {
    const [first, second] = [await callerWith("guarded", KEYS.primaryKey), await callerWith("guarded", KEYS.secondaryKey)];
    await Promise.all([answering(first), answering(second)]);
    const stranger = await callerWith("guarded", "nobody's");
    // Until Envoy has the policy, it is the container that refuses.
    await eventually(async () => ((await stranger.post(row(0))).deployment === undefined ? true : undefined));
    const before = await refused();
    expect(await stranger.load(5, 1, row)).toEqual(Array.from({ length: 5 }, () => expect.objectContaining({ status: 401, deployment: undefined })));
    expect(await refused()).toBe(before);
    expect([await first.post(row(0)), await second.post(row(0))]).toEqual([200, 200].map((status) => expect.objectContaining({ status, deployment: "blue" })));
  });

  test("answers nothing but 200, and 500 of its own, while the Secret is replaced which it reads", async () => {
    const primaryKey = "third-key-that-is-given";
    const answers = await renewed("guarded", KEYS, async () => {
      await declared.up(endpoints({ guarded: { ...KEYS, primaryKey } }));
      return primaryKey;
    });
    console.log(`while the Secret was replaced: ${shown(answers)}`);
    expect(answers.filter(({ deployment, status }) => status !== 200 && `${status} ${deployment}` !== "500 undefined")).toEqual([]);
  });

  test("leaves no gap where the provider may change a Secret in place", async () => {
    await declared.stack.run("config", "set", "kubernetes:enableSecretMutable", "true");
    const keys = { ...KEYS, primaryKey: "fourth-key-that-is-given" };
    const answers = await renewed("guarded", { ...KEYS, primaryKey: "third-key-that-is-given" }, async () => {
      await declared.up(endpoints({ guarded: keys }));
      return keys.primaryKey;
    });
    expect(failures(answers)).toEqual({});
  });

  test("leaves none where an existing Secret is changed in place", async () => {
    const answers = await renewed("vault", KEYS, async () => {
      await theirs({ ...KEYS, primaryKey: "another-key-of-the-vault" });
      return "another-key-of-the-vault";
    });
    expect(failures(answers)).toEqual({});
  });
});
