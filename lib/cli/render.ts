/** `inference-endpoints render`: what a program becomes, as YAML. */
import { resolve } from "node:path";
import { readAssets } from "../assets/read.ts";
import { InvalidArgs } from "../model/refusal.ts";
import type { Filled } from "./fill.ts";
import { comment, printParts, type Printed } from "./print-plan.ts";
import { declarations, open, stackOf, type Opened, type ProgramOptions } from "./program.ts";
import { Refused, refuse } from "./refusal.ts";
import { retarget, type Retargeted } from "./retarget.ts";
import { forEndpoint } from "./sets.ts";
import { targetName, type TargetName } from "./target-name.ts";
import { pathsIn, unknownLines } from "./unknowns.ts";
import { writeFiles, type Rendered } from "./write-files.ts";

/** The flags of `render`. */
export interface RenderOptions extends ProgramOptions {
  readonly target?: TargetName | undefined;
  readonly out?: string | undefined;
}

interface Result extends Printed {
  readonly filled: Filled;
  readonly moved: Retargeted;
  readonly target: TargetName;
}

/** Prints to standard output, or writes files. Refusals of every endpoint are told together. */
export const render = async (named: string | undefined, options: RenderOptions): Promise<void> => {
  const opened = open(named, options, process.cwd(), process.env);
  const { endpoints } = await declarations(opened, { secrets: "hide", target: options.target });
  for (const note of opened.configuration.notes) process.stderr.write(`note: ${note}\n`);
  const results = all(endpoints.map((filled) => () => one(filled, opened, options)));
  if (options.out === undefined) return void process.stdout.write(results.map(asText).join("---\n"));
  refuseOpen(results);
  const { removed, written } = writeFiles(resolve(options.out), opened.program.project, results.flatMap(asFiles));
  process.stderr.write(`wrote ${written} ${written === 1 ? "file" : "files"} to ${options.out}${removed.length === 0 ? "" : `, removed ${removed.join(", ")}`}\n`);
};

const one = (filled: Filled, opened: Opened, { out, target: wanted }: RenderOptions): Result => {
  const { program, settings } = opened;
  const target = wanted ?? targetName(filled.endpoint);
  const moved = retarget(filled.endpoint, target, forEndpoint(settings, filled.endpoint.name), stackOf(opened));
  const { assets, problems } = readAssets(moved.endpoint, target === "kubernetes" ? "inline" : target === "local" ? "place" : "content");
  const comments = [...moved.assumed.map(({ path, value }) => `${path} is not given; ${value} is assumed`), ...unseen(filled)];
  return { filled, moved, target, ...printParts(moved.endpoint, target, assets, { folder: program.cwd, missing: problems, comments, waves: out !== undefined }) };
};

const unseen = ({ transformed }: Filled): string[] =>
  transformed.length === 0 ? [] : [`not shown: what transform does to ${transformed.join(", ")} when the program is deployed`];

/** Does all of it, and throws what was refused as one. */
const all = <T>(steps: readonly (() => T)[]): T[] => {
  const refusals: InvalidArgs[] = [];
  const done = steps.flatMap((step) => {
    try {
      return [step()];
    } catch (error) {
      if (!(error instanceof InvalidArgs)) throw error;
      refusals.push(error);
      return [];
    }
  });
  if (refusals.length > 0) throw new Refused(refusals.map(({ message }) => message).join("\n"));
  return done;
};

const asText = ({ comments, documents }: Result): string => comment(comments) + documents.map(({ text }) => text).join("---\n");

/**
 * What is said of a whole endpoint stands in its one file; of many, it is told to whoever renders. Files are called by the logical name: of one
 * name there may be two endpoints, in two namespaces.
 */
const asFiles = ({ comments, documents, filled, target }: Result): Rendered[] => {
  if (target !== "kubernetes") return documents.map(({ name, text }) => ({ name: fileName(name), text: comment(comments) + text }));
  process.stderr.write(comments.map((line) => `${line}\n`).join(""));
  return documents.map(({ name, text }) => ({ name: fileName(`${filled.endpoint.logicalName}.${name}`), text: comment(unseen(filled)) + text }));
};

/** A logical name may be any text. */
const fileName = (name: string): string => `${name.replaceAll(/[^A-Za-z0-9._-]/g, "-")}.yaml`;

/** A file must be whole: no placeholder, no secret, nothing assumed. */
const refuseOpen = (results: readonly Result[]): void => {
  const lines = results.flatMap(({ data, filled, moved }) => [
    ...unknownLines(filled, pathsIn(data, filled.unknown), results.length),
    ...pathsIn(data, filled.secret).map((path) => `  - ${path}: a secret is written to no file; keep it in a Secret, or give another value with --set ${path}=value`),
    ...[...pathsIn(data, moved.unknown), ...moved.assumed.map(({ path }) => path)].map((path) => `  - ${path}: not given; --set ${path}=value`),
  ]);
  if (lines.length > 0) refuse(["Files need every value", ...lines].join("\n"));
};
