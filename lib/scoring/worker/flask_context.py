"""Flask's idea of a request, for scripts that use Flask: `flask.request`, `current_app`, `abort`, and AMLRequest."""

import io
import os
import sys
import urllib.parse

from .aml_request import AMLRequest
from .need_flask import flask

#: As the original's application and route are called.
_APP, _ENDPOINT = "azureml_inference_server_http.server.create_app", "main.handle_score"
_METHODS = ["GET", "POST", "OPTIONS"]
#: Headers by which a proxy on the same machine says that the client spoke HTTPS.
_SECURE = {"HTTP_X_FORWARDED_PROTOCOL": "ssl", "HTTP_X_FORWARDED_PROTO": "https", "HTTP_X_FORWARDED_SSL": "on"}
_TRUSTED = ("127.0.0.1", "::1")


class FlaskContext:
    """Makes the context of one request after another."""

    def __init__(self):
        folder = os.getcwd()
        self._app = flask.Flask(_APP, root_path=folder, instance_path=folder, static_folder=None)
        self._app.request_class = AMLRequest
        self._app.add_url_rule("/score", _ENDPOINT, methods=_METHODS, provide_automatic_options=False)

    def of(self, request):
        """A context manager. Inside it, Flask knows the request."""
        return self._app.request_context(environ(request))


def environ(request):
    """The WSGI environment that gunicorn would make of the request."""
    path, _, text = request.target.partition("#")[0].partition("?")
    address, _, port = request.remote.partition(" ")
    made = {
        "wsgi.errors": sys.stderr,
        "wsgi.version": (1, 0),
        "wsgi.multithread": False,
        "wsgi.multiprocess": int(os.environ.get("WORKER_COUNT") or 1) > 1,
        "wsgi.run_once": False,
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.input_terminated": True,
        "SERVER_SOFTWARE": "inference-endpoints",
        "REQUEST_METHOD": request.method,
        "QUERY_STRING": text,
        "RAW_URI": request.target,
        "SERVER_PROTOCOL": "HTTP/1.1",
    }
    _add_headers(made, request.headers)
    secure = address in _TRUSTED and any(made.get(name) == value for name, value in _SECURE.items())
    made |= {
        "wsgi.url_scheme": "https" if secure else "http",
        "REMOTE_ADDR": address,
        "REMOTE_PORT": port,
        "SERVER_NAME": "0.0.0.0",
        "SERVER_PORT": os.environ.get("SERVER_PORT") or "5001",
        "PATH_INFO": urllib.parse.unquote_to_bytes(path).decode("latin-1"),
        "SCRIPT_NAME": "",
    }
    return made


def _add_headers(made, headers):
    for name, value in zip(headers[::2], headers[1::2]):
        if "_" in name:
            continue
        key = name.upper().replace("-", "_")
        if key in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            made[key] = value
            continue
        key = "HTTP_" + key
        made[key] = f"{made[key]},{value}" if key in made else value
