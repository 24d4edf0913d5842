"""What `run()` returned, as lines of a part file, and how much of it counts as done."""

import json
import os
from typing import Callable, NamedTuple


class ResultError(Exception):
    """run() returned what is no result. The text is for the script's author."""


class FatalError(Exception):
    """The whole job is wrong, and no other try would help."""


class Outcome(NamedTuple):
    """What is written of a result, and what it counts for."""

    write: Callable
    items: int
    failed: int
    succeeded: bool
    #: Files that failed, where they are known: (name, row or None, text).
    failures: list = []


class Results:
    """Writes the results of mini-batches."""

    def __init__(self, setting):
        self._appends = setting["append"]

    def write(self, task, mini_batch, result):
        """The answer to the coordinator: `items` done, `failed` files, bytes of the part, and how many failures are listed."""
        outcome = result if isinstance(result, Outcome) else _of_frame(result) if _is_frame(result) else _of_list(_listed(result), len(mini_batch))
        size = self._written(task["part"], outcome.write)
        if outcome.failures:
            with open(task["errors"], "w", encoding="utf-8") as file:
                file.writelines(json.dumps({"file": name, "row": row, "error": text}) + "\n" for name, row, text in outcome.failures)
        answer = {"items": outcome.items, "failed": outcome.failed, "succeeded": outcome.succeeded}
        return {**answer, "bytes": size, "listed": len(outcome.failures)}

    def _written(self, path, write):
        if not self._appends:
            return 0
        with open(path, "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
            write(file)
        return os.path.getsize(path)


def _is_frame(result):
    return hasattr(result, "to_csv") and hasattr(result, "columns")


def _of_frame(frame):
    """As on Azure: no header, no index, blanks between the columns. Any number of rows is right."""
    return Outcome(lambda file: frame.to_csv(file, sep=" ", header=False, index=False), len(frame), 0, True)


def _of_list(values, files):
    """One line for each; files beyond them have failed."""
    return Outcome(lambda file: file.writelines(f"{value}\n" for value in values), len(values), max(files - len(values), 0), len(values) > 0)


def _listed(result):
    if isinstance(result, (list, tuple)):
        return result
    if isinstance(result, (str, bytes, dict)) or not (hasattr(result, "__len__") and hasattr(result, "__iter__")):
        raise ResultError(f"run() returned a value of type {type(result).__name__}; expected a list, an array or a DataFrame")
    return list(result)
