"""The life of a worker process: hold on to the front, load, init, serve."""

import faulthandler
import os
import socket
import sys

from . import lifeline, loader, logs, protocol
from .logs import logger
from .runner import Runner

#: gunicorn's "worker failed to boot".
EXIT_FAILED = 3


def run(descriptor, front_pid):
    """Never returns: whatever threads the script has left running must not keep a finished worker alive."""
    connection = socket.socket(fileno=descriptor)
    connection.set_inheritable(False)
    lifeline.hold(connection, front_pid)
    faulthandler.enable()  # a crash in native code, or the front's SIGABRT, prints where it was
    app_root, entry_script = os.environ.get("AML_APP_ROOT") or os.getcwd(), os.environ["AZUREML_ENTRY_SCRIPT"]
    sys.argv[:] = [os.path.join(app_root, entry_script)]
    code = 0
    try:
        _work(connection, app_root, entry_script)
    except SystemExit as exit_:
        code = exit_.code if isinstance(exit_.code, int) else 1
    except (BrokenPipeError, ConnectionResetError):
        code = 1  # the front is gone
    except BaseException:
        logger.exception("The worker ended")
        code = 1
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)


def _work(connection, app_root, entry_script):
    try:
        logs.configure(app_root, entry_script)
        script = loader.load(app_root, entry_script)
        logger.info("Invoking user's init function")
        script.init()
        logger.info("Users's init has completed successfully")
    except BaseException as error:
        logger.error("The script cannot be served", exc_info=(type(error), error, _own_frames(error)))
        connection.sendall(protocol.encode_json(protocol.FAILED, _failure(error, os.path.join(app_root, entry_script))))
        sys.exit(EXIT_FAILED)
    connection.sendall(protocol.encode_json(protocol.READY, {"headers": script.headers}))
    Runner(connection, script, int(os.environ.get("SCORING_TIMEOUT_MS") or 3600000)).serve()


def _own_frames(error):
    """The traceback from the script's first frame on: how it was loaded is not its author's business."""
    here = os.path.dirname(os.path.abspath(__file__))
    trace = error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if not file.startswith("<frozen importlib") and os.path.dirname(os.path.abspath(file)) != here:
            return trace
        trace = trace.tb_next
    return None


def _failure(error, script):
    """What the front reports: the file, the reason in one line, and the package to install when that is all that is wrong."""
    file = script
    if isinstance(error, SyntaxError) and error.filename:
        file = f"{error.filename}:{error.lineno}"
    reason = str(error) if isinstance(error, loader.ScriptError) else f"{type(error).__name__}: {error}"
    missing = error.name if isinstance(error, ModuleNotFoundError) else None
    return {"file": file, "reason": reason, "missing": missing}
