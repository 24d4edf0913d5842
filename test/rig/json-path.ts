/** As much of RFC 9535 as the waits of Pulumi's Kubernetes provider need: names, indexes, wildcards, and filters with `&&`, `||`, `!`, `==` and `!=`. */

/** Everything that a path selects, in order. */
export const select = (root: unknown, path: string): unknown[] => {
  const reader = new Reader(path, root);
  const found = reader.query(root);
  reader.end();
  return found;
};

type Test = (item: unknown) => boolean;

/** Gives the values of one side of a comparison; of a query there may be none. */
type Operand = (item: unknown) => readonly unknown[];

class Reader {
  readonly #text: string;
  readonly #root: unknown;
  #at = 0;

  constructor(text: string, root: unknown) {
    this.#text = text;
    this.#root = root;
  }

  /** Segments from here on, applied to a value. The `$` before them is optional, as the provider has it. */
  query(start: unknown): unknown[] {
    this.#take("$");
    return this.#segments()(start);
  }

  end(): void {
    if (this.#at < this.#text.length) this.#fail("the end");
  }

  #segments(): (start: unknown) => unknown[] {
    const steps: ((value: unknown) => unknown[])[] = [];
    for (;;) {
      if (this.#take("[")) steps.push(this.#selectors());
      else if (this.#take(".")) steps.push(this.#name());
      else break;
    }
    return (start) => steps.reduce<unknown[]>((values, step) => values.flatMap(step), [start]);
  }

  #name(): (value: unknown) => unknown[] {
    if (this.#take("*")) return children;
    const name = this.#match(/^[A-Za-z_][\w-]*/) ?? this.#fail("a name");
    return (value) => member(value, name);
  }

  #selectors(): (value: unknown) => unknown[] {
    const all: ((value: unknown) => unknown[])[] = [];
    do all.push(this.#selector());
    while (this.#take(","));
    if (!this.#take("]")) this.#fail('"]"');
    return (value) => all.flatMap((one) => one(value));
  }

  #selector(): (value: unknown) => unknown[] {
    if (this.#take("*")) return children;
    if (this.#take("?")) {
      const test = this.#or();
      return (value) => children(value).filter(test);
    }
    const text = this.#string();
    if (text !== undefined) return (value) => member(value, text);
    const index = Number(this.#match(/^-?\d+/) ?? this.#fail("a selector"));
    return (value) => (Array.isArray(value) && value.at(index) !== undefined ? [value.at(index)] : []);
  }

  #or(): Test {
    const all = [this.#and()];
    while (this.#take("||")) all.push(this.#and());
    return (item) => all.some((test) => test(item));
  }

  #and(): Test {
    const all = [this.#term()];
    while (this.#take("&&")) all.push(this.#term());
    return (item) => all.every((test) => test(item));
  }

  #term(): Test {
    if (this.#take("!")) {
      const inner = this.#term();
      return (item) => !inner(item);
    }
    if (this.#take("(")) {
      const inner = this.#or();
      if (!this.#take(")")) this.#fail('")"');
      return inner;
    }
    const left = this.#operand();
    const isUnequal = this.#take("!=");
    if (!isUnequal && !this.#take("==")) return (item) => left(item).length > 0;
    const right = this.#operand();
    return (item) => same(left(item), right(item)) !== isUnequal;
  }

  #operand(): Operand {
    const text = this.#string();
    if (text !== undefined) return () => [text];
    const literal = this.#match(/^(?:-?\d+(?:\.\d+)?|true|false|null)/);
    if (literal !== undefined) return () => [JSON.parse(literal) as unknown];
    const isRoot = this.#take("$");
    if (!isRoot && !this.#take("@")) return this.#fail('"@", "$" or a value');
    const run = this.#segments();
    return (item) => run(isRoot ? this.#root : item);
  }

  #string(): string | undefined {
    return this.#match(/^(?:"[^"\\]*"|'[^'\\]*')/)?.slice(1, -1);
  }

  #take(token: string): boolean {
    this.#space();
    if (!this.#text.startsWith(token, this.#at)) return false;
    this.#at += token.length;
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    this.#space();
    const found = pattern.exec(this.#text.slice(this.#at))?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  #space(): void {
    while (this.#text[this.#at] === " ") this.#at++;
  }

  #fail(expected: string): never {
    throw new Error(`the JSONPath ${this.#text} has ${JSON.stringify(this.#text.slice(this.#at))} where ${expected} was expected`);
  }
}

const children = (value: unknown): unknown[] => (typeof value === "object" && value !== null ? Object.values(value) : []);

const member = (value: unknown, name: string): unknown[] => (typeof value === "object" && value !== null && !Array.isArray(value) && Object.hasOwn(value, name) ? [(value as Record<string, unknown>)[name]] : []);

/** Of queries that select nothing both sides are equal. */
const same = (left: readonly unknown[], right: readonly unknown[]): boolean => left.length === right.length && left.every((value, i) => value === right[i]);
