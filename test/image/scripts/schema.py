"""Takes a number by a schema."""

from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
from inference_schema.schema_decorators import input_schema, output_schema


def init():
    pass


@input_schema("num", StandardPythonParameterType(1))
@output_schema(StandardPythonParameterType(1))
def run(num):
    return num + 1
