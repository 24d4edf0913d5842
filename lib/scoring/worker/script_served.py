"""Serves a `score.py`."""

import os
import sys
import time

from . import exchange, forks, inputs, loader, model_tree, returned, schemas
from .logs import answering, encountered, logger, reported, script_logger
from .script_batch import ScriptBatch


def load(app_root, entry_script, limit):
    """Imports the script and calls its init()."""
    script = loader.load(app_root, entry_script)
    script_logger.info("Invoking user's init function")
    try:
        script.init()
    except BaseException:
        logger.error("User's init function failed")
        model_tree.log(os.environ.get("AZUREML_MODEL_DIR"))
        raise
    script_logger.info("Users's init has completed successfully")
    if "AML_DBG_MODEL_INFO" in os.environ or "AML_DBG_RESOURCE_INFO" in os.environ:
        logger.warning("AML_DBG_MODEL_INFO and AML_DBG_RESOURCE_INFO have no effect: the debuggability features have been removed.")
    return ScriptServed(script, limit)


class ScriptServed:
    def __init__(self, script, limit):
        self._run, self._input, self._headers = script.run, script.input, script.headers
        self._limit = limit
        self._context = None
        self._batch = None if script.run_batch is None else ScriptBatch(script, limit)
        self.schemas = schemas.of(script.run)
        self.methods = script.input.methods
        self.batches = self._batch is not None

    def answer(self, request):
        if "flask" not in sys.modules:
            return self._answer(request)
        if self._context is None:
            from .flask_context import FlaskContext

            self._context = FlaskContext()
        with self._context.of(request):
            return self._answer(request)

    def answer_batch(self, requests):
        """One call of run_batch(); when that fails, each for itself, so that one bad row spoils nothing but its own answer."""
        return self._batch.answer(requests) or [self._answer_safely(request) for request in requests]

    def _answer_safely(self, request):
        answering([request.id])
        try:
            return self.answer(request)
        except Exception:
            return encountered()

    def _answer(self, request):
        try:
            arguments = self._input.arguments(request)
            if self._headers:
                arguments["request_headers"] = inputs.mapping(request.headers)
        except inputs.BadInput as error:
            return exchange.message(error.status, str(error), False)
        except Exception:
            return encountered()
        limit = self._limit
        try:
            try:
                limit.start()
                started = time.perf_counter()
                value = self._run(**arguments)
                elapsed_ms = (time.perf_counter() - started) * 1000
            finally:
                limit.stop()
        except TimeoutError:  # ours, or the script's own: the contract does not tell them apart
            logger.error("run() was stopped after %s ms", limit.timeout_ms)
            return reported(exchange.timed_out(limit.timeout_ms))
        except (Exception, SystemExit):  # of a script that exits, gunicorn's worker goes on
            if forks.in_child():
                raise
            return encountered(exchange.RUN_RAISED, True)
        return returned.answer(value, elapsed_ms, request)
