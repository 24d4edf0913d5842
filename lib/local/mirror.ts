/**
 * Copies requests to a shadow. The caller must not notice: the copy is fed from what passes by anyway, never waited for, and given up as soon as
 * the shadow falls behind. Its answer is thrown away.
 */
import type { ClientRequest, IncomingMessage } from "node:http";
import { type Head, trailerPairs } from "./head.ts";
import type { Upstream } from "./upstream.ts";

/** Bytes of one copy that may wait for the shadow. */
const MAX_WAITING_BYTES = 1024 * 1024;
/** Copies open at once. With the bound above it caps what a hung shadow can hold in memory. */
const MAX_OPEN = 32;
/** Silence after which a copy is given up, so that a hung shadow gets new ones again once it recovers. */
const SILENCE_MS = 60_000;

/** What became of the copies so far. */
export interface MirrorCounts {
  /** Copies begun. */
  sent: number;
  /** Copies not begun, or given up: the shadow was not ready, had too many open, or fell behind. */
  dropped: number;
  /** Copies that the shadow refused or broke off. */
  failed: number;
}

/** The copies of one endpoint's requests. */
export class Mirror {
  readonly counts: MirrorCounts = { sent: 0, dropped: 0, failed: 0 };
  #open = 0;

  /** Sends a copy to the shadow. Call it in the turn in which the request came, before its body flows. */
  copy(incoming: IncomingMessage, path: string, head: Head, shadow: Upstream | undefined): void {
    if (shadow === undefined || this.#open >= MAX_OPEN) {
      this.counts.dropped += 1;
      return;
    }
    const copy = shadow.request({ method: incoming.method, path, headers: head.fields, timeout: SILENCE_MS });
    this.#follow(copy);
    if (head.body) this.#feed(incoming, copy);
    else copy.end();
  }

  #follow(copy: ClientRequest): void {
    this.counts.sent += 1;
    this.#open += 1;
    copy.once("close", () => (this.#open -= 1));
    copy.once("timeout", () => copy.destroy());
    copy.once("response", (answer) => answer.on("error", () => undefined).resume());
    let failed = false;
    copy.on("error", () => {
      // One failure can show twice: on a write and on the connection.
      this.counts.failed += failed ? 0 : 1;
      failed = true;
    });
  }

  #feed(incoming: IncomingMessage, copy: ClientRequest): void {
    const onData = (chunk: Buffer): void => {
      copy.write(chunk);
      if (copy.writableLength <= MAX_WAITING_BYTES) return;
      detach();
      this.#giveUp(copy);
    };
    const onEnd = (): void => {
      copy.addTrailers(trailerPairs(incoming.rawTrailers));
      copy.end();
    };
    const onClose = (): void => {
      if (!incoming.complete) copy.destroy();
    };
    const detach = (): void => void incoming.off("data", onData).off("end", onEnd).off("close", onClose);
    incoming.on("data", onData).once("end", onEnd).once("close", onClose);
    copy.once("close", detach);
  }

  #giveUp(copy: ClientRequest): void {
    this.counts.dropped += 1;
    copy.removeAllListeners("error").on("error", () => undefined).destroy();
  }
}
