"""
`python main.py <descriptor> <pid of the front> [script | mlflow | batch | batch-mlflow] [preload]`: the socket is inherited, everything else comes from
the environment.
"""

import importlib.util
import os
import sys


def _package(life):
    """Imports this folder under a name no script of a user has, and leaves neither the folder nor plain names like `runner` in their way."""
    folder = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != folder]
    keep, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    spec = importlib.util.spec_from_file_location(
        "_inference_endpoints_worker", os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
    )
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    process = importlib.import_module(f"{spec.name}.{life}")
    sys.dont_write_bytecode = keep
    return process


if __name__ == "__main__":
    _descriptor, _pid, _kind, _preloads = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else "script", "preload" in sys.argv[4:]
    if _kind.startswith("batch"):
        _package("batch_process").run(_descriptor, _pid, _kind)
    else:
        _package("process").run(_descriptor, _pid, _kind, _preloads)
