"""One model on this disk: staged beside its place, checked, and only then moved there."""

import hashlib
import os
import re
import shutil
import time

from remote import Remote

STAGING = ".partial"
#: Of an address, in whatever text.
QUERY = r"(?<=\S)\?[^\s'\"<>]*"
#: Seconds before each further try.
WAITS = (1, 2, 4, 8, 16)
#: Of HTTP, those that another try may mend.
TRANSIENT = (408, 425, 429)


class Refused(Exception):
    """What another try would not mend."""


def fetch(uri: str, folder: str, name: str, sha256: "str | None" = None, waits: "tuple[float, ...]" = WAITS) -> str:
    """Says what it did. What is in its place has been checked: a container that is started again fetches nothing."""
    place = os.path.join(folder, name)
    if os.path.exists(place):
        return "the model is there already"
    staging = os.path.join(folder, STAGING)
    shutil.rmtree(staging, ignore_errors=True)
    os.makedirs(staging)
    staged = os.path.join(staging, name)
    remote = again(lambda: Remote(uri), waits, shown(uri))
    files = again(remote.files, waits, shown(uri))
    if not files:
        raise Refused(f"{shown(uri)} holds no files")
    for path, inside in files:
        target = within(staged, inside)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        again(lambda path=path, target=target: remote.copy(path, target), waits, shown(uri) + inside)
    check(staged, files, sha256, shown(uri))
    os.rename(staged, place)
    shutil.rmtree(staging, ignore_errors=True)
    return f"{len(files)} files from {shown(uri)}"


def shown(uri: str) -> str:
    """Without what may be a signature."""
    return re.sub(QUERY, "", uri)


def within(root: str, inside: str) -> str:
    """The place of a file of the folder; nothing is written outside it, whatever the store says."""
    if inside == "":
        return root
    if any(part in ("", ".", "..") for part in inside.split("/")):
        raise Refused(f"{inside!r} is no path that a file can have here")
    return os.path.join(root, *inside.split("/"))


def again(step, waits: "tuple[float, ...]", what: str):
    """Tries until it works, or until it is plain that it will not."""
    for wait in (*waits, None):
        try:
            return step()
        except Exception as error:
            reason = f"{what}: {type(error).__name__}: {shown(str(error))}"  # libraries name whole addresses, written in their own way
            if wait is None or is_final(error):
                raise Refused(reason) from error
            print(f"{reason}; another try in {wait} s", flush=True)
            time.sleep(wait)


def is_final(error: BaseException) -> bool:
    status = getattr(error, "status", None)
    if isinstance(status, int):
        return 400 <= status < 500 and status not in TRANSIENT
    return isinstance(error, (FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError, ImportError, ValueError, Refused))


def check(staged: str, files: "list[tuple[str, str]]", sha256: "str | None", what: str) -> None:
    if sha256 is None:
        return
    if os.path.isdir(staged):
        inside = sorted((each for _, each in files), key=lambda each: each.encode())
        lines = "".join(f"{digest(os.path.join(staged, each))}  ./{each}\n" for each in inside)
        found = hashlib.sha256(lines.encode()).hexdigest()
    else:
        found = digest(staged)
    if found != sha256.lower():
        raise Refused(f"{what} has the SHA-256 {found}, and {sha256.lower()} was expected")


def digest(file: str) -> str:
    made = hashlib.sha256()
    with open(file, "rb") as opened:
        while piece := opened.read(1 << 20):
            made.update(piece)
    return made.hexdigest()
