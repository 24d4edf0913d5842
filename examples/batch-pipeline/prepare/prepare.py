"""Copies the files of digits, without the rows that hold too little ink: `prepare.py <from> <to> <least ink>`."""

import sys
from pathlib import Path


def main(source: str, target: str, least: str) -> None:
    for path in sorted(Path(source).glob("*.csv")):
        rows = [line for line in path.read_text().splitlines() if sum(map(int, line.split(","))) >= float(least)]
        (Path(target) / path.name).write_text("".join(f"{row}\n" for row in rows))


if __name__ == "__main__":
    main(*sys.argv[1:])
