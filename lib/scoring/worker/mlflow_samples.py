"""What `/score` of an MLflow model takes and gives, for conversion and for swagger: from the saved input example, else from the signature."""

import io
import json
import os

import numpy as np
import pandas as pd
from inference_schema.parameter_types.abstract_parameter_type import AbstractParameterType
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType
from inference_schema.parameter_types.pandas_parameter_type import PandasParameterType
from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
from mlflow.types import ColSpec, DataType

from .logs import logger
from .mlflow_frames import SplitFrames

_TEXT = "sample string"
_VALUES = {DataType.boolean: True, DataType.string: _TEXT, DataType.integer: 42, DataType.long: 42, DataType.float: 0.15, DataType.double: 0.15}


class Anything(AbstractParameterType):
    """Nothing is known: the data stays as it came."""

    def __init__(self):
        super().__init__(None)

    def deserialize_input(self, input_data):
        return input_data

    def input_to_swagger(self):
        return {"type": "object", "example": {}}


def parameter_types(metadata, folder):
    """(input, params, output). What cannot be described becomes Anything: Azure's own script does not start then, which helps nobody."""
    signature, transformers = metadata.signature, "transformers" in metadata.flavors
    inputs, outputs, params = (getattr(signature, name, None) for name in ("inputs", "outputs", "params"))
    return (
        _known("input", lambda: _input_type(_input_sample(metadata, folder, inputs, transformers), transformers)),
        _known("params", lambda: StandardPythonParameterType(_params_sample(params)) if params else Anything()),
        _known("output", lambda: _type(_signature_sample(outputs), "records") if outputs else Anything()),
    )


def _known(what, make):
    try:
        made = make()
        made.supported_versions()  # swagger is made at the start too, and may fail where the type did not
        return made
    except Exception as error:
        logger.warning("The schema of the model's %s is left open: %s: %s", what, type(error).__name__, error)
        return Anything()


def _input_sample(metadata, folder, inputs, transformers):
    if transformers and inputs and _texts(inputs):
        return _text_sample(inputs)
    try:
        sample = _example(metadata, folder)
    except Exception as error:
        logger.warning("The model's input example cannot be used: %s: %s", type(error).__name__, error)
        sample = None
    return _signature_sample(inputs) if sample is None and inputs else sample


def _example(metadata, folder):
    info = metadata.saved_input_example_info
    if not info:
        return None
    with open(os.path.join(folder, info["artifact_path"]), encoding="utf-8") as file:
        content = json.load(file)
    if info["type"] == "dataframe":
        orient = "split" if "columns" in content else "values"
        return pd.read_json(io.StringIO(json.dumps(content)), orient=orient, dtype=False)
    if info["type"] == "ndarray":
        inputs = content["inputs"]
        return {name: np.asarray(value) for name, value in inputs.items()} if isinstance(inputs, dict) else np.asarray(inputs)
    return content


def _signature_sample(schema):
    if not schema.is_tensor_spec():
        names = schema.input_names()
        return pd.DataFrame(columns=names).astype(dict(zip(names, schema.pandas_types())))
    if schema.has_input_names():
        return {spec.name: _zeros(spec) for spec in schema.inputs}
    return _zeros(schema.inputs[0])


def _zeros(spec):
    """One row of a batch."""
    shape = [1, *spec.shape[1:]] if spec.shape and spec.shape[0] == -1 else spec.shape
    return np.zeros(tuple(shape), dtype=spec.type)


def _texts(inputs):
    first = inputs.inputs[0]
    return isinstance(first, ColSpec) and (first.name is not None or (len(inputs.inputs) == 1 and first.type == DataType.string))


def _text_sample(inputs):
    if inputs.inputs[0].name is None:
        return [_TEXT]
    return {spec.name: _VALUES[spec.type] for spec in inputs.inputs}


def _params_sample(schema):
    samples = {}
    for spec in schema.params:
        if spec.default is not None:
            samples[spec.name] = spec.default
        elif spec.dtype in _VALUES:
            samples[spec.name] = _VALUES[spec.dtype]
    return samples


def _input_type(sample, transformers):
    if transformers and isinstance(sample, (dict, list)):
        return StandardPythonParameterType(sample)
    return _type(sample, "split")


def _type(sample, orient):
    if isinstance(sample, np.ndarray):
        return NumpyParameterType(sample, enforce_shape=False)
    if isinstance(sample, pd.DataFrame):
        return SplitFrames(sample, enforce_shape=False) if orient == "split" else PandasParameterType(sample, enforce_shape=False, orient=orient)
    if isinstance(sample, dict):
        return StandardPythonParameterType({name: NumpyParameterType(value, enforce_shape=False) for name, value in sample.items()})
    return Anything()
