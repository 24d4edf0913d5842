"""Trains the two models of this example and writes the files that its jobs read.

    pip install scikit-learn==1.7.2 joblib==1.5.2
    python train.py

The data are the 1,797 handwritten digits that scikit-learn carries, 8 x 8 pixels each. Both models learn from the first half. The files are
always the same: six digits each, a row of 64 numbers for a digit, 300 files in data/.
"""

from pathlib import Path

import joblib
import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

HERE = Path(__file__).parent
ROWS_OF_A_FILE = 6


def classifiers() -> dict[str, ClassifierMixin]:
    """The models, untrained, by the name of the deployment that runs them."""
    return {"blue": LogisticRegression(max_iter=2000), "green": DecisionTreeClassifier(max_depth=6, random_state=7)}


def main() -> None:
    digits = load_digits()
    rows, truth = digits.data.astype(np.float64), digits.target
    half = len(rows) // 2
    for name, model in classifiers().items():
        folder = HERE / "models" / name
        folder.mkdir(parents=True, exist_ok=True)
        joblib.dump(model.fit(rows[:half], truth[:half]), folder / "model.joblib")
        print(f"{name}: right on {int((model.predict(rows[half:]) == truth[half:]).sum())} of the {len(rows) - half} digits that it has not seen")

    data = HERE / "data"
    data.mkdir(exist_ok=True)
    for first in range(0, len(rows), ROWS_OF_A_FILE):
        np.savetxt(data / f"digits-{first // ROWS_OF_A_FILE:03}.csv", rows[first : first + ROWS_OF_A_FILE], fmt="%d", delimiter=",")
    print(f"{len(list(data.glob('*.csv')))} files in {data}")


if __name__ == "__main__":
    main()
