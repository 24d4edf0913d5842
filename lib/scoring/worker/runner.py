"""Calls run(), one request after another, in the main thread (SIGALRM is delivered nowhere else)."""

import json
import signal
import time

from . import inputs, protocol
from .logs import logger

_FAILED_HEADER = "x-ms-run-function-failed"
_JSON = "application/json"
_RUN_RAISED = "An unexpected error occurred in scoring script. Check the logs for more info."
_INTERNAL = "An unexpected internal error occurred. Check the logs for more info."


class Runner:
    """Answers the requests of one front."""

    def __init__(self, connection, script, timeout_ms):
        self._connection = connection
        self._script = script
        self._timeout_ms = timeout_ms
        self._arriving = {}

    def serve(self):
        """Until the front closes the socket."""
        for kind, request, payload in protocol.read(self._connection):
            if kind == protocol.REQUEST:
                no_body, *head = protocol.decode_request(payload)
                if no_body:
                    self._answer(request, head, b"")
                else:
                    self._arriving[request] = (head, [])
            elif kind == protocol.BODY:
                self._arriving[request][1].append(payload)
            elif kind == protocol.END:
                head, chunks = self._arriving.pop(request)
                self._answer(request, head, chunks[0] if len(chunks) == 1 else b"".join(chunks))
            elif kind == protocol.CANCEL and self._arriving.pop(request, None):
                # A request that has run has its FINISH already: there is exactly one for each.
                self._connection.sendall(protocol.encode(protocol.FINISH, request))

    def _answer(self, request, head, body):
        status, headers, content = self._result(head, body)
        headers += ["Content-Length", str(len(content))]
        answer = protocol.encode_response(request, status, headers)
        finish = protocol.encode(protocol.FINISH, request)
        if len(content) <= protocol.CHUNK_BYTES:
            self._connection.sendall(answer + protocol.encode(protocol.CHUNK, request, content) + finish)
            return
        self._connection.sendall(answer)
        view = memoryview(content)
        for at in range(0, len(content), protocol.CHUNK_BYTES):
            self._connection.sendall(protocol.encode(protocol.CHUNK, request, view[at : at + protocol.CHUNK_BYTES]))
        self._connection.sendall(finish)

    def _result(self, head, body):
        """(status, headers, content) of one request. SystemExit passes: a script that exits ends its worker."""
        try:
            arguments = self._arguments(head, body)
            del body  # the text is enough; a large request need not exist twice while it runs
            value, elapsed_ms = self._run(arguments)
            content = json.dumps({} if value is None else value).encode()
        except inputs.BadInput as error:
            return _message(400, str(error), False)
        except _Timeout:
            logger.error("run() was stopped after %s ms", self._timeout_ms)
            return _message(500, f"Scoring timeout after {self._timeout_ms} ms", True)
        except _Raised as error:
            logger.error("Encountered Exception", exc_info=error.__cause__)
            return _message(500, _RUN_RAISED, True)
        except Exception:
            logger.exception("The value that run() returned cannot become JSON")
            return _message(500, _INTERNAL, False)
        return 200, ["Content-Type", _JSON, _FAILED_HEADER, "False", "x-ms-run-fn-exec-ms", f"{elapsed_ms:.3f}"], content

    def _arguments(self, head, body):
        method, target, headers = head
        arguments = {self._script.data: inputs.text(method, target, headers, body)}
        if self._script.headers:
            arguments["request_headers"] = inputs.mapping(headers)
        return arguments

    def _run(self, arguments):
        # The handler is set each time: a script may have put its own in place.
        signal.signal(signal.SIGALRM, _alarm)
        try:
            signal.setitimer(signal.ITIMER_REAL, self._timeout_ms / 1000)
            started = time.perf_counter()
            try:
                value = self._script.run(**arguments)
                return value, (time.perf_counter() - started) * 1000
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
        except TimeoutError:  # ours, or the script's own: the contract does not tell them apart
            raise _Timeout from None
        except Exception as error:
            raise _Raised from error


class _Timeout(Exception):
    pass


class _Raised(Exception):
    pass


def _alarm(_signal, _frame):
    raise TimeoutError


def _message(status, text, failed):
    return status, ["Content-Type", _JSON, _FAILED_HEADER, str(failed)], json.dumps({"message": text}).encode()
