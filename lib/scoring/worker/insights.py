"""What Application Insights is told beside the requests, where it is switched on: lines of `print()`, and exceptions. The front sends it on."""

import json
import logging
import os
import sys
import traceback

from . import protocol

#: What the service keeps of a message or a stack, in characters.
_LONGEST = 32768
#: Of lines that wait for the next answer to take them along, in bytes; more is dropped. It stands in the log.
_MOST_WAITING = 1 << 18


def enabled():
    """The front says "true" only of a key that is one."""
    return os.environ.get("AML_APP_INSIGHTS_ENABLED") == "true"


def exception():
    """The exception that is being handled, as the JSON text of a RAISED frame."""
    kind, error, _ = sys.exc_info()
    told = {"type": kind.__name__, "message": _text(error)[:_LONGEST], "stack": traceback.format_exc()[-_LONGEST:]}
    return json.dumps(told).encode()


def _text(error):
    """A script's own exception may fail even at this."""
    try:
        return str(error)
    except Exception:
        return "<exception str() failed>"  # as tracebacks have it


class PrintedLines(logging.Handler):
    """Keeps what `print()` says. A script prints when it likes, in threads of its own, and must not wait for the front: the lines go with answers."""

    def __init__(self):
        super().__init__()
        self._texts, self._bytes = [], 0

    def emit(self, record):
        text = json.dumps({"time": int(record.created * 1000), "text": record.getMessage()[:_LONGEST]})
        if self._bytes + len(text) <= _MOST_WAITING:
            self._texts.append(text)
            self._bytes += len(text) + 1

    def frame(self):
        """The PRINTED frame of what waits; b"" when nothing does."""
        if not self._texts:
            return b""
        with self.lock:
            texts, self._texts, self._bytes = self._texts, [], 0
        return protocol.encode(protocol.PRINTED, 0, f"[{','.join(texts)}]".encode())
