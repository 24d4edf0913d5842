"""Says which digits are in files of pixels: `run` gets paths, and returns a line `<file> <row> <digit>` for each row of each file."""

import os
from pathlib import Path

import joblib
import numpy as np
from sklearn.base import ClassifierMixin

model: ClassifierMixin


def init() -> None:
    """Loads the model once per worker. The folder that was deployed keeps its own name below AZUREML_MODEL_DIR."""
    global model
    (path,) = Path(os.environ["AZUREML_MODEL_DIR"]).glob("*/model.joblib")
    model = joblib.load(path)


def run(mini_batch: list[str]) -> list[str]:
    """Scores the files of one mini-batch."""
    lines = []
    for path in map(Path, mini_batch):
        rows = np.loadtxt(path, delimiter=",", ndmin=2)
        lines += [f"{path.name} {row} {digit}" for row, digit in enumerate(model.predict(rows))]
    return lines
