/** A queue from whose middle things can leave. */

/** A thing's place in a list. */
export interface Link<T> {
  readonly value: T;
}

interface Node<T> extends Link<T> {
  previous: Node<T> | undefined;
  next: Node<T> | undefined;
  linked: boolean;
}

/**
 * Not a Set: one that fills and empties all the time lays itself out anew every few requests, each layout refers to the next, and V8's minor
 * collections then keep whole requests alive until a major one. That cost 10 ms ten times a second. What leaves here refers to nothing any more.
 */
export class LinkedList<T> {
  #first: Node<T> | undefined;
  #last: Node<T> | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** What has been in it longest. */
  get first(): Link<T> | undefined {
    return this.#first;
  }

  /** At the end. */
  add(value: T): Link<T> {
    const node: Node<T> = { value, previous: this.#last, next: undefined, linked: true };
    if (this.#last === undefined) this.#first = node;
    else this.#last.next = node;
    this.#last = node;
    this.#size += 1;
    return node;
  }

  /** Whether it was still there. */
  remove(link: Link<T>): boolean {
    const node = link as Node<T>;
    if (!node.linked) return false;
    const { previous, next } = node;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    node.previous = node.next = undefined;
    node.linked = false;
    this.#size -= 1;
    return true;
  }
}
