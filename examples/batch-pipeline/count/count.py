"""Counts the digits that a model has seen: `count.py <folder of predictions> <file of counts>`."""

import sys
from collections import Counter
from pathlib import Path


def main(source: str, target: str) -> None:
    digits = Counter(line.split()[-1] for path in sorted(Path(source).glob("*.csv")) for line in path.read_text().splitlines())
    Path(target).write_text("".join(f"{digit} {count}\n" for digit, count in sorted(digits.items())))


if __name__ == "__main__":
    main(*sys.argv[1:])
