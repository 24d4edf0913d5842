"""`run_batch(items)`: one call of the script for several requests."""

import collections.abc
import inspect
import itertools
import time

from . import exchange, forks, inputs, returned
from .exchange import Answer
from .logs import encountered, logger, reported


class ScriptBatch:
    def __init__(self, script, limit):
        self._run_batch, self._input, self._limit = script.run_batch, script.input, limit
        self._headers = "request_headers" in inspect.signature(script.run_batch).parameters

    def answer(self, requests):
        """Answers in the order of the requests; None when run_batch() has failed and each must be tried alone."""
        answers = [self._arguments(request) for request in requests]
        try:
            values, elapsed_ms = self._call(answers, requests)
        except TimeoutError:
            logger.error("run_batch() was stopped after %s ms", self._limit.timeout_ms)
            for at in _undecided(answers):
                answers[at] = reported(exchange.timed_out(self._limit.timeout_ms))
        except _WrongResult as error:
            good = _undecided(answers)
            logger.error("run_batch() returned %s; expected a list of %s results, one for each item", error, len(good))
            for at in good:
                answers[at] = exchange.message(500, exchange.RUN_RAISED, True)
        except (Exception, SystemExit):
            if forks.in_child():
                raise
            logger.warning("run_batch() failed for %s requests; run() answers each by itself", len(_undecided(answers)), exc_info=True)
            return None
        else:
            for at, value in zip(_undecided(answers), values):
                answers[at] = returned.answer(value, elapsed_ms, requests[at])
        return answers

    def _arguments(self, request):
        """run()'s arguments, or the answer where it would not be called."""
        try:
            return self._input.arguments(request)
        except inputs.BadInput as error:
            return exchange.message(error.status, str(error), False)
        except Exception:
            return encountered()

    def _call(self, answers, requests):
        """Conversions of @input_schema are part of run(), so they are of the time that it has. One that fails decides its own answer."""
        try:
            self._limit.start()
            started = time.perf_counter()
            for at in _undecided(answers):
                answers[at] = self._converted(answers[at])
            good = _undecided(answers)
            values = self._run([answers[at].item for at in good], [requests[at] for at in good]) if good else []
            return values, (time.perf_counter() - started) * 1000
        finally:
            self._limit.stop()

    def _converted(self, arguments):
        try:
            return _Item(self._input.item(arguments))
        except TimeoutError:
            raise
        except Exception:
            return encountered(exchange.RUN_RAISED, True)

    def _run(self, items, requests):
        more = {"request_headers": [inputs.mapping(request.headers) for request in requests]} if self._headers else {}
        return _listed(self._run_batch(items, **more), len(items))


class _Item:
    """What run_batch() gets for a request; a class, because it may be anything, an Answer too."""

    def __init__(self, item):
        self.item = item


class _WrongResult(Exception):
    """run_batch() returned something else than a result for each item. The text says what."""


def _undecided(answers):
    return [at for at, answer in enumerate(answers) if not isinstance(answer, Answer)]


def _listed(values, count):
    """Lists, tuples and generators as they are, arrays and Series as the numbers in them."""
    if isinstance(values, (list, tuple, collections.abc.Iterator)):
        found = list(itertools.islice(values, count + 1))
    elif getattr(values, "ndim", 0) > 0 and callable(getattr(values, "tolist", None)):
        found = values.tolist()
    else:  # a set has no order, and a DataFrame or a dict gives its names
        raise _WrongResult(f"a {type(values).__name__}")
    if len(found) != count:
        raise _WrongResult(f"{len(found)} results" if len(found) < count else f"more than {count} results")
    return found
