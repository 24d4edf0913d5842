/** The contract of batch endpoints, written once: for `dev`, for a cluster of this machine's processes, and for a real one. */
import { expect } from "vitest";
import type { Caller, Job } from "./caller.ts";

/** Where the contract is tried. Its endpoint has the deployments `lines` (default) and `strict` (errorThreshold 0), both of `lines.py`, one file a mini-batch. */
export interface Arena {
  readonly caller: Caller;
  /** The same endpoint without credentials. */
  readonly stranger: Caller;
  /** When somebody looks at the data: at once, so that a call is refused, or in the job, which then fails for the same reason. */
  readonly looks: "at once" | "in the job";
  /** Makes a folder with these files, and gives its address. */
  input(files: Readonly<Record<string, string>>): Promise<string>;
  /** An address where nothing is. */
  output(): Promise<string>;
  /** What stands in a file below an address; nothing where there is none. */
  read(address: string, name: string): Promise<string | undefined>;
}

const body = (input: string, output?: string): { properties: Record<string, unknown> } => ({
  properties: {
    InputData: { data: { JobInputType: "UriFolder", Uri: input } },
    ...(output === undefined ? {} : { OutputData: { score: { JobOutputType: "UriFolder", Uri: output } } }),
  },
});

interface ErrorBody {
  readonly error: { readonly code: string; readonly message: string };
}

/** One of its clauses: holds, or throws. */
export interface Clause {
  readonly says: string;
  readonly run: (arena: Arena) => Promise<void>;
}

/** All of them. */
export function contract(): Clause[] {
  const clauses: Clause[] = [];
  const declare = (says: string, run: Clause["run"]): number => clauses.push({ says, run });
  const files = { "a.txt": "1", "b.txt": "2", "c.txt": "3" };
  const refused = async ({ caller }: Arena, sent: unknown, headers = {}): Promise<[number, string, string]> => {
    const reply = await caller.send<ErrorBody>("POST", "/jobs", sent, headers);
    return [reply.status, reply.body.error.code, reply.body.error.message];
  };

  /** Why no job can be made of this data. */
  const unfit = async (arena: Arena, sent: object, status: number): Promise<string> => {
    if (arena.looks === "at once") {
      const [answered, code, message] = await refused(arena, sent);
      expect([answered, code]).toEqual([status, status === 409 ? "Conflict" : "UserError"]);
      return message;
    }
    const job = await arena.caller.run(sent);
    expect(job.properties.status).toBe("Failed");
    return job.properties.error?.message ?? "";
  };

  declare("a job: 202 with its address, then its resource until it is Completed, then its output", async (arena) => {
    const output = await arena.output();
    const reply = await arena.caller.post(body(await arena.input(files), output));
    expect([reply.status, reply.headers.get("azureml-model-deployment")]).toEqual([202, "lines"]);
    expect(reply.headers.get("location")).toBe(reply.body.id);
    expect(reply.body).toMatchObject({ name: expect.stringMatching(/^[0-9a-f-]{36}$/), type: "Microsoft.MachineLearningServices/workspaces/batchEndpoints/jobs", properties: { provisioningState: "InProgress" } });
    const job = await arena.caller.ended(reply.body.name);
    expect(job.properties).toMatchObject({ status: "Completed", provisioningState: "Succeeded", deployment: "lines", output: { uri: output }, progress: { files: 3, results: 3 } });
    expect(await arena.read(output, "predictions.csv")).toBe("a.txt 1\nb.txt 2\nc.txt 3\n");
  });

  declare("names in any case, settings of the job's own, and a named deployment", async (arena) => {
    const output = await arena.output();
    const sent = { Properties: { inputdata: { x: { jobinputtype: "urifolder", URI: await arena.input({ "a.txt": "raise", "b.txt": "2" }) } }, outputData: { score: { jobOutputType: "uriFolder", uri: output } }, ErrorThreshold: 1, retrySettings: { maxRetries: 0, timeout: "PT1M30S" }, outputFileName: "own.csv", tags: { Uri: "kept" } } };
    const job = await arena.caller.run(sent, { "azureml-model-deployment": "strict" });
    expect(job.properties).toMatchObject({ status: "Completed", deployment: "strict", tags: { Uri: "kept" }, progress: { failedFiles: 1 } });
    expect(await arena.read(output, "own.csv")).toBe("b.txt 2\n");
  });

  declare("who has no key gets 401, for every route", async ({ stranger }) => {
    for (const [method, path] of [["POST", "/jobs"], ["GET", "/jobs"], ["GET", "/jobs/x"], ["POST", "/jobs/x/cancel"], ["POST", "/jobs/x/resume"]] as const) {
      const reply = await stranger.send<ErrorBody>(method, path, method === "POST" ? {} : undefined);
      expect([reply.status, reply.body.error.code]).toEqual([401, "Unauthorized"]);
    }
  });

  declare("bodies that no job can be made of", async (arena) => {
    const input = await arena.input(files);
    const data = { JobInputType: "UriFolder", Uri: input };
    expect(await refused(arena, "{")).toEqual([400, "UserError", "the body is not JSON"]);
    expect(await refused(arena, {})).toEqual([400, "UserError", expect.stringContaining("properties")]);
    expect(await refused(arena, { properties: { InputData: { a: data, b: data } } })).toEqual([400, "UserError", "properties.InputData: a model deployment takes exactly one input; got 2"]);
    expect(await refused(arena, { properties: {} })).toEqual([400, "UserError", "properties.InputData: a model deployment takes exactly one input; got 0"]);
    expect(await refused(arena, { properties: { InputData: { a: { JobInputType: "Literal", Value: 3 } } } })).toEqual([400, "UserError", "properties.InputData.a: a model deployment takes no literal inputs"]);
    expect(await refused(arena, { properties: { InputData: { a: { ...data, JobInputType: "MLTable" } } } })).toEqual([400, "UserError", 'properties.InputData.a.JobInputType: expected UriFolder, UriFile, Literal; got "MLTable"']);
    expect(await refused(arena, { properties: { InputData: { "a-b": data } } })).toEqual([400, "UserError", expect.stringContaining("letters, digits and underscores")]);
    expect(await refused(arena, { properties: { ...body(input).properties, errorTreshold: 3 } })).toEqual([400, "UserError", expect.stringContaining("errorTreshold")]);
    expect(await refused(arena, { properties: { ...body(input).properties, retrySettings: { timeout: "30" } } })).toEqual([400, "UserError", 'properties.retrySettings.timeout: expected an ISO 8601 duration such as PT30S; got "30"']);
  });

  declare("inputs that cannot be read, outputs that cannot be written", async (arena) => {
    const input = await arena.input(files);
    expect(await unfit(arena, body(`${input}/none`), 400)).toMatch(/the input .*\/none does not exist/);
    expect(await unfit(arena, body(await arena.input({})), 400)).toMatch(/holds no files/);
    expect(await unfit(arena, body(`${input}/a.txt`), 400)).toMatch(/is no folder: expected JobInputType UriFile/);
    expect(await refused(arena, body("azureml://datastores/d/paths/p"))).toEqual([400, "UserError", expect.stringMatching(/is an address of Azure Machine Learning, which nothing outside Azure can read/)]);
    expect(await refused(arena, body(input, "https://example.com/out"))).toEqual([400, "UserError", expect.stringMatching(/addresses of https: cannot be used here/)]);
    expect(await unfit(arena, body(input, input), 409)).toMatch(/exists and is not empty/);
  });

  declare("an output that a job has written, or is writing, is no other job's", async (arena) => {
    const output = await arena.output();
    const first = await arena.caller.start(body(await arena.input({ "a.txt": "sleep 60" }), output));
    const taken = `job ${first} writes its output`;
    if (arena.looks === "at once") expect(await unfit(arena, body(await arena.input(files), output), 409)).toContain(taken);
    // By then its logs are in the folder too.
    await arena.caller.until(first, ({ properties }) => properties.status === "Running");
    expect(await unfit(arena, body(await arena.input(files), output), 409)).toContain(taken);
    await arena.caller.send("POST", `/jobs/${first}/cancel`);
    await arena.caller.ended(first);
    const done = await arena.output();
    await arena.caller.run(body(await arena.input(files), done));
    expect(await unfit(arena, body(await arena.input(files), done), 409)).toMatch(/exists and is not empty/);
  });

  declare("unknown jobs, deployments, routes and methods", async (arena) => {
    const at = async (method: string, path: string): Promise<[number, string]> => {
      const reply = await arena.caller.send<Partial<ErrorBody>>(method, path, method === "POST" ? {} : undefined);
      // What leads out of the endpoint is answered by what stands before it, in words of its own.
      return [reply.status, reply.body.error?.message ?? ""];
    };
    expect(await at("GET", "/jobs/none")).toEqual([404, expect.stringContaining('there is no job "none"')]);
    expect(await at("POST", "/jobs/none/cancel")).toEqual([404, expect.stringContaining('there is no job "none"')]);
    expect(await at("GET", "/jobs/../../secret")).toEqual([404, expect.any(String)]);
    expect(await at("GET", "/jobs/%2e%2e%2fservice")).toEqual([404, expect.any(String)]);
    expect(await at("GET", "/score")).toEqual([404, expect.any(String)]);
    expect(await at("DELETE", "/jobs")).toEqual([405, "DELETE is not one of GET, POST"]);
    expect(await refused(arena, body(await arena.input(files)), { "azureml-model-deployment": "nobody" })).toEqual([404, "NotFound", expect.stringMatching(/has no deployment "nobody"; it has lines, strict/)]);
    expect(await refused(arena, body(await arena.input(files)), { "azureml-model-deployment": "constructor" })).toEqual([404, "NotFound", expect.any(String)]);
  });

  declare("a job is cancelled, once more without harm, and not when it is over", async (arena) => {
    const id = await arena.caller.start(body(await arena.input({ "a.txt": "sleep 60" })));
    await arena.caller.until(id, ({ properties }) => properties.status === "Running");
    const first = await arena.caller.send("POST", `/jobs/${id}/cancel`);
    const second = await arena.caller.send("POST", `/jobs/${id}/cancel`);
    expect([first.status, second.status]).toEqual([202, 202]);
    expect(["CancelRequested", "Canceled"]).toContain(first.body.properties.status);
    expect((await arena.caller.ended(id)).properties).toMatchObject({ status: "Canceled", provisioningState: "Canceled" });
    const done = await arena.caller.run(body(await arena.input(files)));
    const late = await arena.caller.send<ErrorBody>("POST", `/jobs/${done.name}/cancel`);
    expect([late.status, late.body.error.message]).toEqual([409, `job ${done.name} is Completed and cannot be cancelled`]);
    expect((await arena.caller.send("POST", `/jobs/${done.name}/resume`)).status).toBe(409);
  });

  declare("50 identical invocations with one idempotency key at once: one job; with another body, 422", async (arena) => {
    const sent = body(await arena.input(files), await arena.output());
    const headers = { "Idempotency-Key": `key of ${sent.properties["InputData"] === undefined ? "" : crypto.randomUUID()}` };
    const replies = await Promise.all(Array.from({ length: 50 }, () => arena.caller.post(sent, headers)));
    expect(new Set(replies.map(({ body: job }) => job.name)).size).toBe(1);
    expect(replies.map(({ status }) => status).toSorted()).toEqual([...Array.from({ length: 49 }, () => 200), 202]);
    const job = await arena.caller.ended(replies[0]?.body.name ?? "");
    expect(job.properties.status).toBe("Completed");
    expect((await arena.caller.post(sent, headers)).body.name).toBe(job.name);
    expect(await refused(arena, body(await arena.input(files)), headers)).toEqual([422, "IdempotencyKeyReused", expect.stringContaining(job.name)]);
    expect(await refused(arena, sent, { ...headers, "azureml-model-deployment": "strict" })).toEqual([422, "IdempotencyKeyReused", expect.any(String)]);
  });

  declare("a dry run says what a job would do, and makes none", async (arena) => {
    const [input, output] = [await arena.input(files), await arena.output()];
    const before = await arena.caller.send<{ value: readonly Job[] }>("GET", "/jobs");
    const reply = await arena.caller.send<object>("POST", "/jobs?dryRun=true", { properties: { ...body(input, output).properties, miniBatchSize: 2 } });
    expect([reply.status, reply.body]).toEqual([200, { deployment: "lines", files: 3, miniBatches: 2, workers: 2 }]);
    const after = await arena.caller.send<{ value: readonly Job[] }>("GET", "/jobs");
    expect(after.body.value.length).toBe(before.body.value.length);
    expect((await arena.caller.run(body(input, output))).properties.status).toBe("Completed");
  });

  declare("the list: the newest first, of one deployment, in pages", async (arena) => {
    const input = await arena.input({ "a.txt": "1" });
    const ids: string[] = [];
    for (let n = 0; n < 52; n++) ids.push(await arena.caller.start(body(input), { "azureml-model-deployment": "strict" }));
    const first = await arena.caller.send<{ value: readonly Job[]; nextLink?: string }>("GET", "/jobs?deployment=strict");
    expect(first.body.value.map(({ name }) => name)).toEqual(ids.toReversed().slice(0, 50));
    const next = new URL(first.body.nextLink ?? "", "http://x");
    const second = await arena.caller.send<{ value: readonly Job[] }>("GET", `/jobs${next.search}`);
    expect(second.body.value.slice(0, 2).map(({ name }) => name)).toEqual([ids[1], ids[0]]);
    for (const id of ids) await arena.caller.send("POST", `/jobs/${id}/cancel`);
    for (const id of ids) await arena.caller.ended(id);
  });

  declare("a job that failed is resumed, and only what is not finished runs", async (arena) => {
    const output = await arena.output();
    const input = await arena.input({ "a.txt": "1", "b.txt": "raise", "c.txt": "3" });
    const failed = await arena.caller.run({ properties: { ...body(input, output).properties, maxConcurrencyPerInstance: 1 } }, { "azureml-model-deployment": "strict" });
    expect(failed.properties).toMatchObject({ status: "Failed", error: { code: "UserError", message: "the error threshold of 0 failed files was exceeded: 1 have failed" } });
    expect(await arena.read(output, "predictions.csv")).toBeUndefined();
    expect((await arena.caller.send("POST", `/jobs/${failed.name}/resume`)).status).toBe(202);
    const again = await arena.caller.ended(failed.name);
    expect(again.properties.status).toBe("Failed"); // the file is what it was
    expect(await arena.read(output, "logs/sys/master_role.txt")).toContain("3 files in 3 mini-batches; 1 are done");
  });
  const thresholds: readonly (readonly [threshold: number, refusal?: RegExp])[] = [
    [-1],
    [0, /^the error threshold of 0 failed files was exceeded: [1-7] have failed$/],
    [5, /^the error threshold of 5 failed files was exceeded: [67] have failed$/],
    [7],
  ];
  for (const [errorThreshold, refusal] of thresholds)
    declare(`an error threshold of ${errorThreshold}, with 7 bad files of 20: ${refusal === undefined ? "Completed" : "Failed"}`, async (arena) => {
      const output = await arena.output();
      const twenty = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`${String(n).padStart(2, "0")}.txt`, n % 3 === 0 ? "raise" : String(n)]));
      const { properties } = await arena.caller.run({ properties: { ...body(await arena.input(twenty), output).properties, errorThreshold, retrySettings: { maxRetries: 0 } } });
      expect(properties.status).toBe(refusal === undefined ? "Completed" : "Failed");
      if (refusal !== undefined) expect(properties.error?.message).toMatch(refusal);
      const sound = Object.entries(twenty).filter(([, said]) => said !== "raise");
      expect(await arena.read(output, "predictions.csv")).toBe(refusal === undefined ? sound.map(([name, said]) => `${name} ${said}\n`).join("") : undefined);
    });
  return clauses;
}
