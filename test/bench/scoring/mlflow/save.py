"""Saves the bench's models as MLflow folders, with signatures: `python save.py <models> <folder>`."""

import json
import pathlib
import sys

import joblib
import mlflow
import numpy as np
from mlflow.models import infer_signature

models, folder = (pathlib.Path(path) for path in sys.argv[1:])
rows = np.array(json.loads((models / "rows.json").read_text())["rows"])


class Echo(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return model_input


for name in ("logistic", "forest"):
    model = joblib.load(models / name / "model.joblib")
    mlflow.sklearn.save_model(model, folder / name, signature=infer_signature(rows, model.predict(rows)), serialization_format="cloudpickle")
mlflow.pyfunc.save_model(folder / "echo", python_model=Echo(), signature=infer_signature(rows, rows))
