/** `inference-endpoints invoke`: one request to an endpoint, or one job of a batch endpoint, here or elsewhere. */
import { readFileSync } from "node:fs";
import { nearMiss } from "../model/refusal.ts";
import { BATCH_ROUTES } from "../scoring/contract/batch.ts";
import { HEADERS, ROUTES } from "../scoring/contract.ts";
import { BATCH_ONLY, invokeBatch, type BatchInvokeOptions } from "./invoke-batch.ts";
import { readKey } from "./keys.ts";
import { refuse } from "./refusal.ts";
import { findRunning } from "./running.ts";

/** The flags of `invoke`. A key is no flag: every user of the machine could read it in the process list. */
export interface InvokeOptions extends BatchInvokeOptions {
  readonly requestFile?: string | undefined;
  readonly data?: string | undefined;
  readonly deployment?: string | undefined;
  readonly url?: string | undefined;
  readonly keyFile?: string | undefined;
  readonly port?: number | undefined;
}

const KEY_VARIABLE = "INFERENCE_ENDPOINTS_KEY";

interface Place {
  readonly url: string;
  readonly key: string;
  readonly kind: "online" | "batch";
  /** Whether this machine answers. */
  readonly here: boolean;
}

/** The answer's body goes to standard output, whatever it is; anything but success goes to standard error, and the exit code is 1. */
export const invoke = async (endpoint: string, options: InvokeOptions): Promise<void> => {
  const { here, key, kind, url } = options.url === undefined ? running(endpoint, options) : elsewhere(options.url, options);
  const given = options.data !== undefined || options.requestFile !== undefined;
  if (kind === "batch") return invokeBatch({ endpoint, url, key, here, body: given ? readBody(options).toString() : undefined, deployment: options.deployment }, options);
  const foreign = BATCH_ONLY.find((name) => options[name] !== undefined);
  if (foreign !== undefined || options.wait === false) return refuse(`${endpoint} is an online endpoint: ${foreign === undefined ? "--no-wait" : flagOf(foreign)} is for batch endpoints`);
  const body = readBody(options);
  const headers: Record<string, string> = { Authorization: `Bearer ${key}`, "Content-Type": "application/json" };
  if (options.deployment !== undefined) headers[HEADERS.deployment] = options.deployment;
  const answer = await post(url, headers, body);
  const bytes = Buffer.from(await answer.arrayBuffer());
  // On a terminal the prompt must not stick to the answer; a file gets the bytes alone.
  if (answer.ok) return void process.stdout.write(process.stdout.isTTY ? Buffer.concat([bytes, Buffer.from("\n")]) : bytes);
  const by = answer.headers.get(HEADERS.deployment);
  process.stderr.write(`${answer.status} ${answer.statusText} from ${by === null ? url : `deployment ${by}`}\n${bytes.toString()}\n`);
  process.exitCode = 1;
};

const post = async (url: string, headers: Record<string, string>, body: Uint8Array<ArrayBuffer> | string): Promise<Response> => {
  try {
    return await fetch(url, { method: "POST", headers, body });
  } catch (error) {
    const { cause, message } = error as Error;
    return refuse(`${url} cannot be reached: ${cause instanceof Error ? cause.message : message}`);
  }
};

const flagOf = (name: string): string => `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** Scoring URIs of batch endpoints end in `/jobs`, on Azure too. */
const elsewhere = (url: string, options: InvokeOptions): Place => ({
  url,
  key: givenKey(options) ?? refuse(NO_KEY),
  kind: url.endsWith(BATCH_ROUTES.jobs) ? "batch" : "online",
  here: /^(localhost|127(\.\d+){3}|\[::1\])$/.test(URL.parse(url)?.hostname ?? ""),
});

const readBody = ({ data, requestFile }: InvokeOptions): Uint8Array<ArrayBuffer> | string => {
  if ((data === undefined) === (requestFile === undefined)) return refuse("give the body with --data or with --request-file");
  if (data !== undefined) return data;
  try {
    return new Uint8Array(readFileSync(requestFile === "-" ? 0 : (requestFile as string)));
  } catch (error) {
    return refuse(`--request-file ${requestFile} cannot be read: ${(error as Error).message}`);
  }
};

const NO_KEY = `the endpoint's key is missing: set ${KEY_VARIABLE}, or name a file with --key-file`;

const givenKey = ({ keyFile }: InvokeOptions): string | undefined => {
  const fromEnvironment = process.env[KEY_VARIABLE];
  if (keyFile !== undefined) return readKey(keyFile);
  return fromEnvironment === "" ? undefined : fromEnvironment;
};

/** The endpoint that a `dev` runs on this machine. */
const running = (endpoint: string, options: InvokeOptions): Place => {
  const all = findRunning(process.env);
  const found = all.filter(({ name, port }) => name === endpoint && (options.port === undefined || port === options.port));
  const [only, ...others] = found;
  if (only === undefined) return refuse(notRunning(endpoint, all.map(({ name }) => name), options.port));
  if (others.length > 0) return refuse(`several dev servers run an endpoint ${JSON.stringify(endpoint)}; choose one with --port: ${found.map(({ port }) => port).join(", ")}`);
  const { keys, kind = "online", url } = only;
  return { url: `${url}${kind === "batch" ? BATCH_ROUTES.jobs : ROUTES.score}`, key: givenKey(options) ?? readKey(keys), kind, here: true };
};

const notRunning = (endpoint: string, names: readonly string[], port: number | undefined): string => {
  const meant = nearMiss(endpoint, names);
  const help = meant === undefined ? "; start it with inference-endpoints dev, or name one elsewhere with --url" : `; did you mean ${JSON.stringify(meant)}?`;
  return `no endpoint ${JSON.stringify(endpoint)} runs on this machine${port === undefined ? "" : ` on port ${port}`}${help}`;
};
