"""How long a batch that is not full waits for more; `../online/batch-wait.ts` is the same for threads."""

import time

#: The share of what it saves that is waited, and the longest wait: no client that is going to ask again takes longer.
_SHARE = 1 / 3
_LONGEST_MS = 100
#: How much one pair of runs teaches about what a request adds to a run.
_TEACHES = 0.5


def batch_wait(most, wait_ms=None, clock=time.monotonic):
    """The wait of batches of at most so many. None: for as long as it pays."""
    return AdaptiveWait(most, clock) if wait_ms is None and most > 1 else GivenWait(most, wait_ms or 0, clock)


class GivenWait:
    """So many milliseconds from the first request on."""

    def __init__(self, most, wait_ms, clock):
        self._most, self._wait_ms, self._clock = most, wait_ms, clock
        self._until = None

    def free(self, waiting):
        """The worker can run the next batch, and so many requests have come meanwhile."""
        self._until = None

    def left_ms(self, waiting):
        """How much longer, with so many there. 0: the batch goes."""
        if waiting >= self._most:
            return 0
        now = self._clock() * 1000
        if self._until is None:
            self._until = now + self._wait_ms
        return max(0.0, self._until - now)

    def ran(self, count, ms):
        """A batch of so many took so long."""


class AdaptiveWait:
    """For as many as have been here at once: those whom the last batch has answered, if they ask again, and those who came while it ran.

    No longer than a share of what a run costs however few it answers, which is what a larger batch saves.
    Who comes when the worker has been free for longer than that cost, or after a request that was alone, does not wait.
    """

    def __init__(self, most, clock):
        self._most, self._clock = most, clock
        self._last, self._last_ms, self._each_ms = 0, 0.0, 0.0
        self._expected, self._free_at = 0, 0.0
        #: Set with the first request.
        self._until = None

    def free(self, waiting):
        self._expected = min(self._most, self._last + waiting)
        self._free_at = self._clock() * 1000
        self._until = None

    def left_ms(self, waiting):
        """In whole milliseconds, which is as exact as the system waits."""
        now = self._clock() * 1000
        if self._until is None:
            saved_ms = max(0.0, self._last_ms - self._each_ms * self._last)
            self._until = now + min(_LONGEST_MS, _SHARE * saved_ms) if now - self._free_at <= saved_ms else now
        return 0 if waiting >= self._expected else max(0, int(self._until - now))

    def ran(self, count, ms):
        if self._last > 0 and count != self._last:
            more = count - self._last
            each = min(max(0.0, (ms - self._last_ms) / more), ms / count)
            self._each_ms += (each - self._each_ms) * _TEACHES * abs(more) / max(count, self._last)
        self._last, self._last_ms = count, ms
