"""Joins the rows of several requests into one predict(), where the answers cannot tell: same shape in, as many rows out."""

import json
from typing import NamedTuple

import numpy as np
import pandas as pd
from mlflow.utils.proto_json_utils import _get_jsonable_obj

from .logs import logger


class Call(NamedTuple):
    """The arguments of one predict()."""

    data: object
    params: object
    #: What ties the collected outputs to the inputs.
    context: object = None


def joined(calls, predict):
    """The results, ready for JSON, of those calls that could be joined; keys as in `calls`. The others have to be made alone."""
    groups, results = {}, {}
    for key, call in calls.items():
        shape = _shape(call)
        if shape is not None:
            groups.setdefault(shape, []).append(key)
    for keys in groups.values():
        if len(keys) > 1:
            results.update(zip(keys, _together([calls[key] for key in keys], predict)))
    return results


def _together(calls, predict):
    sizes = [_rows(call.data) for call in calls]
    try:
        result = predict(Call(_concatenated([call.data for call in calls]), calls[0].params))
        whole = _as_list(result, sum(sizes))
    except Exception as error:
        logger.debug("A batch of %s requests is run one by one: %s", len(calls), error)
        return []
    return [] if whole is None else _split(whole, sizes)


def _as_list(result, rows):
    if not isinstance(result, (np.ndarray, pd.DataFrame, pd.Series, list)) or np.ndim(result) == 0 or len(result) != rows:
        return None
    return _get_jsonable_obj(result, pandas_orient="records")


def _split(items, sizes):
    parts, at = [], 0
    for size in sizes:
        parts.append(items[at : at + size])
        at += size
    return parts


def _shape(call):
    """Equal for calls that can be joined, None for those that cannot."""
    data = call.data
    if isinstance(data, pd.DataFrame):
        shape = _frame_shape(data)
    elif isinstance(data, np.ndarray):
        shape = _array_shape(data)
    elif isinstance(data, list) and data:
        shape = "list"  # what a model with type hints takes
    else:
        shape = _named_shape(data)
    if shape is None:
        return None
    try:
        return type(data), shape, json.dumps(call.params)
    except (TypeError, ValueError):
        return None


def _frame_shape(frame):
    """Names and kinds of the columns. A frame with an index of its own stays alone: a joined one is numbered anew."""
    if len(frame) == 0 or not frame.index.equals(pd.RangeIndex(len(frame))):
        return None
    kinds = []
    for name, column in frame.items():
        # A column of objects may be anything; of texts or bytes it stays what it is beside others.
        if column.dtype == object and pd.api.types.infer_dtype(column, skipna=False) not in ("string", "bytes"):
            return None
        kinds.append((name, str(column.dtype)))
    return tuple(kinds)


def _array_shape(array):
    if array.ndim == 0 or len(array) == 0 or array.dtype == object:
        return None
    return array.dtype.str, array.shape[1:]


def _named_shape(data):
    """Named arrays, each of which has one entry for each row."""
    if not isinstance(data, dict) or not all(isinstance(array, np.ndarray) for array in data.values()):
        return None
    shapes = [(name, _array_shape(array)) for name, array in data.items()]
    same = len({len(array) for array in data.values() if array.ndim > 0}) == 1
    return tuple(shapes) if same and all(shape for _, shape in shapes) else None


def _rows(data):
    return len(next(iter(data.values()))) if isinstance(data, dict) else len(data)


def _concatenated(parts):
    first = parts[0]
    if isinstance(first, pd.DataFrame):
        return pd.concat(parts, ignore_index=True)
    if isinstance(first, dict):
        return {name: np.concatenate([part[name] for part in parts]) for name in first}
    return sum(parts, []) if isinstance(first, list) else np.concatenate(parts)
