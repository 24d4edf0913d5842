"""DataFrames from JSON: what inference-schema does, without what takes nine tenths of its time and changes nothing."""

import io
import json

import numpy as np
import pandas as pd
from inference_schema.parameter_types.pandas_parameter_type import PandasParameterType

try:
    from pandas.io.json import ujson_loads
except ImportError:  # not part of pandas' public interface
    ujson_loads = None

#: So many column lists are remembered; a client that makes up names cannot fill the memory.
_REMEMBERED = 64
#: pandas before 3 takes numbers under such names for dates.
_DATES = ("date", "time", "modified", "_at")
_SPLIT = {"columns", "index", "data"}
_plain = {}


def read_split(content):
    """`pd.read_json(json.dumps(content), orient="split", dtype=False)`, quicker for numbers under names that came before."""
    text, names = json.dumps(content), _names(content)
    if names is not None and _plain.get(names):
        quick = _quick(text)
        if quick is not None:
            return quick
    frame = pd.read_json(io.StringIO(text), orient="split", dtype=False)
    if names is not None and names not in _plain and len(_plain) < _REMEMBERED:
        quick = _quick(text)
        if quick is not None:
            _plain[names] = _same(quick, frame) and not any(part in name.lower() for name in names for part in _DATES)
    return frame


class SplitFrames(PandasParameterType):
    """A DataFrame in the orientation "split", of any number of columns."""

    def __init__(self, sample_input, **options):
        super().__init__(sample_input, orient="split", **options)
        self._wanted = sample_input.dtypes.to_dict()
        self._numbers = all(map(_number, self._wanted.values()))

    def deserialize_input(self, input_data):
        if not self._numbers or not isinstance(input_data, dict):
            return super().deserialize_input(input_data)
        frame = read_split(input_data)
        types = {name: self._wanted.get(name, object) for name in frame.columns}
        changed = {name: wanted for (name, wanted), dtype in zip(types.items(), frame.dtypes) if wanted != dtype}
        return frame.astype(changed) if changed else frame


def fitting(schema):
    """Tells the frames that have the signature's columns and types already; None where numbers are not all it has."""
    if schema is None or schema.is_tensor_spec() or not schema.has_input_names():
        return None
    names = schema.input_names()
    try:
        wanted = [np.dtype(kind) for kind in schema.pandas_types()]
    except Exception:  # lists and objects have no type in pandas
        return None
    if not all(map(_number, wanted)):
        return None
    return lambda data: isinstance(data, pd.DataFrame) and list(data.columns) == names and list(data.dtypes) == wanted


def _quick(text):
    """The frame as read_json makes it before it looks for dates and gaps; None where it could find any."""
    frame = pd.DataFrame(**ujson_loads(text))
    return frame if all(map(_number, frame.dtypes)) else None


def _number(dtype):
    return getattr(dtype, "kind", "") in "iufb" and not pd.api.types.is_extension_array_dtype(dtype)


def _names(content):
    """The names of the columns when the rest is ordinary: then only they and numbers decide what read_json makes of it."""
    if ujson_loads is None or content.keys() != _SPLIT:
        return None
    names, index, data = content["columns"], content["index"], content["data"]
    if not all(isinstance(part, list) and part for part in (names, index, data)):
        return None
    if index != list(range(len(data))) or not all(type(label) is int for label in index):
        return None
    return tuple(names) if all(isinstance(name, str) for name in names) and len(set(names)) == len(names) else None


def _same(one, other):
    return one.equals(other) and one.dtypes.equals(other.dtypes) and one.index.equals(other.index) and one.columns.equals(other.columns)
