"""`python mlflow_test.py <folder of models>`: what is hard to see from outside, run by mlflow-batch.test.ts with the worker's own modules."""

import json
import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "lib/scoring"))

from inference_schema import schema_util
from worker import mlflow_folder, mlflow_served
from worker.exchange import Request

MODELS = pathlib.Path(sys.argv.pop(1))
JSON = ["Content-Type", "application/json"]
COLUMNS = ["sepal_length", "sepal_width", "petal_length", "petal_width"]


def post(path, body, headers=JSON):
    return Request("POST", path, headers, body if isinstance(body, bytes) else json.dumps(body).encode())


def score(columns, data, index=None, **more):
    return post("/score", {"input_data": {"columns": columns, "index": list(range(len(data))) if index is None else index, "data": data}, **more})


def invoke(**body):
    return post("/invocations", body)


def flowers(count, offset=0.0):
    return [[5 + offset + at / 7, 3.1, 1 + at / 3, 0.2] for at in range(count)]


def comparable(answer):
    """The one header that measures is not compared."""
    pairs = zip(answer.headers[::2], answer.headers[1::2])
    return answer.status, [pair for pair in pairs if pair[0] != "x-ms-run-fn-exec-ms"], answer.content


def load(name):
    """A model as a worker would have it; inference-schema takes one for each process."""
    schema_util.__functions_schema__.clear()
    return mlflow_served.load(str(MODELS / name))


class Counted:
    """A served model that counts its predictions."""

    def __init__(self, name):
        self.served = load(name)
        self.rows = []
        for route in self.served._routes.values():
            self.model = route.model
        predict = self.model.predict

        def counted(data, params=None):
            self.rows.append(len(next(iter(data.values()))) if isinstance(data, dict) else len(data))
            return predict(data, params=params)

        self.model.predict = counted


class Batches(unittest.TestCase):
    def check(self, name, requests, rows):
        """A batch answers as each request alone would, with predictions of so many rows."""
        counted = Counted(name)
        expected = [counted.served.answer(request) for request in requests]
        counted.rows.clear()
        actual = counted.served.answer_batch(requests)
        self.assertEqual([comparable(answer) for answer in actual], [comparable(answer) for answer in expected])
        self.assertEqual(counted.rows, rows)
        return actual

    def test_frames_of_both_routes(self):
        requests = [score(COLUMNS, flowers(size, size / 9)) for size in (1, 1, 3, 2)]
        requests += [invoke(dataframe_split={"columns": COLUMNS, "data": flowers(size)}) for size in (1, 4)]
        requests.insert(2, Request("GET", "/ping", [], b""))
        self.check("frame", requests, [7, 5])

    def test_forest(self):
        self.check("forest", [score(COLUMNS, flowers(1, at / 5)) for at in range(16)], [16])

    def test_arrays(self):
        requests = [post("/score", {"input_data": flowers(size)}) for size in (1, 2)]
        self.check("tensor", [*requests, invoke(inputs=flowers(2)), invoke(instances=flowers(1))], [3, 3])

    def test_named_arrays(self):
        self.check("named", [post("/score", {"input_data": {"a": [[at, 2]], "b": [at]}}) for at in range(3)], [3, 1, 1, 1])

    def test_refused_ones_do_not_disturb(self):
        requests = [
            score(COLUMNS, flowers(1)),
            post("/score", b"{"),
            post("/score", {"input_data": {"columns": COLUMNS, "index": [0], "data": [["a", 1, 2, 3]]}}),
            score(COLUMNS, flowers(1)),
            post("/invocations", {"a": 1}),
            post("/invocations", {}, []),
            Request("GET", "/invocations", [], b""),
            invoke(dataframe_records=[dict(zip(COLUMNS, row)) for row in flowers(1)]),
            invoke(dataframe_split={"columns": COLUMNS, "data": flowers(2)}),
            post("/elsewhere", {}),
        ]
        statuses = [answer.status for answer in self.check("frame", requests, [2, 3])]
        self.assertEqual(statuses, [200, 400, 500, 200, 400, 500, 405, 200, 200, 404])

    def test_other_shapes_stay_apart(self):
        integers, reals = score(COLUMNS, [[5, 3, 1, 0]]), score(COLUMNS, flowers(1))
        self.check("plain", [integers, reals, integers, reals, score(COLUMNS, flowers(1), [7]), score(COLUMNS[::-1], flowers(1))], [2, 2, 1, 1])

    def test_params(self):
        def asked(**params):
            return score(["a", "b"], [[1, 2.5]], **params)

        plain, five, six = asked(), asked(params={"scale": 5.0}), asked(params={"scale": 6.0})
        self.check("params", [plain, five, six, five, plain], [2, 2, 1])

    def test_texts_and_gaps(self):
        def kinds(text, maybe):
            return invoke(dataframe_records=[{**KINDS, "string": text, "maybe": maybe}])

        self.check("kinds", [kinds("x", 1.0), kinds("é", None), kinds("y", 2.0), kinds(None, 2.0)], [3, 1])

    def test_type_hints(self):
        self.check("texts", [invoke(inputs=["a"]), invoke(inputs=["b", "c"]), invoke(inputs=["d", 1])], [5, 1, 2, 2])

    def test_one_answer_for_all_rows_is_not_split(self):
        for name in ("a", "b"):
            self.check("mean", [score([name], [[1.5]]), score([name], [[2.5]])], [2, 1, 1])

    def test_one_that_fails_fails_alone(self):
        requests = [post("/score", {"input_data": [text]}) for text in ("value error", "value error", "other error")]
        self.check("odd", requests, [3, 1, 1, 1])

    def test_time_is_that_of_one_request(self):
        os.environ["SCORING_TIMEOUT_MS"] = "300"
        try:
            served = load("odd")
            sleep = {"input_data": ["sleep"]}
            answers = served.answer_batch([post("/score", sleep), post("/score", b""), post("/invocations", {"inputs": ["sleep"]}), post("/score", sleep)])
        finally:
            del os.environ["SCORING_TIMEOUT_MS"]
        late = b'{"message": "Scoring timeout after 300 ms"}'
        empty = b'{"message": "POST body is empty. Expecting a JSON dictionary."}'
        self.assertEqual([answer.content for answer in answers], [late, empty, b"Request processing time exceeded limit", late])
        self.assertEqual([answer.status for answer in answers], [500, 400, 504, 500])


KINDS = {"boolean": True, "integer": 1, "long": 2, "float": 0.1, "double": 0.2, "string": "x", "datetime": "2020-01-02T03:04:05", "binary": "YWI="}


class Frames(unittest.TestCase):
    """The quick way to a frame is the same as the slow one."""

    def test_as_pandas_reads_it(self):
        import io

        import pandas as pd
        from worker.mlflow_frames import read_split

        names = [["a", "b"], ["date", "x"], ["2020", "2021"], ["a", "a"], ["created_at", "b"], ["é", ""]]
        rows = [[[1, 2]], [[1.5, 2]], [[True, 2]], [[1577836800, 2]], [[None, 2]], [["x", 2]], [[5.123456789012345678, 1e300]], [[float("nan"), 1]], [[1, 2], [3.5, 4]]]
        for _ in range(2):  # the first reads as pandas does, the second quickly
            for columns in names:
                for data in rows:
                    for index in (list(range(len(data))), [7] * len(data), ["2020-01-01"] * len(data), [0.0] * len(data)):
                        content = {"columns": columns, "index": index, "data": data}
                        expected = pd.read_json(io.StringIO(json.dumps(content)), orient="split", dtype=False)
                        pd.testing.assert_frame_equal(read_split(content), expected, check_exact=True, check_index_type="exact", check_column_type="exact")


class Folders(unittest.TestCase):
    """What is wrong with a folder is said with its path."""

    def refused(self, folder, named=None):
        os.environ.pop("MLFLOW_MODEL_FOLDER", None)
        if named:
            os.environ["MLFLOW_MODEL_FOLDER"] = named
        try:
            with self.assertRaises(mlflow_folder.ModelError) as caught:
                mlflow_folder.load(mlflow_folder.find(str(MODELS / folder)))
        finally:
            os.environ.pop("MLFLOW_MODEL_FOLDER", None)
        self.error = caught.exception
        return str(caught.exception).replace(str(MODELS), "M")

    def test_nothing_there(self):
        self.assertEqual(self.refused("nowhere"), "there is no folder 'M/nowhere'; AZUREML_MODEL_DIR (--model_dir) must name the folder of an MLflow model.")

    def test_no_mlmodel(self):
        self.assertRegex(self.refused("empty"), r"^there is no file MLmodel in M/empty nor in its sub-folders, at most 6 levels deep; the folder holds readme.txt\.")

    def test_two(self):
        self.assertEqual(self.refused("two"), "M/two holds 2 MLflow models and one is expected: a, b. Name one in MLFLOW_MODEL_FOLDER.")

    def test_named_folder(self):
        self.assertEqual(self.refused("two", "c"), "MLFLOW_MODEL_FOLDER is 'c', but there is no file M/two/c/MLmodel.")

    def test_not_yaml(self):
        self.assertRegex(self.refused("corrupt"), r"^M/corrupt/MLmodel cannot be read as YAML: while parsing a flow node")

    def test_not_mlflow(self):
        self.assertEqual(self.refused("list"), "M/list/MLmodel has no flavors; expected the file that mlflow wrote.")

    def test_other_flavors(self):
        self.assertEqual(self.refused("no-flavor"), 'M/no-flavor/MLmodel has no flavor "python_function", which serving needs; it has spark.')

    def test_missing_requirement(self):
        self.assertRegex(self.refused("no-package"), r"^the model in M/no-package needs the Python module no_such_package, which is not installed\.")
        self.assertEqual(self.error.name, "no_such_package")

    def test_missing_file(self):
        self.assertRegex(self.refused("no-pickle"), r"^the model in M/no-pickle cannot be loaded: FileNotFoundError: .*model\.pkl")

    def test_found_below(self):
        os.environ["MLFLOW_MODEL_FOLDER"] = "b"
        try:
            self.assertEqual(mlflow_folder.find(str(MODELS / "two")), str(MODELS / "two/b"))
        finally:
            del os.environ["MLFLOW_MODEL_FOLDER"]
        self.assertEqual(mlflow_folder.find(str(MODELS / "nested")), str(MODELS / "nested/deep/model"))


if __name__ == "__main__":
    unittest.main()
