"""`SCORING_TIMEOUT_MS`: a timer that interrupts Python in the main thread, the only one that signals reach."""

import os

# The half of `signal` that is written in C: the other converts every number to an enum and back, which takes longer than the calls.
from _signal import ITIMER_REAL, SIGALRM, getsignal, setitimer, signal

from . import exchange
from .logs import logger


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


class TimeLimited:
    """A served object each call of which has so much time."""

    def __init__(self, served, limit):
        self.schemas, self.batches = served.schemas, served.batches
        self._served, self._limit = served, limit

    def answer(self, request):
        return self._within(self._served.answer, request) or exchange.timed_out(self._limit.timeout_ms)

    def answer_batch(self, requests):
        timed_out = [exchange.timed_out(self._limit.timeout_ms)] * len(requests)
        return self._within(self._served.answer_batch, requests) or timed_out

    def _within(self, call, argument):
        try:
            try:
                self._limit.start()
                return call(argument)
            finally:
                self._limit.stop()
        except TimeoutError:
            logger.error("The model was stopped after %s ms", self._limit.timeout_ms)
            return None


def from_environment():
    """The limit that `SCORING_TIMEOUT_MS` sets, else an hour."""
    return TimeLimit(int(os.environ.get("SCORING_TIMEOUT_MS") or 3600000))


def _raise(_signal, _frame):
    raise TimeoutError
