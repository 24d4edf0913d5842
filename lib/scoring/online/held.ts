/** What a worker holds, by the number of the request, the oldest first. */

/**
 * An array, for there are few and it is mostly the first that is looked for; a Map that fills and empties all the time keeps requests alive, as
 * `linked-list.ts` tells of Sets.
 */
export class Held<T extends { readonly id: number }> {
  readonly #all: T[] = [];

  get size(): number {
    return this.#all.length;
  }

  get all(): readonly T[] {
    return this.#all;
  }

  add(one: T): void {
    this.#all.push(one);
  }

  get(id: number): T | undefined {
    return this.#all.find((each) => each.id === id);
  }

  /** Undefined: it is not held. */
  remove(id: number): T | undefined {
    const at = this.#all.findIndex((each) => each.id === id);
    return at < 0 ? undefined : this.#all.splice(at, 1)[0];
  }

  /** Holds nothing any more, and gives what it held. */
  clear(): T[] {
    return this.#all.splice(0);
  }
}
