"""The life of a worker process: hold on to the front, load, init, serve. With preloading a parent does all but the last, and forks those that serve."""

import faulthandler
import os
import socket
import sys

from . import debugger, failure, forks, import_names, lifeline, logs, preload, protocol, schemas, time_limit
from .logs import logger
from .runner import Runner
from .termination import Termination, end


def run(descriptor, front_pid, kind, preloads):
    """Never returns."""
    connection = socket.socket(fileno=descriptor)
    connection.set_inheritable(False)
    lifeline.hold(connection, front_pid, forks_workers=preloads)
    forks.guard(connection)
    faulthandler.enable()  # a crash in native code, or the front's SIGABRT, prints where it was
    code = 0
    try:
        served, description = _load(connection, kind)
        _serve(preload.workers(connection) if preloads else connection, served, description)
    except SystemExit as exit_:
        code = exit_.code if isinstance(exit_.code, int) else 1
    except BaseException as error:
        code = 1
        if forks.in_child():
            logger.warning("A process that the script has forked came back from it, and is ended: only the worker itself may answer.")
        elif not isinstance(error, (BrokenPipeError, ConnectionResetError)):  # the front is gone
            logger.exception("The worker ended")
    end(code)


def _load(connection, kind):
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
        sys.exit(failure.exit_code(error))
    described = {"schemas": schemas.told(served.schemas), "batches": served.batches, "methods": getattr(served, "methods", ["GET", "POST"])}
    logger.info("Scoring timeout is set to %s", time_limit.from_environment().timeout_ms)
    return served, protocol.encode_json(protocol.READY, described)


def _serve(connection, served, description):
    termination = Termination()
    termination.heed()
    logger.info("Worker with pid %s ready for serving traffic", os.getpid())
    connection.sendall(description)
    most, wait_ms = (os.environ.get(f"INFERENCE_ENDPOINTS_MAX_BATCH_{name}") for name in ("SIZE", "WAIT_MS"))
    Runner(connection, served, termination, int(most or 1), int(wait_ms) if wait_ms else None).serve()


def _file(kind, app_root):
    if kind == "mlflow":
        return os.environ.get("AZUREML_MODEL_DIR", "")
    return os.path.join(app_root, os.environ.get("AZUREML_ENTRY_SCRIPT") or "main.py")


def _script(app_root):
    from . import script_served

    return script_served.load(app_root, os.environ.get("AZUREML_ENTRY_SCRIPT"), time_limit.from_environment())


def _mlflow():
    from . import mlflow_served

    return mlflow_served.load(os.environ.get("AZUREML_MODEL_DIR", ""))
