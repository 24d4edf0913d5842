"""`AMLRequest` and `@rawhttp`, for scripts that want the whole HTTP request."""

from .need_flask import flask

#: Whether anything has been decorated. It counts for the whole process, because the decorator may stand on another function than run().
requested = False


def rawhttp(func):
    """Makes run() get an AMLRequest, for GET, POST, HEAD and OPTIONS."""
    global requested
    requested = True
    return func


class AMLRequest(flask.Request):
    """A request as Flask knows it."""
