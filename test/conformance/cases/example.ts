/** What the examples show: labels, shares, the shadow, credentials, pages. */
import { expect } from "vitest";
import type { Answer } from "../caller.ts";
import type { Feature, Target } from "../feature.ts";
import type { Arena, Case } from "../suite.ts";
import { labelOf, wine } from "../wine.ts";

/** An example as its cases need to know it. */
export interface Example {
  readonly folder: string;
  readonly endpoint: string;
  readonly kind: Feature & ("onnx" | "python");
  readonly deployments: readonly string[];
  /** Gets copies of 20 % of the requests. */
  readonly shadow?: string;
  /** As many as its deployments let in at once. */
  readonly atOnce: number;
  /** Of which the shares are counted. */
  readonly requests: Readonly<Record<Target, number>>;
}

/** The deviation of a share of 10 % of so many is a third of a point; the router of `dev` goes by turns, and has none. */
const MANY = 10_000;
/** Half a point. */
const FEW = 4_000;
/** Points that a share may be off. */
const OFF: Readonly<Record<number, number>> = { [MANY]: 1, [FEW]: 2 };

export const QUICKSTART: Example = { folder: "quickstart", endpoint: "wine", kind: "onnx", deployments: ["blue", "green", "indigo"], shadow: "indigo", atOnce: 2, requests: { dev: MANY, cluster: MANY, rendered: MANY } };
export const BLUE_GREEN: Example = { folder: "blue-green", endpoint: "cellar", kind: "python", deployments: ["blue", "green"], atOnce: 4, requests: { dev: FEW, cluster: MANY, rendered: FEW } };

/** Both split 90/10 in namespace `ml`. */
export const exampleCases = (example: Example): Case[] => [addressed(example), labelled(example), shared(example), keyed(example), named(example), answering(example), paged(example), identified(example)];

const addressed = ({ endpoint }: Example): Case => {
  const at = (path: string) => async (arena: Arena) => expect((await arena.url(endpoint)).pathname).toBe(path);
  return {
    features: ["url"],
    says: "has a URL made of its names",
    run: at(`/endpoints/ml/${endpoint}/score`),
    otherwise: { dev: { cell: "yes, without the namespace", why: "one machine has no namespaces", run: at(`/endpoints/${endpoint}/score`) } },
  };
};

const labelled = ({ atOnce, deployments, endpoint, folder, kind }: Example): Case => ({
  features: [kind],
  says: "gives every label that scikit-learn gave, row by row, to callers of a deployment's name",
  run: async (arena) => {
    const { labels, row, rows } = wine(folder);
    const caller = await arena.caller(endpoint);
    for (const deployment of deployments) {
      const answers = await caller.load(rows.length, atOnce, row, { "azureml-model-deployment": deployment });
      for (const answer of answers) expect(answer).toMatchObject({ status: 200, deployment });
      expect(answers.map(({ body }) => labelOf(body))).toEqual(labels[deployment]);
    }
  },
});

const percent = (answers: readonly Answer[], name: string): number => (100 * answers.filter(({ deployment }) => deployment === name).length) / answers.length;

const shared = ({ atOnce, endpoint, folder, requests, shadow }: Example): Case => ({
  features: shadow === undefined ? ["split"] : ["split", "mirror"],
  says: `shares requests as the program says, each with the right label${shadow === undefined ? "" : ", and its shadow gets 20 % of them"}`,
  run: async (arena) => {
    const { labels, row, rows } = wine(folder);
    const caller = await arena.caller(endpoint);
    const copied = async (): Promise<number> => (shadow === undefined ? 0 : arena.requestsOf(endpoint, shadow));
    const before = await copied();
    const count = requests[arena.target];
    const answers = await caller.load(count, atOnce, row);
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect(Math.abs(percent(answers, "green") - 10)).toBeLessThan(OFF[count] ?? 0);
    expect(percent(answers, "blue") + percent(answers, "green")).toBe(100);
    for (const [i, { body, deployment }] of answers.entries()) expect(labelOf(body)).toBe(labels[deployment ?? ""]?.[i % rows.length]);
    if (shadow === undefined) return;
    const copies = async (): Promise<number> => (100 * ((await copied()) - before)) / count;
    // Some may be on their way still.
    await expect.poll(copies, { timeout: 30_000 }).toBeGreaterThan(18);
    expect(await copies()).toBeLessThan(22);
  },
});

const keyed = ({ endpoint, folder }: Example): Case => ({
  features: ["key"],
  says: "opens to both keys, and answers 401 to a wrong one and to none",
  run: async (arena) => {
    const { row } = wine(folder);
    const { primaryKey, secondaryKey } = await arena.keys(endpoint);
    const caller = await arena.caller(endpoint);
    const status = async (authorization: string): Promise<number> => (await caller.post(row(0), { authorization })).status;
    expect(primaryKey).not.toBe(secondaryKey);
    expect(await Promise.all([`Bearer ${primaryKey}`, `Bearer ${secondaryKey}`].map(status))).toEqual([200, 200]);
    expect(await Promise.all(["Bearer wrong", `Bearer ${primaryKey}x`, ""].map(status))).toEqual([401, 401, 401]);
  },
});

const named = ({ deployments, endpoint, folder }: Example): Case => ({
  features: ["named"],
  says: "answers who names a deployment, and 404 where there is none of that name",
  run: async (arena) => {
    const { row } = wine(folder);
    const caller = await arena.caller(endpoint);
    for (const deployment of deployments) expect(await caller.post(row(0), { "azureml-model-deployment": deployment })).toMatchObject({ status: 200, deployment });
    expect((await caller.post(row(0), { "azureml-model-deployment": "grey" })).status).toBe(404);
  },
});

const answering = ({ endpoint }: Example): Case => ({
  features: ["statuses"],
  says: "answers 424 with the model's own status to what the model cannot read, and 404 elsewhere",
  run: async (arena) => {
    const caller = await arena.caller(endpoint);
    for (const body of ["not json", ""]) expect(await caller.post(body)).toMatchObject({ status: 424, modelStatus: expect.stringMatching(/^[45]00$/) });
    expect((await caller.get("/nowhere")).status).toBe(404);
  },
});

const paged = ({ endpoint }: Example): Case => ({
  features: ["swagger"],
  says: "shows its swagger to who has a key",
  run: async (arena) => {
    const caller = await arena.caller(endpoint);
    const swagger = await caller.get("swagger.json");
    expect(swagger.status).toBe(200);
    expect(Object.keys(JSON.parse(swagger.body).paths)).toContainEqual(expect.stringMatching(/score$/));
    expect((await caller.get("swagger.json", { authorization: "" })).status).toBe(401);
  },
});

const identified = ({ endpoint, folder }: Example): Case => ({
  features: ["ids"],
  says: "gives back the id that it is sent, makes one where there is none, and says which deployment answered",
  run: async (arena) => {
    const { row } = wine(folder);
    const caller = await arena.caller(endpoint);
    const sent = await caller.post(row(0), { "x-ms-client-request-id": "of-the-caller", "azureml-model-deployment": "green" });
    expect(sent).toMatchObject({ status: 200, deployment: "green", headers: { "x-ms-client-request-id": "of-the-caller" } });
    const [one, other] = [await caller.post(row(0)), await caller.post(row(0))].map(({ headers }) => headers["x-ms-request-id"]);
    expect([one, other]).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/), expect.stringMatching(/^[0-9a-f-]{36}$/)]);
    expect(one).not.toBe(other);
  },
});

