"""Trains the two models of this example and stores what they answer.

    pip install scikit-learn==1.7.2 joblib==1.5.2
    python train.py

The data are the 178 wines that scikit-learn carries. Both models learn from the same half of them.
"""

import json
from pathlib import Path

import joblib
import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.datasets import load_wine
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

HERE = Path(__file__).parent
SEED = 7


def classifiers() -> dict[str, ClassifierMixin]:
    """The models, untrained, by the name of the deployment that serves them."""
    return {
        "blue": make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)),
        "green": RandomForestClassifier(n_estimators=5, max_depth=2, random_state=SEED),
    }


def lines(items: list[str], brackets: str) -> str:
    """JSON with one item a line."""
    return brackets[0] + "\n" + ",\n".join(items) + "\n" + brackets[1] + "\n"


def main() -> None:
    wine = load_wine()
    rows, truth = wine.data.astype(np.float32), wine.target
    seen, _, seen_truth, _ = train_test_split(rows, truth, test_size=0.5, random_state=SEED, stratify=truth)

    labels = {}
    for name, model in classifiers().items():
        labels[name] = model.fit(seen, seen_truth).predict(rows)
        folder = HERE / "models" / name
        folder.mkdir(parents=True, exist_ok=True)
        joblib.dump(model, folder / "model.joblib")
        print(f"{name}: right on {int((labels[name] == truth).sum())} of {len(rows)} rows")
    print(f"blue and green differ on {int((labels['blue'] != labels['green']).sum())} rows")

    stored = {**labels, "truth": truth}
    (HERE / "data").mkdir(exist_ok=True)
    (HERE / "data" / "rows.json").write_text(lines([json.dumps(row) for row in wine.data.tolist()], "[]"))
    (HERE / "data" / "labels.json").write_text(lines([f'"{name}": {json.dumps(of.tolist())}' for name, of in stored.items()], "{}"))


if __name__ == "__main__":
    main()
