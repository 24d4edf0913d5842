/** Expectations that are written once, and tried on each target. What they show is kept in `results`, from which the README's table is printed. */
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { Caller } from "./caller.ts";
import { FEATURES, type Feature, type Target } from "./feature.ts";

export interface Keys {
  readonly primaryKey: string;
  readonly secondaryKey: string;
}

/** A program that runs on a target. */
export interface Arena extends AsyncDisposable {
  readonly target: Target;
  /** Of `/score`. */
  url(endpoint: string): Promise<URL>;
  keys(endpoint: string): Promise<Keys>;
  /** With the first key, or another credential. */
  caller(endpoint: string, credential?: string): Promise<Caller>;
  /** Requests that a deployment has had so far, copies included. */
  requestsOf(endpoint: string, deployment: string): Promise<number>;
  /** A token of a service account of the program's namespace; there is none where there is no cluster. */
  token(serviceAccount: string, audience: string): Promise<string>;
  /** What is said when the program is started with this configuration, and refused. */
  refusal(configuration: Readonly<Record<string, string>>): Promise<string>;
}

type Trial<A> = (arena: A) => Promise<void>;

/** One expectation of what runs on a target. */
export interface Case<A = Arena> {
  /** What it shows, if it holds. */
  readonly features: readonly Feature[];
  readonly says: string;
  readonly run: Trial<A>;
  /** Targets that do otherwise by design: the words of the table, why, and what is expected there instead. */
  readonly otherwise?: Partial<Readonly<Record<Target, { readonly cell: string; readonly why: string; readonly run: Trial<A> }>>>;
}

/** What the table says of a feature that is there. */
const YES = "yes";
const NO = "FAILS";

/** Makes a test of each case, and one of the results of all. `part` is the program's name. */
export const conformance = <A>(part: string, target: Target, open: () => A | Promise<A>, cases: readonly Case<A>[]): void => {
  const shown: Partial<Record<Feature, string>> = {};
  const tests = cases.map((each) => {
    const other = each.otherwise?.[target];
    return { ...each, cell: other?.cell ?? YES, trial: other?.run ?? each.run, title: other === undefined ? each.says : `${each.says}; on ${target} otherwise: ${other.why}` };
  });
  test.each(tests)("$title", { timeout: CASE_MS }, async ({ cell, features, trial }) => {
    expect.hasAssertions();
    const before = features.map((feature) => shown[feature]);
    // Until it has been shown: one case that fails is enough.
    for (const feature of features) shown[feature] = NO;
    await trial(await open());
    for (const [i, feature] of features.entries()) shown[feature] = before[i] ?? cell;
  });
  test("what was shown is what the README's table says", async () => {
    const rows = Object.keys(FEATURES).flatMap((feature) => (shown[feature as Feature] === undefined ? [] : [[feature, shown[feature as Feature]]]));
    await expect(`${JSON.stringify(Object.fromEntries(rows), undefined, 2)}\n`).toMatchFileSnapshot(fileURLToPath(new URL(`results/${target}/${part}.json`, import.meta.url)));
  });
};

/** Ten thousand requests through a gateway, on a machine that does other things too. */
const CASE_MS = 600_000;
