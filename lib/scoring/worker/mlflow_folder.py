"""Finds the MLflow model in the folder of the deployment, and loads it."""

import os

from .loader import ScriptError
from .logs import logger

MLMODEL = "MLmodel"
#: As deep as the front looks: every layout of a registered model, and no walk through a whole disk.
DEEPEST = 6
#: So many names of a folder are worth reading in a message.
_LISTED = 10
_INSTALL = "pip install mlflow inference-schema (mlflow-skinny, pandas and inference-schema are enough)"


class ModelError(ScriptError):
    """The folder cannot be served. The text is for whoever deploys it."""


class MissingPackage(ModelError, ModuleNotFoundError):
    """A Python package has to be installed first; `name` is its module."""


def find(model_dir):
    """The folder with `MLmodel`: the one that `MLFLOW_MODEL_FOLDER` names, else the model folder itself, else the only one below it."""
    if not os.path.isdir(model_dir):
        raise ModelError(f"there is no folder {model_dir!r}; AZUREML_MODEL_DIR (--model_dir) must name the folder of an MLflow model.")
    named = os.environ.get("MLFLOW_MODEL_FOLDER")
    if named:
        folder = os.path.join(model_dir, named)
        if not os.path.isfile(os.path.join(folder, MLMODEL)):
            raise ModelError(f"MLFLOW_MODEL_FOLDER is {named!r}, but there is no file {os.path.join(folder, MLMODEL)}.")
        return folder
    found = _search([model_dir], 1)
    if len(found) > 1:
        names = ", ".join(os.path.relpath(folder, model_dir) for folder in found)
        raise ModelError(f"{model_dir} holds {len(found)} MLflow models and one is expected: {names}. Name one in MLFLOW_MODEL_FOLDER.")
    if not found:
        raise ModelError(
            f"there is no file {MLMODEL} in {model_dir} nor in its sub-folders, at most {DEEPEST} levels deep; the folder holds {_names(model_dir)}. "
            "Give the folder that mlflow.<flavor>.save_model() made."
        )
    return found[0]


def load(folder):
    """The `python_function` flavour of the model, with its signature. Slow: it imports mlflow and whatever the model needs."""
    # A scoring container speaks to nobody unasked. Set to "false", mlflow may.
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    try:
        import inference_schema.schema_decorators  # noqa: F401  first, for it is quick to be missing
        from mlflow.pyfunc import scoring_server
    except ModuleNotFoundError as error:
        raise MissingPackage(f"serving an MLflow model needs the Python module {error.name}: {_INSTALL}", name=error.name) from None
    logger.info("Loading the MLflow model in %s", folder)
    _check(folder)
    try:
        # mlflow refuses a folder that is a link: it leads out of the folder above.
        return scoring_server.load_model_with_mlflow_config(os.path.realpath(folder))
    except ModuleNotFoundError as error:
        text = f"the model in {folder} needs the Python module {error.name}, which is not installed. {_requirements(folder)}"
        raise MissingPackage(text, name=error.name) from error
    except Exception as error:
        raise ModelError(f"the model in {folder} cannot be loaded: {type(error).__name__}: {error}") from error


def _search(folders, depth):
    """Level by level: a model may have others among its artifacts."""
    found = sorted(folder for folder in folders if os.path.isfile(os.path.join(folder, MLMODEL)))
    if found or not folders or depth > DEEPEST:
        return found
    below = [entry.path for folder in folders for entry in os.scandir(folder) if entry.is_dir() and not entry.name.startswith(".")]
    return _search(below, depth + 1)


def _names(folder):
    names = sorted(os.listdir(folder))
    if not names:
        return "nothing"
    return ", ".join(names[:_LISTED]) + (f" and {len(names) - _LISTED} more" if len(names) > _LISTED else "")


def _check(folder):
    import yaml

    file = os.path.join(folder, MLMODEL)
    try:
        with open(file, encoding="utf-8") as stream:
            content = yaml.safe_load(stream)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise ModelError(f"{file} cannot be read as YAML: {' '.join(str(error).split())}") from None
    flavors = content.get("flavors") if isinstance(content, dict) else None
    if not isinstance(flavors, dict):
        raise ModelError(f"{file} has no flavors; expected the file that mlflow wrote.")
    if "python_function" not in flavors:
        raise ModelError(f'{file} has no flavor "python_function", which serving needs; it has {", ".join(flavors) or "none"}.')


def _requirements(folder):
    file = os.path.join(folder, "requirements.txt")
    return f"Install what the model asks for: pip install -r {file}" if os.path.isfile(file) else "The model has no requirements.txt that would say what to install."
