/**
 * What starts the script of a parallel step. Azure's batch deployments tell a script where the model and the output are by environment variables;
 * parallel steps give them as arguments, so this stands beside the script and says the one by the other.
 */

/** Its name; no script of a user is called so by chance. */
export const ENTRY_FILE = "inference_endpoints_step.py";

/** Python 3.8 and later, and nothing but its own library. */
export const ENTRY_TEXT = `"""Starts the script of a step as a batch deployment of a model would."""

import argparse
import importlib.util
import os
import sys
import tempfile
from pathlib import Path


def init():
    """Called once per process. Azure's own arguments come too."""
    global script
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for name in ("--step-script", "--step-model", "--step-model-name", "--step-output"):
        parser.add_argument(name)
    given, _ = parser.parse_known_args()
    folder = Path(tempfile.mkdtemp())
    (folder / given.step_model_name).symlink_to(Path(given.step_model).absolute())
    os.environ["AZUREML_MODEL_DIR"] = str(folder)
    if given.step_output is not None:
        os.environ["AZUREML_BI_OUTPUT_PATH"] = given.step_output
    path = Path(__file__).absolute().parent / given.step_script
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    script = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = script
    spec.loader.exec_module(script)
    script.init()


def run(mini_batch):
    """Called for each mini-batch."""
    return script.run(mini_batch)


def shutdown():
    """Called at the end of a process, where Azure does."""
    if hasattr(script, "shutdown"):
        script.shutdown()
`;
