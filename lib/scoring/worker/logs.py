"""Logging as scripts know it from Azure's images: `azmlinfsrv` and `print()` on stdout, in one format, in UTC."""

import builtins
import json
import logging
import logging.config
import os
import sys
import time

FORMAT = "%(asctime)s %(levelname).1s [%(process)d] %(name)s - %(message)s"
logger = logging.getLogger("azmlinfsrv")
_printed = logging.getLogger("azmlinfsrv.print")
_print = builtins.print


def configure(app_root, script):
    """Takes `logging.json` of the app root, else of the script's folder, else the format above; and catches `print()`."""
    logging.Formatter.converter = time.gmtime
    for folder in (app_root, os.path.dirname(os.path.join(app_root, script))):
        path = os.path.join(folder, "logging.json")
        if os.path.isfile(path):
            with open(path, encoding="utf-8") as file:
                logging.config.dictConfig(json.load(file))
            break
    else:
        handler = logging.StreamHandler(sys.stdout)
        handler.setFormatter(logging.Formatter(FORMAT))
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        logger.propagate = False
    builtins.print = _print_to_log


def _print_to_log(*values, sep=" ", end="\n", file=None, flush=False):
    if file is None or file is sys.stdout:
        _printed.info((" " if sep is None else sep).join(map(str, values)))
    else:
        _print(*values, sep=sep, end=end, file=file, flush=flush)
