"""The life of a worker process: hold on to the front, load, init, serve."""

import faulthandler
import os
import socket
import sys

from . import debugger, failure, forks, import_names, lifeline, logs, protocol, time_limit
from .logs import logger
from .runner import Runner

#: gunicorn's "worker failed to boot".
_EXIT_FAILED = 3


def run(descriptor, front_pid, kind):
    """Never returns: whatever threads the script has left running must not keep a finished worker alive."""
    connection = socket.socket(fileno=descriptor)
    connection.set_inheritable(False)
    lifeline.hold(connection, front_pid)
    forks.guard(connection)
    faulthandler.enable()  # a crash in native code, or the front's SIGABRT, prints where it was
    code = 0
    try:
        _work(connection, kind)
    except SystemExit as exit_:
        code = exit_.code if isinstance(exit_.code, int) else 1
    except BaseException as error:
        code = 1
        if forks.in_child():
            logger.warning("A process that the script has forked came back from it, and is ended: only the worker itself may answer.")
        elif not isinstance(error, (BrokenPipeError, ConnectionResetError)):  # the front is gone
            logger.exception("The worker ended")
    end(code)


def end(code):
    """Ends the process with what it has written."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            pass
    os._exit(code)


def _work(connection, kind):
    app_root = os.environ.get("AML_APP_ROOT") or os.getcwd()
    file = _file(kind, app_root)
    sys.argv[:] = [file]
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())  # as gunicorn does
    import_names.install()
    try:
        logs.configure(app_root, os.path.dirname(file))
        debugger.attach()
        served = _mlflow() if kind == "mlflow" else _script(app_root)
    except BaseException as error:
        failure.log(error, kind)
        connection.sendall(protocol.encode_json(protocol.FAILED, failure.describe(error, file)))
        sys.exit(debugger.EXIT_MISSING if isinstance(error, debugger.DebuggerMissing) else _EXIT_FAILED)
    ready = {"schemas": served.schemas, "batches": served.batches, "methods": getattr(served, "methods", ["GET", "POST"])}
    connection.sendall(protocol.encode_json(protocol.READY, ready))
    most, wait_ms = (os.environ.get(f"INFERENCE_ENDPOINTS_MAX_BATCH_{name}") for name in ("SIZE", "WAIT_MS"))
    Runner(connection, served, int(most or 1), int(wait_ms or 0)).serve()


def _file(kind, app_root):
    if kind == "mlflow":
        return os.environ.get("AZUREML_MODEL_DIR", "")
    return os.path.join(app_root, os.environ.get("AZUREML_ENTRY_SCRIPT") or "main.py")


def _script(app_root):
    from . import script_served

    return script_served.load(app_root, os.environ.get("AZUREML_ENTRY_SCRIPT"), time_limit.from_environment())


def _mlflow():
    from . import mlflow_served

    return time_limit.TimeLimited(mlflow_served.load(os.environ.get("AZUREML_MODEL_DIR", "")), time_limit.from_environment())
