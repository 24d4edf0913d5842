"""azmlinfsrv/predict.py for requests that wait together: one call of the model answers all of them."""

import json
import os

import joblib


def init():
    global model
    model = joblib.load(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.joblib"))


def run(data):
    return {"predictions": model.predict(json.loads(data)["data"]).tolist()}


def run_batch(items):
    rows = [json.loads(item)["data"] for item in items]
    labels = iter(model.predict([row for each in rows for row in each]).tolist())
    return [{"predictions": [next(labels) for _ in each]} for each in rows]
