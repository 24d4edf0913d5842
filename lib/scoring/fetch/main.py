"""Fetches a model from a URI, before the container starts that serves it: all of it, or nothing."""

import argparse
import sys

from fetched import Refused, fetch


def main(arguments: "list[str]") -> int:
    parser = argparse.ArgumentParser(prog="fetch", description=__doc__)
    parser.add_argument("uri", help="https, s3, gs, az or abfss; with a slash at the end a folder")
    parser.add_argument("folder", help="where it is put")
    parser.add_argument("--name", required=True, help="what it is called there")
    parser.add_argument("--sha256", help="of the file; of a folder that of its lines as `sha256sum` prints them, sorted by path")
    given = parser.parse_args(arguments)
    try:
        done = fetch(given.uri, given.folder, given.name, given.sha256)
    except Refused as refusal:
        print(f"the model cannot be fetched: {refusal}", file=sys.stderr)
        return 1
    print(done)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
