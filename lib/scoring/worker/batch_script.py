"""The batch contract of a `score.py`: `init()` once a process, `run(mini_batch)` for each mini-batch, `shutdown()` at the end where there is one."""

from . import loader
from .loader import ScriptError
from .logs import logger


def load(app_root, entry_script):
    """Imports the script and calls its init()."""
    module = loader.load_module(app_root, entry_script)
    for name in ("init", "run"):
        if not callable(getattr(module, name, None)):
            raise ScriptError(f"User script at {module.__file__} does not have a {name}() function defined.")
    logger.info("Found user script at %s", module.__file__)
    module.init()
    logger.info("init() has ended")
    return _Served(module)


class _Served:
    def __init__(self, module):
        self._run = module.run
        self._shutdown = getattr(module, "shutdown", None)

    def run(self, mini_batch, _sources):
        return self._run(mini_batch)

    def shutdown(self):
        if callable(self._shutdown):
            self._shutdown()
