"""Answers requests with a scikit-learn classifier: `{"data": [[…], …]}` in, labels and probabilities out."""

import json
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


def run(data: str) -> dict[str, list]:
    """Scores the rows of one request."""
    rows = np.asarray(json.loads(data)["data"], dtype=np.float32)
    return {"label": model.predict(rows).tolist(), "probabilities": model.predict_proba(rows).tolist()}
