/** Small declarations for tests: what is not under test is sound. */
import { createHash } from "node:crypto";
import type { BatchEndpoint } from "../../lib/model/batch-endpoint.ts";
import type { OnlineEndpoint } from "../../lib/model/endpoint.ts";
import { parseBatch, parseEndpoint } from "../../lib/model/parse.ts";
import type { Problem } from "../../lib/model/refusal.ts";

export const naming = { stack: "acme/models/prod", sha256: (text: string) => createHash("sha256").update(text).digest("hex") };

export const kubernetesTarget = {
  type: "kubernetes",
  namespace: "ml",
  scoringImage: "registry.example.com/scoring:1",
  gateway: { name: "public", namespace: "gateways", implementation: "envoy-gateway", url: "https://models.example.com" },
} as const;

export const azureTarget = {
  type: "azureMl",
  resourceGroupName: "rg",
  workspaceName: "ws",
  location: "westeurope",
  storage: { accountName: "acct", containerName: "models" },
  scoringImage: "registry.example.com/scoring:1",
} as const;

export const deployment = { model: "azureml:wine:1", azure: { instanceType: "Standard_DS3_v2" } } as const;

export const declaration = (changes: object = {}): object => ({
  kind: "online",
  target: kubernetesTarget,
  deployments: { blue: deployment, green: deployment },
  ...changes,
});

/** The problems of a declaration, by path. */
export const problemsOf = (changes: object, name = "credit"): Record<string, string> => byPath(parseEndpoint(name, declaration(changes), naming).problems);

export const byPath = (problems: readonly Problem[]): Record<string, string> =>
  Object.fromEntries(problems.map(({ path, message }) => [path, message]));

/** A parsed endpoint; throws on problems, so that no test goes on with half of one. */
export const parsed = (changes: object = {}, name = "credit"): OnlineEndpoint<string> => {
  const { endpoint, problems } = parseEndpoint<string>(name, declaration(changes), naming);
  if (problems.length > 0) throw new Error(problems.map(({ path, message }) => `${path}: ${message}`).join("\n"));
  return endpoint;
};

export const batchDeployment = {
  model: "azureml:wine:1",
  codeConfiguration: { code: "azureml:wine:1", scoringScript: "score.py" },
  azure: { compute: "azureml:cpu", environment: "azureml:wine:1" },
} as const;

/** The same of a batch endpoint. */
export const batchDeclaration = (changes: object = {}): object => ({
  kind: "batch",
  target: azureTarget,
  deployments: { blue: batchDeployment, green: batchDeployment },
  defaults: { deploymentName: "blue" },
  ...changes,
});

export const batchProblems = (changes: object, name = "credit"): Record<string, string> => byPath(parseBatch(name, batchDeclaration(changes), naming).problems);

export const parsedBatch = (changes: object = {}, name = "credit"): BatchEndpoint<string> => {
  const { endpoint, problems } = parseBatch<string>(name, batchDeclaration(changes), naming);
  if (problems.length > 0) throw new Error(problems.map(({ path, message }) => `${path}: ${message}`).join("\n"));
  return endpoint;
};
