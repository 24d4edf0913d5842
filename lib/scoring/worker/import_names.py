"""Names that scripts import from Microsoft's packages. Ours stand in their place, whether those packages are installed or not."""

import importlib
import importlib.machinery
import pkgutil
import sys

#: The version of the contract that we keep.
VERSION = "1.5.1"

_SERVER, _LEGACY = "azureml_inference_server_http", "azureml.contrib.services"
_BATCH = "azureml_user"
#: Modules that are always ours, because this server must see what they remember: name and file in this folder.
_OURS = {
    f"{_SERVER}.api.aml_request": "aml_request",
    f"{_SERVER}.api.aml_response": "aml_response",
    f"{_SERVER}.log_config": "log_config",
    f"{_LEGACY}.aml_request": "aml_request",
    f"{_LEGACY}.aml_response": "aml_response",
    f"{_BATCH}.parallel_run": "entry_script",
}
#: One of batch scripts, which they may bring themselves: ours is found after everybody else's.
_OLDER = {"entry_script": "entry_script"}
_batch = False
#: Packages that only lead to them: one that is installed comes first.
_PACKAGES = (f"{_SERVER}.api", "azureml", "azureml.contrib", _LEGACY, _BATCH)


def install(batch=False):
    """Takes effect for imports from now on. `batch`: for the script of a batch deployment."""
    global _batch
    _batch = batch
    sys.meta_path.insert(0, _Ours)
    sys.meta_path.append(_Packages)


def raw_http_requested():
    """Whether anything has been decorated with @rawhttp."""
    module = sys.modules.get(f"{__package__}.aml_request")
    return module is not None and module.requested


class _Ours:
    """Finds our modules before anybody else's."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == _SERVER:
            return importlib.machinery.ModuleSpec(name, _ServerPackage, is_package=True)
        return importlib.machinery.ModuleSpec(name, _Alias) if name in _OURS else None


class _Packages:
    """Finds the packages on the way to them, after everybody else."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if _batch and name in _OLDER:
            return importlib.machinery.ModuleSpec(name, _Alias)
        return importlib.machinery.ModuleSpec(name, None, is_package=True) if name in _PACKAGES else None


class _Alias:
    @staticmethod
    def create_module(spec):
        return None

    @staticmethod
    def exec_module(module):
        sys.modules[module.__name__] = importlib.import_module(f"{__package__}.{(_OURS | _OLDER)[module.__name__]}")


class _ServerPackage:
    @staticmethod
    def create_module(spec):
        return None

    @staticmethod
    def exec_module(module):
        module.__version__ = VERSION
        module.__path__ = pkgutil.extend_path([], _SERVER)  # the rest of the package, where it is installed
