"""From the `input_data` of `/score` to what predict() takes, as Azure's script for MLflow models does it."""

import json

import numpy as np
import pandas as pd

from .mlflow_frames import read_split

#: Flavors of language models: their texts go through as they are.
LANGUAGE = frozenset(("transformers", "langchain", "openai"))


def ready(data):
    """The schema has made an array, named arrays or a frame of it already."""
    return isinstance(data, (np.ndarray, pd.DataFrame)) or _named_arrays(data)


def guessed(data):
    """What a model without a schema gets: lists become arrays, `{columns, index, data}` a frame, other objects named arrays."""
    if isinstance(data, str):
        data = json.loads(data)
    if "input_data" in data:
        data = data["input_data"]
    if isinstance(data, list):
        return np.asarray(data)
    return _frame_or_arrays(data)


def language(data):
    """What a language model gets: texts, and lists and objects of nothing else, as they are; the rest as any model."""
    if isinstance(data, str):
        try:
            data = json.loads(data)
        except ValueError:
            return data
    if isinstance(data, dict) and "input_data" in data:
        data = data["input_data"]
    if isinstance(data, list):
        return _language_list(data)
    if not isinstance(data, dict) or (not _split(data) and _only_texts(data)):
        return data
    return _frame_or_arrays(data)


def without_parameters(data):
    """(data, params) of a caller who still puts `parameters` beside the texts."""
    params = data.pop("parameters")
    return (data["input_string"] if list(data) == ["input_string"] else data), params


def _language_list(items):
    if all(isinstance(item, str) for item in items):
        return items
    if not all(isinstance(item, dict) for item in items):
        return np.asarray(items)
    if not all(map(_only_texts, items)):
        raise ValueError("a list of objects may hold nothing but texts and lists of texts")
    return items


def _frame_or_arrays(data):
    if isinstance(data, dict) and _split(data):
        return read_split(data)
    return {name: np.asarray(value) for name, value in data.items()}


def _split(data):
    return "columns" in data and "index" in data and "data" in data


def _only_texts(data):
    return all(isinstance(value, str) or (isinstance(value, list) and all(isinstance(item, str) for item in value)) for value in data.values())


def _named_arrays(data):
    return isinstance(data, dict) and len(data) > 0 and isinstance(next(iter(data.values())), np.ndarray)
