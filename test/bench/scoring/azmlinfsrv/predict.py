"""A scikit-learn model."""

import json
import os

import joblib


def init():
    global model
    model = joblib.load(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.joblib"))


def run(data):
    return {"predictions": model.predict(json.loads(data)["data"]).tolist()}
