"""A run() with `@rawhttp`: it gets the request itself."""

from .need_flask import flask


class RawInput:
    methods = ["GET", "POST", "HEAD", "OPTIONS"]

    def __init__(self, parameter):
        self._parameter = parameter

    def arguments(self, _request):
        return {self._parameter: flask.request._get_current_object()}
