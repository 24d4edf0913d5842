"""From a request to the arguments of run(), for each way that run() may be declared."""

import codecs
import inspect
import json
import re
import urllib.parse

from .logs import logger

#: Flask parses these bodies itself, so scripts have always been given an empty text.
_FORM, _MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
_BOUNDARY = re.compile(r';\s*boundary="?[^\s;"]', re.IGNORECASE)
#: Header names are few, so their spelling for scripts is made once; a client that makes up names must not fill the memory.
_TITLES, _MOST_TITLES = {}, 1000


class BadInput(Exception):
    """The request cannot become run()'s arguments."""

    def __init__(self, text, status=400):
        super().__init__(text)
        self.status = status


class TextInput:
    """An undecorated run(): the body as text."""

    methods = ["GET", "POST"]

    def __init__(self, parameter):
        self._parameter = parameter

    def arguments(self, request):
        return {self._parameter: self._text(request)}

    def item(self, arguments):
        """What run_batch() gets of them."""
        return arguments[self._parameter]

    @staticmethod
    def _text(request):
        method, target, headers, body, _, _ = request
        if method == "GET":
            return json.dumps(query(target))
        if _is_form(headers, body):
            return ""
        try:
            return str(body, "utf-8")
        except UnicodeDecodeError as error:
            raise BadInput(f"Input cannot be decoded as UTF-8: {error}") from None


class ObjectInput:
    """A run() with `@input_schema`: an object whose keys are the parameters. The decorator converts the values when run() is called."""

    methods = ["GET", "POST"]

    def __init__(self, parameters, run):
        self._parameters = [(each.name, each.default) for each in parameters]
        self._run = run

    def arguments(self, request):
        given = query(request.target) if request.method == "GET" else self._body(request)
        found = {name: given.get(name, default) for name, default in self._parameters}
        for name, value in found.items():
            if value is inspect.Parameter.empty:
                raise BadInput(f"A value is not provided for the {name!r} parameter.")
        return found

    def item(self, arguments):
        """What run_batch() gets of them: what run() itself would see, converted."""
        run = self._run
        while run is not None:
            convert = getattr(run, "_self_wrapper", None)  # wrapt's decorators, of which inference-schema is made
            if convert is not None:
                arguments = convert(lambda **converted: converted, None, (), arguments)
            run = getattr(run, "__wrapped__", None)
        return arguments

    @staticmethod
    def _body(request):
        media_type = content_type(request.headers).partition(";")[0].strip().lower()
        if media_type != "application/json" and not (media_type.startswith("application/") and media_type.endswith("+json")):
            raise BadInput("Expects Content-Type to be application/json", 415)
        try:
            given = json.loads(request.body)
        except json.JSONDecodeError as error:
            if not request.body:
                raise BadInput("POST body is empty. Expecting a JSON dictionary.") from None
            raise BadInput(f"POST body could not be decoded as JSON: {error}") from None
        if not isinstance(given, dict):
            raise BadInput("POST body should be a JSON dictionary.")
        return given


def content_type(headers):
    """The value of Content-Type, else ""."""
    if "Content-Type" in headers:  # as most clients write it; the rest takes longer
        at = headers.index("Content-Type")
        if at % 2 == 0:
            return headers[at + 1]
    for at in range(0, len(headers), 2):
        if len(headers[at]) == 12 and headers[at].lower() == "content-type":
            return headers[at + 1]
    return ""


def mapping(headers):
    """The headers as a script sees them: `X-Title-Case`, repeated ones joined by a comma, names with underscores left out."""
    result = {}
    for name, value in zip(headers[::2], headers[1::2]):
        title = _TITLES.get(name) or _title(name)
        if title == "Content-Type" or title == "Content-Length":
            if value:
                result[title] = value
        elif title in result:
            result[title] += "," + value
        elif "_" not in name:
            result[title] = value
    return result


def query(target):
    """The query as an object: values are JSON where they can be, repeated names become lists."""
    values = {}
    text = target.partition("?")[2].partition("#")[0]
    for name, value in urllib.parse.parse_qsl(text, keep_blank_values=True, errors="inference_endpoints.quoted"):
        values.setdefault(name, []).append(_parsed(value))
    return {name: found[0] if len(found) == 1 else found for name, found in values.items()}


def _is_form(headers, body):
    given = content_type(headers)
    media_type = given.partition(";")[0].strip().lower()
    if media_type != _FORM and not (media_type == _MULTIPART and _BOUNDARY.search(given)):
        return False
    if body:
        logger.warning("The body came as a form, which scripts never see: run() got an empty text. Send Content-Type: application/json.")
    return True


def _title(name):
    title = name.title()
    if len(_TITLES) < _MOST_TITLES:
        _TITLES[name] = title
    return title


def _parsed(value):
    try:
        return json.loads(value)
    except ValueError:
        return value


def _keep_quoted(error):
    """Bytes of a query that are not UTF-8 stay as they were written, `%FF`."""
    return urllib.parse.quote_from_bytes(error.object[error.start : error.end], safe=""), error.end


codecs.register_error("inference_endpoints.quoted", _keep_quoted)
