"""What the routes of an MLflow model have in common: one time limit, and rows joined into one predict()."""

import contextlib
import signal

from . import mlflow_batch
from .exchange import Answer
from .logs import answering, logger


class Expired(BaseException):
    """The time is up. Not an Exception, because mlflow makes a 400 of whatever predict() raises."""


class Route:
    """One path of the model's HTTP interface. A route says how to parse, to predict alone, and to word an answer."""

    def __init__(self, model, timeout_ms):
        self.model, self.timeout_ms = model, timeout_ms

    def answer(self, request):
        """One request by itself."""
        return self._within_limit([None], lambda answers: answers.__setitem__(0, self.alone(request)))[0]

    def answer_batch(self, requests):
        """All requests, with as few calls of the model as their shapes allow. The time limit is that of one request."""
        everyone = [request.id for request in requests]
        answering(everyone)  # of a batch of several routes, those of this one
        return self._within_limit([None] * len(requests), lambda answers: self._fill(answers, requests), everyone)

    def _fill(self, answers, requests):
        calls = {}
        for at, request in enumerate(requests):
            parsed = self.parse(request)
            target = answers if isinstance(parsed, Answer) else calls
            target[at] = parsed
        for at, result in mlflow_batch.joined(calls, self.predict).items():
            answers[at] = self.worded(result, calls[at])
        for at, call in calls.items():
            if answers[at] is None:
                answering([requests[at].id])
                answers[at] = self.alone(requests[at], call)

    def _within_limit(self, answers, work, everyone=None):
        try:
            with _alarm(self.timeout_ms):
                work(answers)
        except Expired:
            if everyone is not None:
                answering(everyone)
            logger.error("The model was stopped after %s ms", self.timeout_ms)
        return [self.timed_out() if answer is None else answer for answer in answers]


@contextlib.contextmanager
def _alarm(timeout_ms):
    # The handler is set each time: a model may have put its own in place.
    signal.signal(signal.SIGALRM, _expire)
    try:
        signal.setitimer(signal.ITIMER_REAL, timeout_ms / 1000)
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _expire(_signal, _frame):
    raise Expired
