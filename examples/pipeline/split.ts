/** Shares of the traffic, and the file that they are kept in: `traffic` in the stack's configuration. */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, parseDocument } from "yaml";

/** Whole percents by deployment. */
export type Split = Readonly<Record<string, number>>;

/** What went wrong, in words for whoever reads the job's log. */
export class Failure extends Error {
  override readonly name = "Failure";
}

/**
 * The split in which a deployment has this share. The others share the rest as they did, in whole percents.
 *
 *     withShare({ blue: 60, red: 40, green: 0 }, "green", 10)   // { blue: 54, red: 36, green: 10 }
 */
export const withShare = (split: Split, deployment: string, share: number): Split => {
  const rest = 100 - share;
  const sum = Object.entries(split).reduce((total, [name, each]) => (name === deployment ? total : total + each), 0);
  if (sum === 0 && rest > 0) throw new Failure(`nobody can have the other ${rest} %: only ${deployment} has traffic, or none has. Give it everything at once with --steps 100`);
  let before = 0;
  // Each of the others takes what lies between two marks that are rounded, so that nothing is lost to rounding.
  const next = (each: number): number => {
    const mark = (at: number): number => (sum === 0 ? 0 : Math.round((at / sum) * rest));
    before += each;
    return mark(before) - mark(before - each);
  };
  return Object.fromEntries(Object.entries({ ...split, [deployment]: share }).map(([name, each]) => [name, name === deployment ? share : next(each)]));
};

/** `blue 90 %, green 10 %` */
export const inWords = (split: Split): string => Object.entries(split).map(([name, share]) => `${name} ${share} %`).join(", ");

export const sameSplit = (left: Split, right: Split): boolean => [...Object.keys(left), ...Object.keys(right)].every((name) => (left[name] ?? 0) === (right[name] ?? 0));

/** `Pulumi.<stack>.yaml`. What else is in it stays, comments too. */
export class StackFile {
  readonly name: string;
  readonly #path: string;
  readonly #key: string;
  /** As it was found. */
  readonly #text: string;

  constructor(folder: string, stack: string) {
    // A stack may be named in full, organisation/project/stack; its file has the last part.
    this.name = `Pulumi.${stack.split("/").at(-1)}.yaml`;
    this.#path = join(folder, this.name);
    this.#key = `${parse(readFileSync(join(folder, "Pulumi.yaml"), "utf8")).name}:traffic`;
    this.#text = this.#load();
  }

  read(): Split {
    const split: unknown = parse(this.#load())?.config?.[this.#key];
    if (typeof split !== "object" || split === null) throw new Failure(`${this.name} has no ${this.#key}: who answers now? For example { blue: 100, green: 0 }`);
    return split as Split;
  }

  write(split: Split): void {
    const document = parseDocument(this.#load());
    for (const name of Object.keys(this.read())) if (!(name in split)) document.deleteIn(["config", this.#key, name]);
    for (const [name, share] of Object.entries(split)) document.setIn(["config", this.#key, name], share);
    this.#save(document.toString());
  }

  restore(): void {
    this.#save(this.#text);
  }

  #load(): string {
    try {
      return readFileSync(this.#path, "utf8");
    } catch (error) {
      throw new Failure(`${this.#path} cannot be read: ${(error as Error).message}`, { cause: error });
    }
  }

  /** In one step: \`dev\` and the engine read whole files. What would be the same is not written. */
  #save(text: string): void {
    if (text === this.#load()) return;
    writeFileSync(`${this.#path}.next`, text);
    renameSync(`${this.#path}.next`, this.#path);
  }
}
