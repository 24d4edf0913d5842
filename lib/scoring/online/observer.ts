/** Who looks on while requests are answered: logs, metrics, traces. None of them may change an answer or keep it waiting. */
import type { Observer } from "./call.ts";

/** All of them, in order. */
export const observers = (...all: readonly Observer[]): Observer => ({
  began: (call) => all.forEach((each) => each.began?.(call)),
  finished: (call, outcome) => all.forEach((each) => each.finished(call, outcome)),
});
