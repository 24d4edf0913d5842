"""`/invocations`, `/ping`, `/health` and `/version`: the answers of `mlflow models serve`, by mlflow's own functions."""

import contextlib
import io
import os

from mlflow.exceptions import MlflowException
from mlflow.pyfunc import scoring_server
from mlflow.version import VERSION

from . import mlflow_frames
from .exchange import JSON, Answer
from .logs import encountered, reported
from .mlflow_batch import Call
from .mlflow_route import Route

_TEXT = "text/plain; charset=utf-8"
#: Set, models with type hints take dates and bytes as JSON can write them.
_SERVING = "_MLFLOW_IS_IN_SERVING_ENVIRONMENT"
#: The key stands in so many bytes at the start of a body.
_HEAD = 64
_FIXED = {"ping": "\n", "health": "\n", "version": VERSION}


class Invocations(Route):
    """The route `/invocations`."""

    def __init__(self, model, timeout_ms):
        super().__init__(model, timeout_ms)
        self._schema = model.metadata.get_input_schema()
        self._fits = mlflow_frames.fitting(self._schema)

    def parse(self, request):
        """The call of predict(), or the answer to a request that has none."""
        try:
            return self._invoked(request, self._record)
        except _Recorded as recorded:
            return recorded.call

    def alone(self, request, _call=None):
        """The answer to one request, from its bytes: mlflow's function does it all at once."""
        with _serving():
            return self._invoked(request, self.model.predict)

    def predict(self, call):
        with _serving():
            return self.model.predict(call.data, params=call.params)

    def worded(self, result, _call):
        """200, with the predictions."""
        try:
            content = io.StringIO()
            scoring_server.predictions_to_json(result, content)
        except Exception:
            return _internal_error()
        return _answer(200, content.getvalue())

    def timed_out(self):
        return _answer(504, "Request processing time exceeded limit")

    @staticmethod
    def _record(data, params=None):
        raise _Recorded(Call(data, params))

    def _invoked(self, request, predict):
        if request.method != "POST":
            return not_allowed("POST")
        try:
            found = self._quickly(request, predict) or self._slowly(request, predict)
        except MlflowException as error:
            return _answer(error.get_http_status_code(), error.serialize_as_json())
        except Exception:
            return _internal_error()
        return _answer(found.status, found.response, _TEXT if found.mimetype == "text/plain" else found.mimetype)

    def _quickly(self, request, predict):
        """Without the signature mlflow casts nothing, which takes half of the time: right for frames that fit as they are. None for others."""
        if self._fits is None or b"dataframe_" not in request.body[:_HEAD]:
            return None
        model = _Model(self.model.metadata, predict, self._fits)
        try:
            found = scoring_server.invocations(request.body, _content_type(request.headers), model, None)
        except _Unfit:
            return None
        except Exception:
            if model.called:
                raise
            return None
        return found if model.called else None

    def _slowly(self, request, predict):
        return scoring_server.invocations(request.body, _content_type(request.headers), _Model(self.model.metadata, predict), self._schema)


def fixed(name, method):
    """The answer of `/ping`, `/health` or `/version`."""
    return _answer(200, _FIXED[name]) if method == "GET" else not_allowed("GET")


def not_allowed(allowed):
    return Answer(405, ["Allow", allowed, "Content-Type", JSON], b'{"detail":"Method Not Allowed"}')


class _Recorded(BaseException):
    """Leaves mlflow's function where it would predict; an Exception would not get out."""

    def __init__(self, call):
        super().__init__()
        self.call = call


class _Unfit(BaseException):
    """Leaves mlflow's function too: this frame needs the signature."""


class _Model:
    """Stands before the model in mlflow's function."""

    def __init__(self, metadata, predict, fits=None):
        self.metadata, self.called = metadata, False
        self._predict, self._fits = predict, fits

    def predict(self, data, params=None):
        if self._fits is not None and not self._fits(data):
            raise _Unfit
        self.called = True
        return self._predict(data, params=params)


@contextlib.contextmanager
def _serving():
    before = os.environ.get(_SERVING)
    os.environ[_SERVING] = "true"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_SERVING]
        else:
            os.environ[_SERVING] = before


def _content_type(headers):
    return next((headers[at + 1] for at in range(0, len(headers), 2) if headers[at].lower() == "content-type"), None)


def _internal_error():
    encountered()
    return reported(Answer(500, ["Content-Type", _TEXT], b"Internal Server Error"))


def _answer(status, text, content_type=JSON):
    return Answer(status, ["Content-Type", content_type], text.encode())
