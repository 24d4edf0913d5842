"""What brings a model from a URI: whole or not at all, checked, and tried again only where that may help."""

import contextlib
import hashlib
import http.server
import io
import os
import sys
import tempfile
import threading
import unittest

import fsspec
from fsspec.implementations.memory import MemoryFileSystem

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "lib", "scoring", "fetch"))

import fetched
import main
from fetched import Refused, fetch


class Store(MemoryFileSystem):
    """A store that fails as it is told: once for each entry."""

    protocol = "s3"
    store: dict = {}
    pseudo_dirs = [""]
    failures: list = []
    short = 0
    cachable = False

    @classmethod
    def _strip_protocol(cls, path):
        return "/" + path.removeprefix("s3://").strip("/")

    def get_file(self, rpath, lpath, **kwargs):
        if Store.failures:
            raise Store.failures.pop(0)
        super().get_file(rpath, lpath, **kwargs)
        if Store.short > 0:
            Store.short -= 1
            os.truncate(lpath, 1)


fsspec.register_implementation("s3", Store, clobber=True)


class Web(http.server.BaseHTTPRequestHandler):
    statuses: list = []

    def do_HEAD(self):
        self.answer(body=False)

    def do_GET(self):
        self.answer(body=True)

    def answer(self, body):
        status = Web.statuses.pop(0) if body and Web.statuses else 200
        status = 404 if self.path.startswith("/missing") else status
        content = b"weights" if status == 200 else b"no"
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if body:
            self.wfile.write(content)

    def log_message(self, *_):
        pass


class Fetch(unittest.TestCase):
    def setUp(self):
        Store.failures, Store.short = [], 0
        Store.store.clear()
        for path, content in {"/models/credit/a.txt": b"a", "/models/credit/sub/b.txt": b"bb", "/models/one.onnx": b"weights"}.items():
            Store().pipe_file(path, content)
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.enterContext(contextlib.redirect_stdout(io.StringIO()))

    def put(self, uri, sha256=None):
        return fetch(uri, self.folder, uri.rstrip("/").split("/")[-1], sha256, (0.001, 0.001))

    def there(self):
        return sorted(os.path.relpath(os.path.join(at, file), self.folder) for at, _, files in os.walk(self.folder) for file in files)

    def test_a_file_has_its_name(self):
        self.put("s3://models/one.onnx")
        self.assertEqual(self.there(), ["one.onnx"])

    def test_a_folder_has_its_files(self):
        self.assertEqual(self.put("s3://models/credit/"), "2 files from s3://models/credit/")
        self.assertEqual(self.there(), ["credit/a.txt", "credit/sub/b.txt"])

    def test_is_not_fetched_twice(self):
        self.put("s3://models/one.onnx")
        Store.store.clear()
        self.assertEqual(self.put("s3://models/one.onnx"), "the model is there already")

    def test_what_a_container_left_that_was_killed_is_taken_away(self):
        os.makedirs(os.path.join(self.folder, ".partial"))
        with open(os.path.join(self.folder, ".partial", "one.onnx"), "w") as left:
            left.write("half")
        self.put("s3://models/one.onnx", hashlib.sha256(b"weights").hexdigest())
        self.assertEqual(self.there(), ["one.onnx"])

    def test_another_try_where_it_may_help(self):
        Store.failures = [ConnectionResetError("gone"), TimeoutError("slow")]
        self.put("s3://models/one.onnx")
        self.assertEqual(self.there(), ["one.onnx"])

    def test_a_file_that_came_short_is_fetched_again(self):
        Store.short = 1
        self.put("s3://models/one.onnx", hashlib.sha256(b"weights").hexdigest())
        Store.short = 9
        with self.assertRaisesRegex(Refused, "got 1 bytes of 2"):
            self.put("s3://models/credit/")
        self.assertNotIn("credit", os.listdir(self.folder))

    def test_no_other_try_where_it_cannot(self):
        Store.failures = [PermissionError("not yours"), AssertionError("asked again")]
        with self.assertRaisesRegex(Refused, "PermissionError: not yours"):
            self.put("s3://models/one.onnx")
        self.assertEqual(len(Store.failures), 1)
        self.assertNotIn("one.onnx", os.listdir(self.folder))

    def test_gives_up_in_the_end(self):
        Store.failures = [ConnectionResetError(f"gone {i}") for i in range(3)]
        with self.assertRaisesRegex(Refused, "gone 2"):
            self.put("s3://models/one.onnx")

    def test_other_content_never_starts(self):
        with self.assertRaisesRegex(Refused, "has the SHA-256 [0-9a-f]{64}, and 0{64} was expected"):
            self.put("s3://models/one.onnx", "0" * 64)
        self.assertNotIn("one.onnx", os.listdir(self.folder))

    def test_the_sum_of_a_folder_is_that_of_its_list(self):
        lines = "".join(f"{hashlib.sha256(content).hexdigest()}  ./{path}\n" for path, content in (("a.txt", b"a"), ("sub/b.txt", b"bb")))
        self.put("s3://models/credit/", hashlib.sha256(lines.encode()).hexdigest().upper())

    def test_an_empty_folder_is_no_model(self):
        with self.assertRaisesRegex(Refused, "s3://models/none/"):
            self.put("s3://models/none/")

    def test_no_file_is_written_outside(self):
        for inside in ("../x", "a//b", "./a", "a/.."):
            with self.assertRaises(Refused):
                fetched.within("/staged", inside)

    def test_says_why_and_exits_with_1(self):
        with contextlib.redirect_stderr(io.StringIO()) as said:
            self.assertEqual(main.main(["nothing://models/x", self.folder, "--name", "x"]), 1)
        self.assertIn("the model cannot be fetched: nothing://models/x: ValueError", said.getvalue())


class OverHttp(unittest.TestCase):
    def setUp(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Web)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.at = f"http://127.0.0.1:{self.server.server_port}"
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.enterContext(contextlib.redirect_stdout(io.StringIO()))
        Web.statuses = []

    def test_a_file(self):
        fetch(f"{self.at}/models/m.onnx?sig=secret", self.folder, "m.onnx", hashlib.sha256(b"weights").hexdigest(), ())
        self.assertEqual(os.listdir(self.folder), ["m.onnx"])

    def test_another_try_after_503(self):
        Web.statuses = [503]
        fetch(f"{self.at}/m.onnx", self.folder, "m.onnx", hashlib.sha256(b"weights").hexdigest(), (0.001,))
        self.assertEqual(os.listdir(self.folder), ["m.onnx"])

    def test_404_ends_it_at_once_and_a_signature_is_not_shown(self):
        with self.assertRaisesRegex(Refused, "FileNotFoundError") as raised:
            fetch(f"{self.at}/missing/m.onnx?sig=secret", self.folder, "m.onnx", None, (600,))
        self.assertNotIn("secret", str(raised.exception))


if __name__ == "__main__":
    unittest.main()
