/** What can be said of requirements without pip: which packages they name, which Python, and whether they hold a password. */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { condaAsPip } from "./conda.ts";

/** Those of some requirements whose package a text does not name. Two demands for one package may contradict each other; the author's stands. */
export const notNamedIn = (text: string, wanted: readonly string[]): string[] => {
  const named = text.replaceAll(/(^|\s)#.*$/gm, "");
  return wanted.filter((line) => !new RegExp(String.raw`(?<![\w.-])${packageOf(line).replaceAll(/[-_.]+/g, "[-_.]+")}(?![\w-])`, "i").test(named));
};

const packageOf = (line: string): string => /^[\w.-]+/.exec(line)?.[0] ?? line;

/** The version of Python that MLflow wrote down, `3.11`: in `python_env.yaml` by itself, in `conda.yaml` among the packages. */
export const pythonIn = (file: string): string | undefined =>
  basename(file) === "python_env.yaml" ? PYTHON.exec(readFileSync(file, "utf8"))?.[1] : condaAsPip(file).python;

/** Not read as YAML, to which 3.10 is the number 3.1. */
const PYTHON = /^python:\s*["']?(\d+\.\d+)/m;

/** A user or a token before a web address, or a password before any: `git@` of ssh alone is no secret. */
const CREDENTIALS = /https?:\/\/[^\s/@]+@|:\/\/[^\s/@:]*:[^\s/@]+@/i;

export const hasCredentials = (text: string): boolean => CREDENTIALS.test(text);

/** The same without them, to be shown. */
export const withoutCredentials = (text: string): string => text.replaceAll(/:\/\/[^\s/@]+@/g, "://***@");
