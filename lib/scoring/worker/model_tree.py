"""What is in the model folder, for the log of an init() that did not find what it wanted."""

import itertools
import os

from .logs import logger

_MOST_LINES = 200


def log(model_dir):
    """Nothing where there is no such folder."""
    if not model_dir or not os.path.exists(model_dir):
        return
    logger.info("Model Directory Contents:")
    lines = _lines(os.path.normpath(model_dir), "")
    for line in itertools.islice(lines, _MOST_LINES):
        logger.info(line)
    if next(lines, None) is not None:
        logger.info("Output Truncated. First %s lines shown.", _MOST_LINES)


def _lines(path, indent):
    folder = os.path.isdir(path)
    yield indent + os.path.basename(path) + (os.sep if folder else "")
    if folder and not (indent and os.path.islink(path)):
        for name in sorted(os.listdir(path)):
            yield from _lines(os.path.join(path, name), indent + "    ")
