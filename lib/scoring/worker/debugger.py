"""`AZUREML_DEBUG_PORT`: the worker connects to a debugger that waits there."""

import os

#: What Azure's images exit with when there is no debugpy.
EXIT_MISSING = 94


class DebuggerMissing(Exception):
    """The debugger is asked for and not installed."""


def attach():
    """Waits until the debugger has taken over. Nothing happens where no port is set."""
    port = os.environ.get("AZUREML_DEBUG_PORT")
    if not port:
        return
    print("!! Starting the inference server in DEBUGGING mode because AZUREML_DEBUG_PORT is set.")
    print("!! This environment variable should not be set in a production environment.")
    try:
        import debugpy
    except ModuleNotFoundError:
        raise DebuggerMissing(f"AZUREML_DEBUG_PORT is {port}, but debugpy is not installed: pip install debugpy") from None
    print(f"** Connecting to debugger at port {port}...")
    debugpy.connect(int(port))
    debugpy.wait_for_client()
