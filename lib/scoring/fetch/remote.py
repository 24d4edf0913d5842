"""What is at a URI, by fsspec."""

import os

import fsspec

#: Azure's store asks for nobody's credentials by itself.
SIGNED_IN = ("az", "abfs", "abfss")


class Remote:
    def __init__(self, uri: str) -> None:
        scheme = uri.split("://")[0]
        options = {"anon": False} if scheme in SIGNED_IN and "AZURE_STORAGE_ANON" not in os.environ else {}
        self.is_folder = uri.endswith("/")
        self.system, self.path = fsspec.core.url_to_fs(uri, **options)

    def files(self) -> "list[tuple[str, str]]":
        """Paths in the store, and below the folder. A file by itself has none."""
        if not self.is_folder:
            return [(self.path, "")]
        root = self.path.rstrip("/")
        found = self.system.find(root)
        return [(path, path[len(root) + 1 :]) for path in sorted(found) if not path.endswith("/")]

    def copy(self, path: str, target: str) -> None:
        """A whole file. A store that ends early leaves one that is too short."""
        self.system.get_file(path, target)
        wanted = self.system.info(path).get("size")
        got = os.path.getsize(target)
        if wanted is not None and got != wanted:
            raise OSError(f"got {got} bytes of {wanted}")
