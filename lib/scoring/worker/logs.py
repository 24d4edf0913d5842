"""Logging as scripts know it from Azure's images: `azmlinfsrv` and `print()` on stdout, in one format, in UTC."""

import builtins
import contextvars
import json
import logging
import logging.config
import os
import sys
import time
import traceback

from . import exchange, insights
from .log_config import AMLLogFormatter

logger = logging.getLogger("azmlinfsrv")
#: What the original says of the script and of swagger, it says under these names.
script_logger, swagger_logger = logging.getLogger("azmlinfsrv.user_script"), logging.getLogger("azmlinfsrv.swagger")
_printed = logging.getLogger("azmlinfsrv.print")
_print = builtins.print
#: What JSON lines call the requests that are being answered. Threads that a script has started know nothing of them.
_asked = contextvars.ContextVar("asked", default=())
#: For Application Insights; empty where it is switched off.
printed = insights.PrintedLines()


def configure(app_root, script_folder):
    """Takes `logging.json` of the app root, else of the script's folder, else the format of Azure's images; and catches `print()`."""
    for folder in (app_root, script_folder):
        path = os.path.join(folder, "logging.json")
        if os.path.isfile(path):
            with open(path, encoding="utf-8") as file:
                logging.config.dictConfig(json.load(file))
            logger.info("Loaded logging config from %s", path)
            break
    else:
        handler = logging.StreamHandler(sys.stdout)
        handler.setFormatter(JsonFormatter() if _json() else AMLLogFormatter())
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        logger.propagate = False
    if insights.enabled():
        _printed.addHandler(printed)
    builtins.print = _print_to_log


def answering(names):
    """Says whose lines those are that follow, in JSON: of these requests. Empty names are none."""
    _asked.set(names)


def encountered(text=exchange.INTERNAL, failed=False):
    """Logs the exception that is being handled, in the original's form, and is the answer to its request."""
    if _json():
        logger.exception("Encountered Exception")
    else:
        logger.error("Encountered Exception: %s", traceback.format_exc())
    return reported(exchange.message(500, text, failed))


def reported(answer):
    """The answer, with the exception that is being handled."""
    return answer._replace(raised=insights.exception()) if insights.enabled() else answer


class JsonFormatter(logging.Formatter):
    """One object a line."""

    def format(self, record):
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line = {
            "time": f"{at}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "pid": record.process,
        }
        asked = [name for name in _asked.get() if name]
        if len(asked) == 1:
            line["requestId"] = asked[0]
        elif asked:
            line["requestIds"] = asked
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


def _json():
    return os.environ.get("INFERENCE_ENDPOINTS_LOG_FORMAT") == "json"


def _print_to_log(*values, sep=" ", end="\n", file=None, flush=False):
    if file is None or file is sys.stdout:
        _printed.info("%s", (" " if sep is None else sep).join(map(str, values)))
    else:
        _print(*values, sep=sep, end=end, file=file, flush=flush)
