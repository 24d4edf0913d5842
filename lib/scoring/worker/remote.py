"""
Data that is not on this machine, through fsspec: `python remote.py list|get|put|exists …`. Credentials are those that the libraries find in the
environment.
"""

import json
import shutil
import sys
import urllib.request

#: What has to be installed besides fsspec itself, by scheme.
_PACKAGES = {"s3": "s3fs", "az": "adlfs", "abfs": "adlfs", "abfss": "adlfs", "gs": "gcsfs"}
#: A server that says nothing for so long, in seconds, will say nothing more.
_SILENCE_S = 60


def filesystem(uri):
    """(file system, path) of an address. ModuleNotFoundError says what to install."""
    scheme = uri.partition("://")[0]
    try:
        import fsspec

        return fsspec.core.url_to_fs(uri)
    except ImportError:
        wanted = f"fsspec {_PACKAGES.get(scheme, '')}".strip()
        raise ModuleNotFoundError(f"{scheme}: addresses need Python packages that are not installed: pip install {wanted}") from None


def get(uri, target):
    """Copies one file here. What https gives needs no package."""
    if uri.startswith(("https://", "http://")):
        with urllib.request.urlopen(uri, timeout=_SILENCE_S) as answer, open(target, "wb") as file:
            shutil.copyfileobj(answer, file)
        return
    system, path = filesystem(uri)
    system.get_file(path, target)


def put(source, uri):
    """Copies one file there."""
    system, path = filesystem(uri)
    system.put_file(source, path)


def listed(uri):
    """Names below a folder, in order; the empty name for an address that is a file itself."""
    system, path = filesystem(uri)
    if system.isfile(path):
        return [""]
    if not system.exists(path):
        raise FileNotFoundError(f"{uri} does not exist")
    prefix = path.rstrip("/") + "/"
    return sorted(found[len(prefix) :] for found in system.find(path) if found.startswith(prefix))


def exists(uri):
    """Whether a file or a folder is there."""
    system, path = filesystem(uri)
    return system.exists(path)


def _main(verb, *arguments):
    if verb == "list":
        for name in listed(*arguments):
            print(json.dumps(name))
    elif verb == "exists":
        print(json.dumps(exists(*arguments)))
    else:
        {"get": get, "put": put}[verb](*arguments)


if __name__ == "__main__":
    try:
        _main(*sys.argv[1:])
    except Exception as error:
        sys.exit(f"{error}")
