"""One request and the one answer it gets, whatever kind of model answers."""

import json
from typing import NamedTuple

JSON = "application/json"
HTML = "text/html; charset=utf-8"
FAILED_HEADER = "x-ms-run-function-failed"
RUN_RAISED = "An unexpected error occurred in scoring script. Check the logs for more info."
INTERNAL = "An unexpected internal error occurred. Check the logs for more info."


class Request(NamedTuple):
    """A request that has arrived whole."""

    method: str
    #: Path and query as the client wrote them.
    target: str
    #: Names and values in turn.
    headers: list
    body: bytes
    #: The client's address and port, "10.0.0.1 4711"; "" where the front does not say.
    remote: str = ""
    #: What JSON lines call it; "" where the log is text.
    id: str = ""


class Answer(NamedTuple):
    """An answer of the model."""

    status: int
    #: Names and values in turn, without Content-Length.
    headers: list
    #: Bytes, or an iterator of bytes that is sent item by item, each flushed.
    content: object
    #: The exception behind it, as the payload of a RAISED frame, for Application Insights.
    raised: bytes = b""


def message(status, text, failed):
    """The contract's form of an error. `failed`: the script is to blame."""
    return Answer(status, ["Content-Type", JSON, FAILED_HEADER, str(failed)], json.dumps({"message": text}).encode())


def timed_out(timeout_ms):
    """The answer of a model that has used up its time."""
    return message(500, f"Scoring timeout after {timeout_ms} ms", True)
