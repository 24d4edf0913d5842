/** What the examples leave out, on the endpoints of `program`. */
import { expect } from "vitest";
import type { Caller } from "../caller.ts";
import type { Arena, Case } from "../suite.ts";

const act = (name: string, value: unknown): string => JSON.stringify({ act: name, value });
const on = (deployment: string): Record<string, string> => ({ "azureml-model-deployment": deployment });
const kinds = (arena: Arena): Promise<Caller> => arena.caller("kinds");

const ownAddress: Case = {
  features: ["ownAddress"],
  says: "is at the hostname and the path that it names",
  run: async (arena) => {
    const { hostname, pathname } = await arena.url("kinds");
    expect([hostname, pathname]).toEqual(["kinds.example.com", "/of/models/score"]);
    expect((await (await kinds(arena)).get("/endpoints/conformance/kinds/swagger.json")).status).toBe(404);
  },
  otherwise: {
    dev: {
      cell: "its usual address",
      why: "localhost is one host, and its paths are made of names",
      run: async (arena) => {
        const { hostname, pathname } = await arena.url("kinds");
        expect([hostname, pathname]).toEqual(["127.0.0.1", "/endpoints/kinds/score"]);
      },
    },
  },
};

const served: Case[] = [
  {
    features: ["script"],
    says: "serves a script in TypeScript",
    run: async (arena) => expect(await (await kinds(arena)).post(act("double", 21))).toMatchObject({ status: 200, deployment: "scripted", body: "42" }),
  },
  {
    features: ["mlflow"],
    says: "serves an MLflow model",
    run: async (arena) => {
      const sent = { input_data: { columns: ["text"], data: [["one"], ["one and two"]] } };
      expect(await (await kinds(arena)).post(JSON.stringify(sent), on("words"))).toMatchObject({ status: 200, deployment: "words", body: "[1, 3]" });
    },
  },
  {
    features: ["container"],
    says: "serves a custom container, whose other paths are reached too",
    run: async (arena) => {
      const caller = await kinds(arena);
      expect(await caller.post("drawer", on("own"))).toMatchObject({ status: 200, deployment: "own", body: "reward" });
      expect(await caller.get("elsewhere", on("own"))).toMatchObject({ status: 424, modelStatus: "404", body: "elsewhere\n" });
      expect((await caller.post("drawer", { ...on("own"), authorization: "" })).status).toBe(401);
    },
  },
];

const streams: Case = {
  features: ["streams"],
  says: "sends an answer on as it comes",
  run: async (arena) => expect(await (await kinds(arena)).post(act("drip", 700))).toMatchObject({ status: 200, parts: ["first\n", "last\n"] }),
};

const variables: Case = {
  features: ["variables"],
  says: "gives a script its variables, those of secrets too",
  run: async (arena) => {
    const caller = await kinds(arena);
    const [plain, secret] = [await caller.post(act("variable", "PLAIN")), await caller.post(act("variable", "GREETING"))];
    expect([plain.body, secret.body]).toEqual(['"as written"', '"good morning"']);
  },
};

const limits: Case[] = [
  {
    features: ["statuses"],
    says: "answers 424 with 500 when the script raises",
    run: async (arena) => expect(await (await kinds(arena)).post(act("raise", "no"))).toMatchObject({ status: 424, modelStatus: "500", deployment: "scripted" }),
  },
  {
    features: ["tooMany"],
    says: "lets two in at once, of which one waits in vain, and refuses the others at once",
    run: async (arena) => {
      const caller = await kinds(arena);
      const answers = await Promise.all(Array.from({ length: 6 }, () => caller.post(act("late", 1200))));
      expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 429, 429, 429, 429, 429]);
      for (const answer of answers) expect(answer.deployment).toBe("scripted");
    },
  },
  {
    features: ["timeout"],
    says: "answers 408 after its time",
    run: async (arena) => {
      const begin = performance.now();
      expect(await (await kinds(arena)).post(act("late", 6000))).toMatchObject({ status: 408, deployment: "scripted" });
      expect(performance.now() - begin).toBeGreaterThan(1900);
      expect(performance.now() - begin).toBeLessThan(5500);
    },
  },
  {
    features: ["tooLarge"],
    says: "answers 413 to a body that is announced as larger than it may be",
    run: async (arena) => expect(await (await kinds(arena)).post("", { "content-length": `${200 * 2 ** 20}` })).toMatchObject({ status: 413, deployment: "scripted" }),
  },
];

const tokens: Case = {
  features: ["amlToken"],
  says: "opens to a token of a listed caller: 401 for another audience, and 403 for who is not listed",
  run: async (arena) => {
    const status = async (serviceAccount: string, audience: string): Promise<number> => (await (await arena.caller("tokens", await arena.token(serviceAccount, audience))).post(act("double", 1))).status;
    const own = "inference-endpoints/conformance/tokens";
    expect([await status("caller", own), await status("caller", "another"), await status("stranger", own)]).toEqual([200, 401, 403]);
  },
  otherwise: {
    dev: {
      cell: "refused by name",
      why: "nobody signs tokens there",
      run: async (arena) => expect(await arena.refusal({ tokens: "true" })).toContain('authMode: localhost checks keys alone so far; got "aml_token"'),
    },
  },
};

export const programCases: readonly Case[] = [ownAddress, ...served, streams, variables, ...limits, tokens];
