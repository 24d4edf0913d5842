/** The body of a job from the flags of `invoke`. Nothing is uploaded: a path becomes the address of what stands there. */
import { statSync } from "node:fs";
import { basename, extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { refuse } from "./refusal.ts";

/** Flags that make a body. */
export interface BodyOptions {
  readonly input?: readonly string[] | undefined;
  readonly output?: readonly string[] | undefined;
  readonly literal?: readonly string[] | undefined;
  readonly jobName?: string | undefined;
}

/** Names for the one input and output of a model deployment, which are its own to choose. */
const [INPUT, OUTPUT] = ["data", "score"];

/** `here`: the endpoint can read this machine's files. */
export const batchBody = ({ input = [], jobName, literal = [], output = [] }: BodyOptions, here: boolean): string => {
  const inputs = input.map((text) => named(text, INPUT)).map(([name, address]) => [name, inputOf(address, here)] as const);
  const literals = literal.map((text) => named(text, undefined)).map(([name, value]) => [name, { JobInputType: "Literal", Value: literalOf(value) }] as const);
  const outputs = output.map((text) => named(text, OUTPUT)).map(([name, address]) => [name, outputOf(address, here)] as const);
  for (const list of [[...inputs, ...literals], outputs]) refuseTwice(list.map(([name]) => name));
  return JSON.stringify({
    properties: {
      InputData: Object.fromEntries([...inputs, ...literals]),
      ...(outputs.length === 0 ? {} : { OutputData: Object.fromEntries(outputs) }),
      ...(jobName === undefined ? {} : { name: jobName }),
    },
  });
};

/** `name=value`, or a value alone where there is a name for it. */
const named = (text: string, fallback: string | undefined): [string, string] => {
  const [, name, value] = /^(\w+)=(.*)$/s.exec(text) ?? [];
  if (name !== undefined && value !== undefined) return [name, value];
  return fallback === undefined ? refuse(`--literal ${text}: expected name=value`) : [fallback, text];
};

const isAddress = (text: string): boolean => /^[a-z][a-z0-9+.-]+:/i.test(text) || text.startsWith("/subscriptions/");

const local = (path: string, here: boolean): string =>
  here ? pathToFileURL(resolve(path)).href : refuse(`${path} is a path of this machine, and nothing is uploaded: give an address that the endpoint can read`);

const inputOf = (address: string, here: boolean): object => {
  if (isAddress(address)) return { JobInputType: extname(basename(address.replace(/[?#].*$/, ""))) === "" ? "UriFolder" : "UriFile", Uri: address };
  const uri = local(address, here);
  const found = statSync(address, { throwIfNoEntry: false });
  if (found === undefined) return refuse(`--input ${address} does not exist`);
  return { JobInputType: found.isDirectory() ? "UriFolder" : "UriFile", Uri: uri };
};

const outputOf = (address: string, here: boolean): object => ({
  JobOutputType: extname(basename(address)) === "" ? "UriFolder" : "UriFile",
  Uri: isAddress(address) ? address : local(address, here),
});

/** Numbers and booleans as JSON writes them; everything else is a text. */
const literalOf = (value: string): string | number | boolean => {
  if (value === "true" || value === "false") return value === "true";
  return /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(value) ? Number(value) : value;
};

const refuseTwice = (names: readonly string[]): void => {
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) refuse(`${JSON.stringify(twice)} is given twice: write name=address for each`);
};
