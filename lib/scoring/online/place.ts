/** A request's place at a worker: the worker is at it, or will be when those before it have their answers. */
import type { Worker } from "./worker.ts";

export class Place {
  readonly worker: Worker;
  /** Says that the worker is free of the request. */
  readonly release: () => void;
  /** Called when the worker turns to the request, if it {@link waits}. */
  onTurn: () => void = () => {};
  #waits: boolean;

  constructor(worker: Worker, waits: boolean, release: () => void) {
    this.worker = worker;
    this.#waits = waits;
    this.release = release;
  }

  /** The worker has others to answer before this one. */
  get waits(): boolean {
    return this.#waits;
  }

  /** It is this one's turn. */
  turn(): void {
    this.#waits = false;
    this.onTurn();
  }
}
