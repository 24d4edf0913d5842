"""What an undecorated run() gets: text, made from a body or from a query."""

import codecs
import json
import urllib.parse

from .logs import logger

#: Flask parses these bodies itself, so scripts have always been given an empty text.
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class BadInput(Exception):
    """The request cannot become run()'s argument: 400."""


def _keep_quoted(error):
    """Bytes of a query that are not UTF-8 stay as they were written, `%FF`."""
    return urllib.parse.quote_from_bytes(error.object[error.start : error.end], safe=""), error.end


codecs.register_error("inference_endpoints.quoted", _keep_quoted)


def text(method, target, headers, body):
    """The data of a request. `headers` is the flat list of the wire."""
    if method == "GET":
        return json.dumps(_query(target))
    if _media_type(headers) in _FORMS:
        if body:
            logger.warning("The body came as a form, which scripts never see: run() got an empty text. Send Content-Type: application/json.")
        return ""
    try:
        return str(body, "utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(f"Input cannot be decoded as UTF-8: {error}") from None


def mapping(headers):
    """The headers as a script sees them: `X-Title-Case`, repeated ones joined by a comma, names with underscores left out."""
    result = {}
    for name, value in zip(headers[::2], headers[1::2]):
        if "_" in name:
            continue
        name = "-".join(part.capitalize() for part in name.split("-"))
        single = name not in result or name in ("Content-Type", "Content-Length")
        result[name] = value if single else f"{result[name]},{value}"
    return result


def _media_type(headers):
    for at in range(0, len(headers), 2):
        if headers[at].lower() == "content-type":
            return headers[at + 1].split(";", 1)[0].strip().lower()
    return ""


def _query(target):
    values = {}
    query = target.partition("?")[2].partition("#")[0]
    for name, value in urllib.parse.parse_qsl(query, keep_blank_values=True, errors="inference_endpoints.quoted"):
        values.setdefault(name, []).append(_parsed(value))
    return {name: found[0] if len(found) == 1 else found for name, found in values.items()}


def _parsed(value):
    try:
        return json.loads(value)
    except ValueError:
        return value
