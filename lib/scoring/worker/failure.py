"""What is said of a script or model that cannot be served: in the log, to the front, and from there to whoever started it."""

import os
import traceback

from .loader import ScriptError
from .logs import logger

#: So much of a traceback, from its end, is reported: what Kubernetes keeps of a termination message.
_TRACE_BYTES = 4096
_HERE = os.path.dirname(os.path.abspath(__file__))


def log(error, kind):
    """With the traceback from the script's own frames on."""
    logger.error("The %s cannot be served", "model" if kind == "mlflow" else "script", exc_info=_shown(error))


def describe(error, file):
    """The file, the reason in one line, the package to install when that is all that is wrong, and the traceback."""
    if isinstance(error, SyntaxError) and error.filename:
        file = f"{error.filename}:{error.lineno}"
    reason = str(error) if isinstance(error, ScriptError) else f"{type(error).__name__}: {error}"
    missing = error.name if isinstance(error, ModuleNotFoundError) else None
    trace = "".join(traceback.format_exception(*_shown(error))).encode()[-_TRACE_BYTES:].decode(errors="ignore")
    return {"file": file, "reason": reason, "missing": missing, "trace": trace}


def _shown(error):
    """How the script was loaded is not its author's business."""
    trace = error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if not file.startswith("<frozen importlib") and os.path.dirname(os.path.abspath(file)) != _HERE:
            break
        trace = trace.tb_next
    return type(error), error, trace
