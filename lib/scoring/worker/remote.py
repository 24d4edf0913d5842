"""
Data that is not on this machine, through fsspec: `python remote.py list|put|exists …`, or `gather` with lines of what to get. Credentials are those that
the libraries find in the environment.
"""

import glob
import http.client
import json
import shutil
import sys
import urllib.request

#: What has to be installed besides fsspec itself, by scheme.
_PACKAGES = {"s3": "s3fs", "az": "adlfs", "abfs": "adlfs", "abfss": "adlfs", "gs": "gcsfs"}
#: Where the scoring container has them, apart from the packages of scripts, which come first.
_STORES = "/opt/fetch/lib/python{0}.{1}/site-packages"
#: A server that says nothing for so long, in seconds, will say nothing more.
_SILENCE_S = 60


def filesystem(uri):
    """(file system, path) of an address. ModuleNotFoundError says what to install."""
    scheme = uri.partition("://")[0]
    try:
        return _opened(uri)
    except ImportError:
        sys.path.extend(folder for folder in glob.glob(_STORES.format(*sys.version_info)) if folder not in sys.path)
    try:
        return _opened(uri)
    except ImportError:
        wanted = f"fsspec {_PACKAGES.get(scheme, '')}".strip()
        raise ModuleNotFoundError(f"{scheme}: addresses need Python packages that are not installed: pip install {wanted}") from None


def _opened(uri):
    import fsspec

    return fsspec.core.url_to_fs(uri)


def get(uri, target):
    """Copies one file here. What https gives needs no package."""
    if uri.startswith(("https://", "http://")):
        with _asked(uri) as answer, open(target, "wb") as file:
            shutil.copyfileobj(answer, file)
        return
    system, path = filesystem(uri)
    system.get_file(path, target)


def _asked(uri):
    try:
        return urllib.request.urlopen(uri, timeout=_SILENCE_S)
    except (OSError, ValueError, http.client.HTTPException) as error:
        shown, _, query = uri.partition("?")  # a signature is nothing to print
        raise OSError(f"{shown} cannot be fetched: {str(error).replace(query, '…') if query else error}") from None


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
    elif verb == "put":
        put(*arguments)
    else:
        for line in sys.stdin:
            copy = json.loads(line)
            get(copy["uri"], copy["target"])


if __name__ == "__main__":
    try:
        _main(*sys.argv[1:])
    except Exception as error:
        sys.exit(f"{error}")
