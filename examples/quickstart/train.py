"""Trains the models of this example and stores what they answer.

    pip install scikit-learn==1.7.2 skl2onnx==1.20.0 onnxruntime==1.32.0
    python train.py

The data are the 178 wines that scikit-learn carries. Three models learn from half of them, each in its own way, and are written as
ONNX. The script fails unless ONNX Runtime gives every one of the 178 rows the label that scikit-learn gives it.
"""

import json
import sys
from itertools import combinations
from pathlib import Path

import numpy as np
import onnxruntime
from onnx import ModelProto
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType
from sklearn.base import ClassifierMixin
from sklearn.datasets import load_wine
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

HERE = Path(__file__).parent
SEED = 7
# Old enough for every runtime in use.
OPSETS = {"": 17, "ai.onnx.ml": 3}
IR_VERSION = 8


def classifiers() -> dict[str, ClassifierMixin]:
    """The models, untrained, by the name of the deployment that serves them."""
    return {
        "blue": make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)),
        "green": RandomForestClassifier(n_estimators=5, max_depth=2, random_state=SEED),
        "indigo": GradientBoostingClassifier(n_estimators=10, max_depth=2, random_state=SEED),
    }


def to_onnx(name: str, model: ClassifierMixin, features: int) -> ModelProto:
    """The model as ONNX: `features` in, `label` and `probabilities` out."""
    onnx = convert_sklearn(
        model,
        name=name,
        initial_types=[("features", FloatTensorType([None, features]))],
        options={id(model): {"zipmap": False}},
        target_opset=OPSETS,
    )
    onnx.ir_version = IR_VERSION
    return onnx


def onnx_labels(model: ModelProto, rows: np.ndarray) -> np.ndarray:
    """What ONNX Runtime answers."""
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(["label"], {"features": rows})[0]


def lines(items: list[str], brackets: str) -> str:
    """JSON with one item a line."""
    return brackets[0] + "\n" + ",\n".join(items) + "\n" + brackets[1] + "\n"


def main() -> None:
    wine = load_wine()
    rows, truth = wine.data.astype(np.float32), wine.target
    seen, _, seen_truth, _ = train_test_split(rows, truth, test_size=0.5, random_state=SEED, stratify=truth)

    labels = {}
    for folder in ("models", "data"):
        (HERE / folder).mkdir(exist_ok=True)
    for name, model in classifiers().items():
        labels[name] = model.fit(seen, seen_truth).predict(rows)
        onnx = to_onnx(name, model, rows.shape[1])
        wrong = int((onnx_labels(onnx, rows) != labels[name]).sum())
        if wrong:
            sys.exit(f"{name}: ONNX Runtime and scikit-learn disagree on {wrong} of {len(rows)} rows")
        (HERE / "models" / f"{name}.onnx").write_bytes(onnx.SerializeToString(deterministic=True))
        print(f"{name}: right on {int((labels[name] == truth).sum())} of {len(rows)} rows, the same in ONNX on all")

    for one, other in combinations(labels, 2):
        print(f"{one} and {other} differ on {int((labels[one] != labels[other]).sum())} rows")

    stored = {**labels, "truth": truth}
    (HERE / "data" / "rows.json").write_text(lines([json.dumps(row) for row in wine.data.tolist()], "[]"))
    (HERE / "data" / "labels.json").write_text(lines([f'"{name}": {json.dumps(of.tolist())}' for name, of in stored.items()], "{}"))


if __name__ == "__main__":
    main()
