/** What stopped a program, for the person who wrote it. Runs in the program's process. */
import { sep } from "node:path";
import type { Program } from "./project.ts";

/** A refusal of this library speaks for itself; any other error comes with the program's own lines of its stack. */
export const describeError = (error: unknown, program: Program): string => {
  if (!(error instanceof Error)) return `the program threw ${String(error)}`;
  if (error.name === "InvalidArgs") return error.message;
  // RunError and ResourceError: made to be read without a stack.
  if (Object.hasOwn(error, "__pulumiRunError") || Object.hasOwn(error, "__pulumResourceError")) return error.message;
  return [head(error), ...advice(error), ...ownFrames(error, program)].join("\n");
};

/** import.meta makes Node take a file for an ES module that ts-node has turned into CommonJS. */
const advice = ({ message }: Error): string[] =>
  message.includes("is not defined in ES module scope")
    ? ['  a CommonJS program has no import.meta: write __dirname, or make it an ES module ("type": "module", and in Pulumi.yaml runtime.options.typescript: false)']
    : [];

/** The lines before the first frame: name and message, and for a syntax error the place. */
const head = ({ name, message, stack }: Error): string => {
  const first = (stack ?? "").split(/\n {4}at /)[0]?.trimEnd();
  return first === undefined || !first.includes(message) ? `${name}: ${message}` : first;
};

const ownFrames = ({ stack }: Error, { root }: Program): string[] =>
  (stack ?? "")
    .split("\n")
    .filter((line) => line.startsWith("    at "))
    .filter((line) => line.includes(root) && !line.includes(`${sep}node_modules${sep}`))
    .filter((line) => !new RegExp(String.raw`(?:lib|dist)/(?:cli|components)/`).test(line));
