"""The life of a batch worker: hold on to the coordinator, load, init, run one mini-batch after another."""

import faulthandler
import json
import os
import socket
import sys

from . import batch_logs, failure, forks, import_names, lifeline, protocol
from .batch_files import Files
from .batch_results import FatalError, Results
from .termination import end

#: JSON for the worker: what stands in `online/../batch/python-worker.ts`, `Setting`.
SETTING = "INFERENCE_ENDPOINTS_BATCH"


def run(descriptor, parent_pid, kind):
    """Never returns."""
    connection = socket.socket(fileno=descriptor)
    connection.set_inheritable(False)
    lifeline.hold(connection, parent_pid)
    forks.guard(connection)
    faulthandler.enable()  # a crash in native code, or the coordinator's SIGABRT, prints where it was
    code = 0
    try:
        setting = json.loads(os.environ.pop(SETTING))
        served = _load(connection, kind, setting)
        _serve(connection, served, setting)
    except SystemExit as exit_:
        code = exit_.code if isinstance(exit_.code, int) else 1
    except BaseException as error:
        code = 1
        if not forks.in_child() and not isinstance(error, (BrokenPipeError, ConnectionResetError)):
            batch_logs.failed(error)
    end(code)


def _load(connection, kind, setting):
    app_root = os.environ.get("AML_APP_ROOT") or os.getcwd()
    script = os.path.join(app_root, os.environ.get("AZUREML_ENTRY_SCRIPT") or "main.py")
    mlflow = kind == "batch-mlflow"
    file = os.environ.get("AZUREML_MODEL_DIR", "") if mlflow else script
    sys.argv[:] = [file, "--logging_level", setting["level"].upper()]
    import_names.install(batch=True)
    try:
        batch_logs.configure(setting)
        if mlflow:
            from . import batch_mlflow

            return batch_mlflow.load(file)
        from . import batch_script

        return batch_script.load(app_root, os.environ.get("AZUREML_ENTRY_SCRIPT"))
    except BaseException as error:
        failure.log(error, "mlflow" if mlflow else "script")
        batch_logs.failed(error)
        connection.sendall(protocol.encode_json(protocol.FAILED, failure.describe(error, file)))
        sys.exit(failure.exit_code(error))


def _serve(connection, served, setting):
    files, results = Files(setting), Results(setting)
    connection.sendall(protocol.encode_json(protocol.READY, {}))
    buffer = b""
    while True:
        chunk = connection.recv(1 << 16)
        if not chunk:
            served.shutdown()
            return
        frames, buffer = protocol.split(buffer + chunk)
        for kind, number, payload in frames:
            if kind == protocol.TASK:
                answer = _answer(served, files, results, json.loads(payload))
                connection.sendall(protocol.encode(protocol.DONE, number, json.dumps(answer).encode()))


def _answer(served, files, results, task):
    """What became of one try. SystemExit passes: a script that exits ends its worker, and that try."""
    try:
        with files.of(task) as (mini_batch, sources):
            return results.write(task, mini_batch, served.run(mini_batch, sources))
    except Exception as error:
        batch_logs.failed(error)
        return {"error": batch_logs.one_line(error), "fatal": isinstance(error, FatalError) or batch_logs.disk_is_full(error)}
