/** Tells a file that a starting deployment changes itself from one that a person saves. */

/** So often in a row a file may change right after the start that it caused. */
const LIMIT = 3;
/** "Right after", in milliseconds: a script writes in `init()`, or at once when it is asked. */
const SOON_MS = 2000;
/** A file that was left alone for so long is a person's again. */
const QUIET_MS = 10_000;

interface Seen {
  /** Changes in a row that came with a start. */
  readonly times: number;
  readonly last: number;
}

/** Without it a script that appends to a file of its own folder would be started again for ever. */
export class Loops {
  readonly #say: (line: string) => void;
  readonly #seen = new Map<string, Seen>();
  #underway = 0;
  #ended = Number.NEGATIVE_INFINITY;

  /** @param say - told once of each file that is left out */
  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  /** Deployments are started. */
  begin(): void {
    this.#underway += 1;
  }

  /** They are ready, or cannot start. */
  end(now: number): void {
    this.#underway -= 1;
    this.#ended = now;
  }

  /** Whether a change of a file is a reason to read the program again. */
  counts(file: string, now: number): boolean {
    const before = this.#seen.get(file) ?? { times: 0, last: Number.NEGATIVE_INFINITY };
    const caught = before.times > LIMIT;
    const own = this.#underway > 0 || now - this.#ended < SOON_MS;
    const times = caught ? before.times : own ? before.times + 1 : 0;
    this.#seen.set(file, { times, last: now });
    if (times > LIMIT && !caught) this.#say(`${file} changes whenever its deployment starts; until it was left alone for ${QUIET_MS / 1000} s its changes are no reason to reload`);
    return times <= LIMIT || (!own && now - before.last >= QUIET_MS);
  }
}
