/** The first part of a body, while it waits for a worker. */
export class Gathered {
  #parts: Buffer[] = [];

  /**
   * Joins a part to those before it that are no larger, so that each part left is larger than the next: a body that comes byte by byte is a
   * handful of buffers, and not one per byte, which would take two hundred times the memory.
   */
  add(part: Buffer): void {
    let joined = part;
    for (let last = this.#parts.at(-1); last !== undefined && last.length <= joined.length; last = this.#parts.at(-1)) {
      joined = Buffer.concat([last, joined]);
      this.#parts.pop();
    }
    this.#parts.push(joined);
  }

  /** Everything, which stays here too. */
  get parts(): readonly Buffer[] {
    return this.#parts;
  }

  /** Hands everything over, and holds nothing any more. */
  take(): Buffer[] {
    const parts = this.#parts;
    this.#parts = [];
    return parts;
  }
}
