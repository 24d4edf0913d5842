"""Where a job's logs stand, as on Azure: `logs/user/…`. What a script prints goes to files that the coordinator has opened."""

import errno
import logging
import os
import sys
import traceback

from .log_config import AMLLogFormatter
from .logs import logger

#: So much of an error's text is worth a line of `errors.jsonl`.
_CHARACTERS = 2000
_FULL = (errno.ENOSPC, errno.EDQUOT)

#: What scripts get from `EntryScript().logger`.
entry_logger = logging.getLogger("EntryScript")
_errors = None


def configure(setting):
    """One log a process for scripts, one for what goes wrong; our own lines go with the first."""
    global _errors
    user = os.path.join(setting["logs"], "user")
    handler = logging.FileHandler(_made(os.path.join(user, "entry_script_log", setting["node"], f"{setting['name']}.log.txt")), delay=True)
    handler.setFormatter(AMLLogFormatter())
    for each in (logger, entry_logger):
        each.addHandler(handler)
        each.setLevel(getattr(logging, setting["level"].upper()))
        each.propagate = False
    _errors = os.path.join(user, "error"), f"{setting['node']}.{setting['name']}.txt", os.path.join(user, "error.txt")


def failed(error):
    """The whole trace: to what the script prints, and to the job's list of errors."""
    text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    sys.stderr.write(text)
    if _errors is None:
        return
    folder, name, overview = _errors
    try:
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, name), "a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
        with open(overview, "a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"{one_line(error)}\n")
    except OSError:  # a full disk, of which the coordinator hears anyway
        pass


def one_line(error):
    """Type and text."""
    try:
        text = f"{type(error).__name__}: {error}"
    except Exception:  # a __str__ of the script's own
        text = type(error).__name__
    text = " ".join(text.split()).encode(errors="backslashreplace").decode()
    return text if len(text) <= _CHARACTERS else text[:_CHARACTERS] + " …"


def disk_is_full(error):
    """Whether that is what is behind it."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in _FULL:
            return True
        error = error.__cause__ or error.__context__
    return False


def _made(path):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    return path
