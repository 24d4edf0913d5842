/** What `dev` prints. Plain lines; on a terminal, progress takes the place of the progress before it. */
import type { LocalBatchDeployment, LocalBatchPlan, LocalPlan, LocalShare } from "../compile/local/plan.ts";
import type { DeploymentStatus } from "../local/endpoints.ts";
import { BATCH_ROUTES } from "../scoring/contract/batch.ts";
import { HEADERS, ROUTES } from "../scoring/contract.ts";
import { explainMissing, type Python } from "./python.ts";

/** Where lines go. */
export class Screen {
  readonly #out: NodeJS.WriteStream;
  #passing = false;

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
  }

  /** A line; a passing one is shown on terminals alone, until the next. */
  say(line: string, passing = false): void {
    if (passing && !this.#out.isTTY) return;
    if (this.#passing) this.#out.write("\r\u001b[2K");
    this.#out.write(passing ? line.slice(0, (this.#out.columns > 0 ? this.#out.columns : 80) - 1) : `${line}\n`);
    this.#passing = passing;
  }
}

/**
 * Routine lines of a front: starts, requests, and the sentence that its status repeats. A script's own lines and every other warning are not.
 */
export const isRoutine = (line: string): boolean => / (?:I \[\d+\] azmlinfsrv - |E \[\d+\] azmlinfsrv - cannot serve: )/.test(line);

/** How an endpoint is reached. */
export interface Address {
  /** Without `/score`. */
  readonly url: string;
  readonly keysPath: string;
  readonly primaryKey: string;
  /** Folder of what is collected. */
  readonly collectedIn: string;
  /** Whether the keys are the program's: then they are not shown. */
  readonly given: boolean;
}

/** The block of one endpoint. */
export const endpointLines = (plan: LocalPlan<string>, { collectedIn, given, keysPath, primaryKey, url }: Address): string[] => [
  `${plan.name}`,
  `  URL      ${url}${ROUTES.score}`,
  `  traffic  ${trafficLine(plan)}`,
  ...(plan.mirror === undefined ? [] : [`  mirror   ${share(plan.mirror)}, answers thrown away`]),
  ...(given ? [] : [`  key      ${primaryKey}`]),
  `  keys     ${keysPath}${given ? " (as the program gives them)" : ""}`,
  ...(plan.deployments.some(({ collector }) => collector !== undefined) ? [`  data     ${collectedIn}/${plan.name}`] : []),
];

/** The block of one batch endpoint. */
export const batchLines = (plan: LocalBatchPlan<string>, jobs: string, { given, keysPath, primaryKey, url }: Address): string[] => [
  `${plan.name}`,
  `  URL      ${url}${BATCH_ROUTES.jobs}`,
  `  default  ${plan.defaultDeployment ?? `none: name one of ${plan.deployments.map(({ name }) => name).join(", ")}`}`,
  ...(given ? [] : [`  key      ${primaryKey}`]),
  `  keys     ${keysPath}${given ? " (as the program gives them)" : ""}`,
  `  jobs     ${jobs}`,
];

/** A line to paste, with a place for each thing that must be given: of a pipeline, what has a name there and no default. */
export const invokeLine = ({ defaultDeployment, deployments, name }: LocalBatchPlan<string>): string => {
  const chosen = deployments.find((each) => each.name === defaultDeployment) ?? deployments[0];
  if (chosen === undefined) return `(nothing answers: every deployment of ${name} is another program's)`;
  return ["npx inference-endpoints invoke", name, ...(chosen.name === defaultDeployment ? [] : ["--deployment", chosen.name]), ...asked(chosen)].join(" ");
};

const asked = (deployment: LocalBatchDeployment<string>): string[] => {
  if (deployment.type === "model") return ["--input <folder>"];
  const needed = Object.entries(deployment.inputs).filter(([, input]) => input.default === undefined && input.optional !== true);
  return needed.map(([name, { type }]) => (type.startsWith("uri_") ? `--input ${name}=<${type.slice("uri_".length)}>` : `--literal ${name}=<${type}>`));
};

const share = ({ deployment, percent }: LocalShare): string => `${deployment} ${percent} %`;

const trafficLine = ({ deployments, mirror, traffic }: LocalPlan<string>): string => {
  const named = deployments.map(({ name }) => name).filter((name) => name !== mirror?.deployment && !traffic.some(({ deployment }) => deployment === name));
  const byHeader = named.length === 0 ? [] : [`by header alone: ${named.join(", ")}`];
  return [...(traffic.length === 0 ? ["none"] : traffic.map(share)), ...byHeader].join(", ");
};

/** A line to paste; it reads a key that is not shown from its file. It names a deployment where none has traffic. */
export const curlLine = ({ given, keysPath, primaryKey, url }: Address, body: string, deployment?: string): string =>
  [
    `curl -sS ${url}${ROUTES.score}`,
    `-H "Authorization: Bearer ${given ? `$(node -p ${single(READ_KEY)} ${single(keysPath)})` : primaryKey}"`,
    '-H "Content-Type: application/json"',
    ...(deployment === undefined ? [] : [`-H "${HEADERS.deployment}: ${deployment}"`]),
    `-d ${single(body)}`,
  ].join(" ");

/** Node is there, and reads every key that JSON can write. */
const READ_KEY = "JSON.parse(fs.readFileSync(process.argv[1])).primaryKey";

/** A word of a shell. */
const single = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** A change of a deployment's state, if it is worth a line. */
export const statusLine = (status: DeploymentStatus, python: Python | undefined): string | undefined => {
  const name = `${status.endpoint}/${status.deployment}`;
  if (status.state === "ready") return `${name} is ready`;
  if (status.state !== "failed" && status.state !== "restarting") return undefined;
  const verb = status.state === "failed" ? "cannot start" : "ended and is restarted";
  const advice = explainMissing(status.reason, python);
  return [`${name} ${verb}: ${status.reason.trim()}`, ...(advice === undefined ? [] : [`  ${advice}`])].join("\n");
};
