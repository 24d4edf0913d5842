"""From a line of the manifest to the paths that `run()` gets: slices are cut and remote files fetched into a folder that lives as long as the try."""

import contextlib
import json
import os
import shutil
import tempfile

_COPY_BYTES = 1 << 20


class Files:
    """The files of a job."""

    def __init__(self, setting):
        self._manifest = open(setting["manifest"], "rb")
        self._root = setting["root"]
        self._query = setting.get("query", "")
        self._scratch = setting["scratch"]

    @contextlib.contextmanager
    def of(self, task):
        """The paths of one mini-batch, and what each is: name of the file, first row."""
        self._manifest.seek(task["offset"])
        entries = json.loads(self._manifest.read(task["length"]))
        sources = [(entry, 0) if isinstance(entry, str) else (entry["file"], entry["row"]) for entry in entries]
        if all(isinstance(entry, str) for entry in entries) and "://" not in self._root:
            yield [os.path.join(self._root, entry) for entry in entries], sources
            return
        os.makedirs(self._scratch, exist_ok=True)
        folder = tempfile.mkdtemp(dir=self._scratch)
        try:
            yield [self._made(entry, folder) for entry in entries], sources
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _made(self, entry, folder):
        name = entry if isinstance(entry, str) else entry["file"]
        source = self._fetched(name, folder) if "://" in self._root else os.path.join(self._root, name)
        return source if isinstance(entry, str) else _sliced(source, entry, folder)

    def _fetched(self, name, folder):
        from . import remote

        target = os.path.join(folder, name or os.path.basename(self._root))  # sub-folders keep names apart
        os.makedirs(os.path.dirname(target), exist_ok=True)
        remote.get(f"{self._root.rstrip('/')}/{name}{self._query}" if name else self._root, target)
        return target


def _sliced(source, entry, folder):
    stem, extension = os.path.splitext(os.path.basename(source))
    target = os.path.join(folder, f"{stem}.rows-{entry['row']}-{entry['row'] + entry['rows'] - 1}{extension}")
    if "from" in entry:
        _slice_csv(source, entry, target)
    else:
        _slice_parquet(source, entry["row"], entry["rows"], target)
    return target


def _slice_csv(source, entry, target):
    """The header, and the bytes of the rows."""
    with open(source, "rb") as whole, open(target, "wb") as part:
        part.write(whole.read(entry["header"]))
        whole.seek(entry["from"])
        left = entry["to"] - entry["from"]
        while left > 0:
            chunk = whole.read(min(left, _COPY_BYTES))
            if not chunk:
                raise OSError(f"{source} is shorter than it was when the job was planned")
            part.write(chunk)
            left -= len(chunk)


def _slice_parquet(source, first, rows, target):
    """Reads the row groups that hold the rows, and no others."""
    import pyarrow.parquet

    file = pyarrow.parquet.ParquetFile(source)
    with pyarrow.parquet.ParquetWriter(target, file.schema_arrow) as writer:
        at = 0
        for group in range(file.num_row_groups):
            size = file.metadata.row_group(group).num_rows
            low, high = max(first - at, 0), min(first + rows - at, size)
            if low < high:
                writer.write_table(file.read_row_group(group).slice(low, high - low))
            at += size
