/** The rows of the parity table, in its order, and the targets that are its columns. */

export const TARGETS = { dev: "This machine, `dev`", cluster: "Kubernetes, `pulumi up`", rendered: "Kubernetes, `render --out` and `kubectl apply`" } as const;

export type Target = keyof typeof TARGETS;

export const FEATURES = {
  url: "A stable URL, below it `POST /score`",
  ownAddress: "A hostname and a path of one's own",
  swagger: "`GET swagger.json`",
  key: '`authMode: "key"`: either of two keys opens, nothing else does',
  amlToken: '`authMode: "aml_token"`: listed callers alone',
  split: "Traffic split, counted over thousands of requests",
  mirror: "A shadow gets its copies, and nobody sees its answers",
  named: "A deployment named by header answers, also at 0 %; an unknown one is 404",
  statuses: "Statuses of Azure's router: 424 with the model's own, 404",
  tooMany: "429 over the limit of requests at once",
  timeout: "408 after `requestTimeoutMs`",
  tooLarge: "413 over the size of a body",
  ids: "Request ids, and the deployment's name in every answer",
  streams: "Answers that stream",
  variables: "`environmentVariables`, and those of secrets",
  onnx: "ONNX file: every label as scikit-learn gives it",
  python: "Python script: every label as scikit-learn gives it",
  script: "Script in TypeScript",
  mlflow: "MLflow model without code",
  container: "Custom container",
  batch: "Batch: the contract of jobs",
  batchPipeline: "Batch: pipelines of steps",
} as const;

export type Feature = keyof typeof FEATURES;
