"""From what run() returned to the answer that leaves."""

import json
import re
import sys

from . import exchange
from .exchange import FAILED_HEADER, JSON, Answer
from .logs import encountered, logger, reported

_EXEC_MS = "x-ms-run-fn-exec-ms"
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
#: gunicorn drops what belongs to the connection, and the front has its own of the ids.
_NOT_THEIRS = frozenset(
    "connection keep-alive proxy-authenticate proxy-authorization te trailers transfer-encoding upgrade server date x-request-id x-ms-request-id".split()
)


def answer(value, elapsed_ms, request):
    """JSON, unless it is a response already."""
    flask = sys.modules.get("flask")
    if flask is not None and isinstance(value, flask.Response):
        try:
            return _from_response(value, elapsed_ms, request)
        except Exception:
            return encountered()
    try:
        content = json.dumps({} if value is None else value).encode()
    except Exception:
        logger.exception("The value that run() returned cannot become JSON")
        return reported(exchange.message(500, exchange.INTERNAL, False))
    return Answer(200, ["Content-Type", JSON, FAILED_HEADER, "False", _EXEC_MS, f"{elapsed_ms:.3f}"], content)


def _from_response(response, elapsed_ms, request):
    from .flask_context import environ

    logger.info("run() output is HTTP Response")
    if response.status_code >= 500:
        response.headers[FAILED_HEADER] = True
    response.headers.add(_EXEC_MS, f"{elapsed_ms:.3f}")
    if not response.is_streamed:
        response.calculate_content_length()  # makes a list of what has a length, such as a dict
    sent = [(name, value) for name, value in response.get_wsgi_headers(environ(request)).items() if _theirs(name, request)]
    wrong = next((name for name, value in sent if not (_TOKEN.fullmatch(name) and _VALUE.fullmatch(value))), None)
    if wrong is not None or not 200 <= response.status_code <= 999:
        logger.error("The response cannot be sent: status %s, header %r", response.status_code, wrong)
        response.close()
        return exchange.message(500, exchange.INTERNAL, False)
    return _sent(response, sent, request)


def _sent(response, headers, request):
    flat = [text for pair in headers if pair[0].lower() != "content-length" for text in pair]
    declared = next((value for name, value in headers if name.lower() == "content-length"), None)
    status = response.status_code
    bodiless = request.method == "HEAD" or status in (204, 304)
    if response.is_sequence and status not in (204, 304) and declared in (None, str(response.calculate_content_length())):
        with response:
            return Answer(status, flat, b"".join(map(_bytes, response.iter_encoded())))
    if declared is not None:
        flat += ["Content-Length", declared]
    return Answer(status, flat, Items(response, None if declared is None else int(declared), bodiless))


def _theirs(name, request):
    lower = name.lower()
    if lower == "x-ms-client-request-id":  # the client's own stands before the script's
        return not any(each.lower() in (lower, "x-ms-request-id") for each in request.headers[::2])
    return lower not in _NOT_THEIRS


def _bytes(item):
    if not isinstance(item, bytes):  # gunicorn takes nothing else, not even a bytearray
        raise TypeError(f"an item of the answer is a {type(item).__name__}; expected bytes or text")
    return item


class Items:
    """The parts of a response that is not sent in one piece; of the declared length, where there is one."""

    def __init__(self, response, length, bodiless):
        self._response, self._length, self._bodiless = response, length, bodiless

    def __iter__(self):
        left = self._length
        for item in () if self._bodiless else self._response.iter_encoded():
            item = _bytes(item)
            if left is not None:
                item = item[:left]
                left -= len(item)
            if item:
                yield item
        if left and not self._bodiless:
            raise ValueError(f"the answer is {left} bytes shorter than its Content-Length says")

    def close(self):
        self._response.close()
