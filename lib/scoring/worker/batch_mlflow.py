"""A batch deployment of an MLflow model without code: one `predict()` a file, one line a prediction: row, prediction, file."""

import os

import numpy as np
import pandas as pd

from . import mlflow_folder
from .batch_logs import failed, one_line
from .batch_results import FatalError, Outcome

_PARQUET = (".parquet", ".pqt")
_IMAGES = (".png", ".jpg", ".jpeg", ".tiff", ".bmp", ".gif")


class Unsupported(FatalError):
    """A file that no MLflow model can read. It fails the job, as on Azure."""


def load(model_dir):
    """Finds the model below `model_dir` and loads it."""
    return _Served(mlflow_folder.load(mlflow_folder.find(model_dir)))


class _Served:
    def __init__(self, model):
        self._model = model
        self._schema = model.metadata.get_input_schema()

    def run(self, mini_batch, sources):
        """A file that cannot be read or predicted spoils nothing but itself."""
        frames, failures = [], []
        for path, (name, first) in zip(mini_batch, sources):
            try:
                frames.append(self._predicted(path, name, first))
            except Unsupported:
                raise
            except Exception as error:
                failed(error)
                failures.append((name, None, one_line(error)))
        rows = sum(map(len, frames))
        return Outcome(lambda file: [frame.to_csv(file, header=False, index=False) for frame in frames], rows, len(failures), bool(frames), failures)

    def shutdown(self):
        """There is nothing to end."""

    def _predicted(self, path, name, first):
        extension = os.path.splitext(name)[1].lower()
        if extension in _IMAGES:
            return _lines(self._model.predict(self._image(path)), name, None)
        if extension != ".csv" and extension not in _PARQUET:
            raise Unsupported(f"Error processing input file: '{name}'. File type '{extension.lstrip('.')}' is not supported")
        data = pd.read_parquet(path) if extension in _PARQUET else self._table(path)
        return _lines(self._model.predict(data), name, first)

    def _table(self, path):
        """Columns of the signature in its types, so that "007" stays a text where the model wants one."""
        schema = self._schema
        if schema is None or schema.is_tensor_spec() or not schema.has_input_names():
            return pd.read_csv(path)
        there = set(pd.read_csv(path, nrows=0).columns)
        kinds = {name: np.dtype(kind) for name, kind in zip(schema.input_names(), schema.pandas_types()) if name in there and not isinstance(kind, list)}
        dates = [name for name, kind in kinds.items() if kind.kind == "M"]
        return pd.read_csv(path, dtype={name: kind for name, kind in kinds.items() if name not in dates}, parse_dates=dates)

    def _image(self, path):
        from PIL import Image

        with Image.open(path) as image:
            pixels = np.asarray(image).astype(np.uint8)
        if self._schema is not None and self._schema.is_tensor_spec():
            return pixels.reshape([-1 if size == -1 else size for size in self._schema.inputs[0].shape])
        return pixels


def _lines(predictions, name, first):
    """A frame with the columns of the output."""
    frame = predictions.reset_index(drop=True) if isinstance(predictions, pd.DataFrame) else pd.DataFrame(_flat(predictions))
    frame.columns = range(len(frame.columns))
    if first is not None:
        frame.insert(0, "row", range(first, first + len(frame)))
    frame["file"] = name
    return frame


def _flat(predictions):
    array = np.asarray(predictions)
    return array.reshape(len(array), -1) if array.ndim > 1 else array.reshape(-1, 1)
