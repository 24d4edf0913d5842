"""`SCORING_TIMEOUT_MS`: a timer that interrupts Python in the main thread, the only one that signals reach."""

import os

# The half of `signal` that is written in C: the other converts every number to an enum and back, which takes longer than the calls.
from _signal import ITIMER_REAL, SIGALRM, getsignal, setitimer, signal


class TimeLimit:
    """Raises TimeoutError where the code between start() and stop() is when the time is up."""

    def __init__(self, timeout_ms):
        self.timeout_ms = timeout_ms
        self._seconds = timeout_ms / 1000

    def start(self):
        if getsignal(SIGALRM) is not _raise:  # a script may have put its own handler in place
            signal(SIGALRM, _raise)
        setitimer(ITIMER_REAL, self._seconds)

    def stop(self):
        setitimer(ITIMER_REAL, 0)


def from_environment():
    """The limit that `SCORING_TIMEOUT_MS` sets, else an hour."""
    return TimeLimit(int(os.environ.get("SCORING_TIMEOUT_MS") or 3600000))


def _raise(_signal, _frame):
    raise TimeoutError
