"""What is said of a script or model that cannot be served: in the log, to the front, and from there to whoever started it."""

import os
import traceback

from . import debugger
from .loader import ScriptError
from .logs import logger

#: gunicorn's "worker failed to boot".
EXIT_FAILED = 3
#: So much of a traceback, from its end, is reported: what Kubernetes keeps of a termination message.
_TRACE_BYTES = 4096
#: So much of the reason, from its start.
_REASON_CHARACTERS = 4096
_HERE = os.path.dirname(os.path.abspath(__file__))


def log(error, kind):
    """With the traceback from the script's own frames on."""
    logger.error("The %s cannot be served", "model" if kind == "mlflow" else "script", exc_info=_shown(error))


def describe(error, file):
    """The file, the reason, the package to install when that is all that is wrong, the end of the traceback, and the exit code."""
    if isinstance(error, SyntaxError) and error.filename:
        file = f"{error.filename}:{error.lineno}"
    reason = _text(error) if isinstance(error, ScriptError) else f"{type(error).__name__}: {_text(error)}"
    missing = error.name if isinstance(error, ModuleNotFoundError) else None
    # Texts of a script may hold halves of characters, which UTF-8 does not have.
    trace = "".join(traceback.format_exception(*_shown(error))).encode(errors="backslashreplace")[-_TRACE_BYTES:].decode(errors="ignore")
    return {"file": file, "reason": _cut(reason), "missing": missing and _cut(missing), "trace": trace, "code": exit_code(error)}


def exit_code(error):
    """What the worker ends with, and the front too when it has not started yet."""
    return debugger.EXIT_MISSING if isinstance(error, debugger.DebuggerMissing) else EXIT_FAILED


def _text(error):
    try:
        return str(error)
    except Exception:  # a __str__ of the script's own
        return "its text cannot be read"


def _cut(text):
    return text if len(text) <= _REASON_CHARACTERS else text[:_REASON_CHARACTERS] + " …"


def _shown(error):
    """How the script was loaded is not its author's business."""
    trace = error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if not file.startswith("<frozen importlib") and os.path.dirname(os.path.abspath(file)) != _HERE:
            break
        trace = trace.tb_next
    return type(error), error, trace
