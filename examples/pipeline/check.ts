/** Requests to the endpoint, and what they say about a deployment. Every answer names the deployment that gave it. */
import { setTimeout as pause } from "node:timers/promises";
import { Failure } from "./split.ts";
import type { Stopping } from "./stopping.ts";

/** What a deployment must do to go on. */
export interface Limits {
  /** Requests a step. */
  readonly requests: number;
  /** Of these, so many at a time: a deployment takes two an instance and worker, and answers 429 to more. */
  readonly atOnce: number;
  /** Seconds that they are spread over; 0: as fast as they are answered. */
  readonly over: number;
  /** Of the answers, at least so many percent are 2xx. */
  readonly minOk: number;
  /** 95 % of the answers come within so many milliseconds. */
  readonly maxP95: number;
  /** Seconds that a new split may take until callers see it. */
  readonly patience: number;
}

/** Where the endpoint answers. */
export interface Place {
  readonly url: string;
  readonly key: string;
  /** The deployment that is looked at, and what it is called there. */
  readonly deployment: string;
  readonly name: string;
  /** Bodies of requests, which are sent in turn. */
  readonly bodies: readonly string[];
  readonly stopping: Stopping;
}

interface Answer {
  /** 0 where none came. */
  readonly status: number;
  /** Undefined where it came from no deployment. */
  readonly by: string | undefined;
  readonly ms: number;
  /** Of one that is not 2xx. */
  readonly text: string;
}

/** What was seen, and what is wrong with it. */
export interface Seen {
  readonly line: string;
  readonly problem?: string | undefined;
}

const HEADER = "azureml-model-deployment";
const TIMEOUT_MS = 60_000;

const ask = async ({ bodies, key, stopping: { signal }, url }: Place, nth: number, named?: string): Promise<Answer> => {
  const begin = performance.now();
  const headers = { Authorization: `Bearer ${key}`, "Content-Type": "application/json", ...(named === undefined ? {} : { [HEADER]: named }) };
  const since = (): number => performance.now() - begin;
  try {
    const body = bodies[nth % bodies.length] ?? "";
    const answer = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]) });
    const text = await answer.text();
    return { status: answer.status, by: answer.headers.get(HEADER) ?? undefined, ms: since(), text: answer.ok ? "" : text.replaceAll(key, "[key]") };
  } catch (error) {
    signal.throwIfAborted();
    const { cause, message } = error as Error;
    return { status: 0, by: undefined, ms: since(), text: (cause instanceof Error ? cause.message : message).replaceAll(key, "[key]") };
  }
};

const askAll = async (place: Place, { atOnce, over, requests: count }: Pick<Limits, "atOnce" | "over" | "requests">, named?: string): Promise<Answer[]> => {
  const answers: Answer[] = [];
  const begin = performance.now();
  let next = 0;
  const caller = async (): Promise<void> => {
    for (let nth = next++; nth < count; nth = next++) {
      const wait = begin + (nth * over * 1000) / count - performance.now();
      if (wait > 0) await pause(wait, undefined, { signal: place.stopping.signal });
      answers[nth] = await ask(place, nth, named);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, caller));
  return answers;
};

/** The smoke test: every body once, to the deployment by its name in the header, as soon as the endpoint knows that name. */
export const smoke = async (place: Place, { patience }: Limits): Promise<Seen> => {
  const { name } = place;
  const first = await until(patience, place, () => ask(place, 0, name), ({ by, status }) => by === name || REFUSED.has(status));
  if (REFUSED.has(first.status)) throw new Failure(`the endpoint answers ${first.status}: the key is not one of its keys`);
  const answers = await askAll(place, { requests: place.bodies.length, atOnce: 1, over: 0 }, name);
  const bad = answers.filter(({ by, status }) => !isOk(status) || by !== name);
  const line = `${okOf(answers)}   p95 ${p95(answers)} ms`;
  return { line, problem: bad.length === 0 ? undefined : `${bad.length} of ${answers.length} requests were not answered by it with 2xx ${what(bad)}` };
};

const REFUSED = new Set([401, 403]);

/** A step: requests as callers send them. Judged is the deployment that has `share` percent, and what came from none. */
export const step = async (place: Place, share: number, limits: Limits): Promise<Seen> => {
  const { name } = place;
  const look = async () => {
    const answers = await askAll(place, limits);
    return { answers, problem: judge(answers, name, limits), seen: sees(answers, name, share) };
  };
  const { answers, problem, seen: asWished } = await until(limits.patience, place, look, (looked) => looked.seen || looked.problem !== undefined);
  const own = from(answers, name).length;
  return { line: lineOf(answers, place), problem: problem ?? (asWished ? undefined : `callers do not see the split: ${own} of ${answers.length} answers came from it, ${limits.patience} s after it should have ${share} %`) };
};

/** Whether callers see a split, whatever the answers are. */
export const seen = async (place: Place, share: number, limits: Limits): Promise<Seen> => {
  const { name } = place;
  const look = (): Promise<Answer[]> => askAll(place, { ...limits, over: 0 });
  const answers = await until(limits.patience, place, look, (looked) => sees(looked, name, share));
  return { line: lineOf(answers, place), problem: sees(answers, name, share) ? undefined : `callers do not see it yet, ${limits.patience} s after it` };
};

/** Looks again each second until it is as wished, or patience ends. */
const until = async <T>(patience: number, { stopping: { signal } }: Place, look: () => Promise<T>, wished: (looked: T) => boolean): Promise<T> => {
  for (const end = performance.now() + patience * 1000; ; await pause(1000, undefined, { signal })) {
    const looked = await look();
    if (wished(looked) || performance.now() > end) return looked;
  }
};

/** Chance moves a count by less than this; once in 16,000 times it does not, and the next look is taken. */
const DEVIATIONS = 4;

/** Whether so many of the answers came from it as its share says. */
const sees = (answers: readonly Answer[], name: string, share: number): boolean => {
  const named = answers.filter(({ by }) => by !== undefined).length;
  const own = from(answers, name).length;
  const chance = DEVIATIONS * Math.sqrt(((named * share) / 100) * (1 - share / 100));
  return Math.abs(own - (named * share) / 100) <= chance && (own > 0 || share === 0);
};

const judge = (answers: readonly Answer[], name: string, { maxP95, minOk }: Limits): string | undefined => {
  const own = from(answers, name);
  const bad = own.filter(({ status }) => !isOk(status));
  const lost = answers.filter(({ by, status }) => by === undefined && !isOk(status));
  const tooMany = (some: readonly Answer[], all: readonly Answer[]): boolean => some.length * 100 > all.length * (100 - minOk);
  if (tooMany(bad, own)) return `${bad.length} of its ${own.length} answers are not 2xx ${what(bad)}; at least ${minOk} % must be`;
  if (tooMany(lost, answers)) return `${lost.length} of ${answers.length} requests reached no deployment ${what(lost)}; at least ${minOk} % must be answered`;
  return p95(own) > maxP95 ? `its p95 is ${p95(own)} ms; at most ${maxP95} ms is wanted` : undefined;
};

/** `21 of 200 by green   200/200 ok   p95 12 ms`: who answered callers, how many got a result, and how long the deployment took. */
const lineOf = (answers: readonly Answer[], { deployment, name }: Place): string => {
  const own = from(answers, name);
  return `${own.length} of ${answers.length} by ${deployment}   ${okOf(answers)}${own.length === 0 ? "" : `   p95 ${p95(own)} ms`}`;
};

const okOf = (answers: readonly Answer[]): string => `${answers.filter(({ status }) => isOk(status)).length}/${answers.length} ok`;

const from = (answers: readonly Answer[], name: string): Answer[] => answers.filter(({ by }) => by === name);

const isOk = (status: number): boolean => status >= 200 && status < 300;

const p95 = (answers: readonly Answer[]): number => {
  const sorted = answers.map(({ ms }) => ms).toSorted((a, b) => a - b);
  return Math.round(sorted[Math.ceil(sorted.length * 0.95) - 1] ?? 0);
};

const SHOWN = 200;

/** `(424: 48, no answer: 1; the first says "…")` */
const what = (bad: readonly Answer[]): string => {
  const counts = new Map<number, number>();
  for (const { status } of bad) counts.set(status, (counts.get(status) ?? 0) + 1);
  const listed = [...counts].map(([status, count]) => `${status === 0 ? "no answer" : status}: ${count}`).join(", ");
  const first = bad.find(({ text }) => text !== "")?.text.slice(0, SHOWN).replaceAll(/\s+/g, " ");
  return `(${listed}${first === undefined ? "" : `; the first says ${JSON.stringify(first)}`})`;
};
