"""`run_batch(items)`: one call of the script for several requests."""

import inspect
import time

from . import exchange, inputs, returned
from .exchange import Answer
from .logs import logger


class ScriptBatch:
    def __init__(self, script, limit):
        self._run_batch, self._input, self._limit = script.run_batch, script.input, limit
        self._headers = "request_headers" in inspect.signature(script.run_batch).parameters

    def answer(self, requests):
        """Answers in the order of the requests; None when run_batch() has failed and each must be tried alone."""
        items = [self._item(request) for request in requests]
        good = [at for at, item in enumerate(items) if not isinstance(item, Answer)]
        arguments = {} if not self._headers else {"request_headers": [inputs.mapping(requests[at].headers) for at in good]}
        try:
            values, elapsed_ms = self._call([items[at] for at in good], arguments)
        except TimeoutError:
            logger.error("run_batch() was stopped after %s ms", self._limit.timeout_ms)
            answers = [exchange.timed_out(self._limit.timeout_ms) for _ in good]
        except _WrongResult as error:
            logger.error("run_batch() returned %s; expected a list of %s results, one for each item", error, len(good))
            answers = [exchange.message(500, exchange.RUN_RAISED, True) for _ in good]
        except Exception:
            logger.warning("run_batch() failed for %s requests; run() answers each by itself", len(good), exc_info=True)
            return None
        else:
            answers = [returned.answer(value, elapsed_ms, requests[at]) for at, value in zip(good, values)]
        for at, answer in zip(good, answers):
            items[at] = answer
        return items

    def _item(self, request):
        """What run() would be given, or the answer where it would not be called."""
        try:
            return self._input.item(request)
        except inputs.BadInput as error:
            return exchange.message(error.status, str(error), False)
        except UnicodeDecodeError:
            logger.exception("Encountered Exception")
            return exchange.message(500, exchange.INTERNAL, False)
        except Exception:  # a conversion of @input_schema
            logger.exception("Encountered Exception")
            return exchange.message(500, exchange.RUN_RAISED, True)

    def _call(self, items, arguments):
        if not items:
            return [], 0.0
        try:
            self._limit.start()
            started = time.perf_counter()
            values = _listed(self._run_batch(items, **arguments), len(items))
            return values, (time.perf_counter() - started) * 1000
        finally:
            self._limit.stop()


class _WrongResult(Exception):
    """run_batch() returned something else than a result for each item. The text says what."""


def _listed(values, count):
    """Lists, tuples and generators as they are, arrays as the numbers in them."""
    if isinstance(values, (str, bytes, dict)) or not hasattr(values, "__iter__"):
        raise _WrongResult(f"a {type(values).__name__}")
    found = values.tolist() if hasattr(values, "tolist") else list(values)
    if len(found) != count:
        raise _WrongResult(f"{len(found)} results")
    return found
