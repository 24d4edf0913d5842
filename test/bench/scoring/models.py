"""Trains the two models of the bench and writes them, with rows and their labels, into a folder: `python models.py <folder>`."""

import json
import pathlib
import sys

import joblib
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

folder = pathlib.Path(sys.argv[1])
iris = load_iris()
models = {
    "logistic": LogisticRegression(max_iter=1000).fit(iris.data, iris.target),
    "forest": RandomForestClassifier(n_estimators=100, random_state=0).fit(iris.data, iris.target),
}
# Species in turn, so that an answer handed to the wrong request is seen to be wrong.
rows = [iris.data[species * 50 + index].tolist() for index in range(5) for species in range(3)]

for name, model in models.items():
    (folder / name).mkdir(parents=True)
    joblib.dump(model, folder / name / "model.joblib")

labels = {name: model.predict(rows).tolist() for name, model in models.items()}
(folder / "rows.json").write_text(json.dumps({"rows": rows, "labels": labels}))
