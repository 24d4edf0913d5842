import { describe, expect, it } from "vitest";
import { drainMs } from "../../lib/scoring/contract.ts";

describe("how long running requests may take to end", () => {
  it.each([
    ["gunicorn's 30 seconds without limits", {}, 30_000],
    ["the same where the limits are shorter", { requestTimeoutMs: 5000, maxQueueWaitMs: 0 }, 30_000],
    ["as long as a request within its limits lasts", { requestTimeoutMs: 300_000, maxQueueWaitMs: 500 }, 300_500],
    ["no longer than a timer can wait", { requestTimeoutMs: 2 ** 31 - 1, maxQueueWaitMs: 2 ** 31 - 1 }, 2 ** 31 - 1],
  ])("is %s", (_, limits, expected) => expect(drainMs(limits)).toBe(expected));
});
