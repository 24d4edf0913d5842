/** The command line of rollout.ts, and what a CI service keeps secret. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Limits, Place } from "./check.ts";
import { Failure } from "./split.ts";
import type { Stopping } from "./stopping.ts";

export interface Options {
  /** Who gets the traffic. */
  readonly deployment: string;
  readonly stack: string;
  /** The scoring URL of an `inference-endpoints dev` that runs this program; instead of Pulumi. */
  readonly dev: string | undefined;
  /** Its shares, one after another. */
  readonly steps: readonly number[];
  readonly limits: Limits;
  /** Prints a key of the endpoint; the variable INFERENCE_ENDPOINTS_KEY goes first. */
  readonly keyCommand: string | undefined;
  readonly verbose: boolean;
}

const HELP = `rollout.ts <deployment> --stack <stack>
  --steps 10,50,100      shares, in percent, that it gets one after another
  --requests 200         requests a step, through the endpoint; requests.json has their bodies
  --at-once 1            of these, so many at a time
  --over 0               seconds that they are spread over
  --min-ok 99            of its answers, at least so many percent must be 2xx
  --max-p95 500          milliseconds within which 95 % of its answers must come
  --patience 60          seconds that a new split may take until callers see it
  --key-command <line>   prints a key of the endpoint, unless INFERENCE_ENDPOINTS_KEY holds one
  --dev <URL>            moves the split of an inference-endpoints dev, at its scoring URL, instead of a stack
  --verbose              what the engine prints, too`;

/** Empty is not given: that is what a CI service makes of a secret that is not there. */
const GIVEN = process.env["INFERENCE_ENDPOINTS_KEY"]?.trim() ?? "";

/** The command line is wrong. */
export class Usage extends Failure {}

export const optionsOf = (args: readonly string[]): Options => {
  const { positionals, values } = parse(args);
  const [deployment, ...more] = positionals;
  if (deployment === undefined || more.length > 0 || values.stack === undefined) throw new Usage(HELP);
  const number = (name: keyof typeof values, low: number, high?: number): number => numberOf(`--${name}`, String(values[name]), low, high);
  const count = (name: "at-once" | "requests"): number => wholeOf(`--${name}`, values[name], 1);
  const steps = values.steps.split(",").map((each) => wholeOf("--steps", each, 1, 100));
  if (steps.some((each, i) => each <= (steps[i - 1] ?? 0))) throw new Usage(`--steps: expected whole percents that grow, such as 10,50,100; got ${values.steps}`);
  const limits = { requests: count("requests"), atOnce: count("at-once"), over: number("over", 0), minOk: number("min-ok", 0, 100), maxP95: number("max-p95", 0), patience: number("patience", 0) };
  if (GIVEN === "" && values["key-command"] === undefined) throw new Usage("a key of the endpoint is missing: set INFERENCE_ENDPOINTS_KEY, or give --key-command");
  return { deployment, stack: values.stack, dev: values.dev, steps, limits, keyCommand: values["key-command"], verbose: values.verbose };
};

const parse = (args: readonly string[]) => {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        stack: { type: "string" },
        dev: { type: "string" },
        steps: { type: "string", default: "10,50,100" },
        requests: { type: "string", default: "200" },
        "at-once": { type: "string", default: "1" },
        over: { type: "string", default: "0" },
        "min-ok": { type: "string", default: "99" },
        "max-p95": { type: "string", default: "500" },
        patience: { type: "string", default: "60" },
        "key-command": { type: "string" },
        verbose: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    throw new Usage(`${(error as Error).message}\n${HELP}`, { cause: error });
  }
};

const numberOf = (name: string, text: string, low: number, high = Number.POSITIVE_INFINITY): number => {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (value >= low && value <= high) return value;
  throw new Usage(`${name}: expected a number from ${low}${high === Number.POSITIVE_INFINITY ? "" : ` to ${high}`}; got ${JSON.stringify(text)}`);
};

const wholeOf = (name: string, text: string, low: number, high?: number): number => {
  const value = numberOf(name, text, low, high);
  if (!Number.isInteger(value)) throw new Usage(`${name}: expected a whole number; got ${JSON.stringify(text)}`);
  return value;
};

/** What a step asks of a deployment. */
export const limitsInWords = ({ maxP95, minOk, over, requests }: Limits): string =>
  `${requests} requests a step${over === 0 ? "" : ` over ${over} s`}; of its answers at least ${minOk} % must be 2xx, and 95 % come within ${maxP95} ms`;

/** Where to call, with which key. */
export const placeOf = ({ deployment, keyCommand }: Options, { name, url }: { readonly name: string; readonly url: string }, stopping: Stopping): Place => {
  const bodies = JSON.parse(readFileSync(`${import.meta.dirname}/requests.json`, "utf8")) as unknown[];
  return { url, deployment, name, key: keyOf(keyCommand), bodies: bodies.map((body) => JSON.stringify(body)), stopping };
};

/** Never printed, wherever it comes from. */
const keyOf = (command: string | undefined): string => {
  const key = GIVEN === "" ? printed(command ?? "") : GIVEN;
  // A header takes nothing else, and an error about it would quote it.
  if (!/^[\x21-\x7e]+$/.test(key)) throw new Failure("the key is no single word: it comes from INFERENCE_ENDPOINTS_KEY, or --key-command prints more than a key");
  return key;
};

const printed = (command: string): string => {
  const { status, stderr, stdout } = spawnSync("sh", ["-c", command], { cwd: import.meta.dirname, encoding: "utf8" });
  if (status !== 0 || stdout.trim() === "") throw new Failure(`--key-command printed no key (exit code ${status}): ${stderr.trim()}`);
  return stdout.trim();
};
