/** Models that no ConfigMap holds, each brought in its own way and asked for the same answer: on a volume, copied out of an image, fetched. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newClaims, type Claims } from "./claims.ts";
import { answering, newDeclared, onnx, row, type Declared } from "./declared.ts";
import { MODEL_IMAGE } from "./image.ts";
import { newWeb, type Web } from "./web.ts";

const NAMESPACE = "models";
const file = readFileSync(new URL("../../examples/quickstart/models/blue.onnx", import.meta.url));

let declared: Declared;
let claims: Claims;
let web: Web;

const from = (model: object): object => ({ ...onnx("blue"), model });

beforeAll(async () => {
  declared = await newDeclared(NAMESPACE);
  claims = await newClaims(NAMESPACE);
  web = await newWeb({ "blue.onnx": file });
  const [claim, folder] = claims.input({ "blue.onnx": file }).slice("pvc://".length).split("/");
  const deployments = {
    inline: onnx("blue"),
    volume: from({ claim, path: `${folder}/blue.onnx` }),
    copied: from({ ...MODEL_IMAGE, mount: "copy" }),
    fetched: from({ path: web.address("blue.onnx"), sha256: createHash("sha256").update(file).digest("hex") }),
  };
  await declared.up({ wine: { deployments, traffic: { inline: 100 } } });
});

afterAll(async () => {
  await declared?.[Symbol.asyncDispose]();
  await claims?.[Symbol.asyncDispose]();
  await web?.[Symbol.asyncDispose]();
});

test.each(["volume", "copied", "fetched"])("%s: the model answers as from a ConfigMap", async (name) => {
  const caller = await declared.caller("wine");
  const asked = async (deployment: string) => {
    const headers = { "azureml-model-deployment": deployment };
    await answering(caller, headers);
    return caller.post(row(0), headers);
  };
  const [given, expected] = [await asked(name), await asked("inline")];
  expect([given.status, given.deployment, expected.status]).toEqual([200, name, 200]);
  expect(JSON.parse(given.body)).toEqual(JSON.parse(expected.body));
});

test("other content than the checksum's never starts, and the update says both hashes", async () => {
  const { output } = await declared.up(
    { wine: { deployments: { inline: onnx("blue"), fetched: from({ path: web.address("blue.onnx"), sha256: "0".repeat(64) }) }, traffic: { inline: 100 } } },
    { refused: true, waitSeconds: 30 },
  );
  expect(output).toMatch(/blue\.onnx has the SHA-256 [0-9a-f]{64}, and 0{64} was expected/);
});
