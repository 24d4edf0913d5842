"""`AMLResponse`, for scripts that choose status and headers."""

import json

from .exchange import FAILED_HEADER
from .need_flask import flask


class AMLResponse(flask.Response):
    """An answer that leaves as it is. Values of `response_headers` are split at commas into headers of their own."""

    def __init__(self, message, status_code, response_headers={}, json_str=False, run_function_failed=False):
        if message is None or json_str:
            super().__init__(json.dumps({} if message is None else message), status=status_code, mimetype="application/json")
        else:
            super().__init__(message, status=status_code)
            if "Content-Type" in response_headers:  # in this spelling only
                self.headers.remove("Content-Type")
        self.headers[FAILED_HEADER] = run_function_failed
        for name, values in response_headers.items():
            for value in values.split(","):
                self.headers.add_header(name, value.strip())
