"""`/score` of an MLflow model: the answers of azmlinfsrv with Azure's script for models without code."""

import inspect
import json
import time

from inference_schema import schema_util
from inference_schema.schema_decorators import input_schema, output_schema
from mlflow.utils.proto_json_utils import _get_jsonable_obj

from . import exchange, inputs, mlflow_collect, mlflow_inputs, mlflow_samples
from .exchange import FAILED_HEADER, JSON, Answer
from .logs import encountered, logger, reported
from .mlflow_batch import Call
from .mlflow_route import Route

_VERSIONS = {"2.0": 2, "3.0": 3, "3.1": 3.1}


class Score(Route):
    """The route `/score`."""

    def __init__(self, model, folder, timeout_ms):
        super().__init__(model, timeout_ms)
        flavors = set(model.metadata.flavors)
        self._language = bool(flavors & mlflow_inputs.LANGUAGE)
        self._transformers = "transformers" in flavors
        self._converted = _decorated(*mlflow_samples.parameter_types(model.metadata, folder))
        self._input = inputs.ObjectInput(inspect.signature(self._converted).parameters.values(), self._converted)
        self._collection = mlflow_collect.collection()
        self._started = 0.0

    def schemas(self):
        """What swagger says of the model."""
        run = self._converted
        versions = [_VERSIONS[version] for version in schema_util.get_supported_versions(run)]
        return {"input": json.dumps(schema_util.get_input_schema(run)), "output": json.dumps(schema_util.get_output_schema(run)), "versions": versions}

    def parse(self, request):
        """The call of predict(), or the answer to a request that has none."""
        try:
            arguments = self._input.arguments(request)
        except inputs.BadInput as error:
            return exchange.message(error.status, str(error), False)
        except Exception:
            logger.exception("The body cannot be read")
            return exchange.message(500, exchange.INTERNAL, False)
        self._started = time.perf_counter()
        return self._run(lambda: self._call(arguments))

    def alone(self, request, call=None):
        """The answer to one request, parsed already or not."""
        call = self.parse(request) if call is None else call
        if isinstance(call, Answer):
            return call
        result = self._run(lambda: (_get_jsonable_obj(self.predict(call), pandas_orient="records"),))
        return result if isinstance(result, Answer) else self.worded(result[0], call)

    def predict(self, call):
        return self.model.predict(call.data, params=call.params)

    def worded(self, result, call):
        """200, with the bare result."""
        if self._collection is not None:
            self._collection.outputs(result, call.context)
        elapsed_ms = (time.perf_counter() - self._started) * 1000
        try:
            content = json.dumps({} if result is None else result).encode()
        except Exception:
            logger.exception("The value that predict() returned cannot become JSON")
            return reported(exchange.message(500, exchange.INTERNAL, False))
        return Answer(200, ["Content-Type", JSON, FAILED_HEADER, "False", "x-ms-run-fn-exec-ms", f"{elapsed_ms:.3f}"], content)

    def timed_out(self):
        return exchange.timed_out(self.timeout_ms)

    def _run(self, work):
        """What the work returns, or the answer to a run() that failed."""
        try:
            return work()
        except TimeoutError:  # the model's own: the contract does not tell it from ours
            encountered()
            return reported(self.timed_out())
        except Exception:
            return encountered(exchange.RUN_RAISED, True)

    def _call(self, arguments):
        data, params = self._converted(**arguments)
        if not mlflow_inputs.ready(data):
            # Of everything but an array, for a number or null is refused by the question.
            inner = params is None and "parameters" in data
            if inner and self._transformers:
                data, params = mlflow_inputs.without_parameters(data)
            data = mlflow_inputs.language(data) if self._language else mlflow_inputs.guessed(data)
        return Call(data, params, None if self._collection is None else self._collection.inputs(data))


def _decorated(input_type, params_type, output_type):
    # inference-schema looks through what a function closes over for further decorators: this one closes over nothing.
    @input_schema("input_data", input_type)
    @input_schema("params", params_type, optional=True)
    @output_schema(output_type)
    def run(input_data, params=None):
        return input_data, params

    return run
