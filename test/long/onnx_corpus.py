"""`onnx_corpus.py <node> <front> <models>`: serves ONNX's own test models, each by a front of its own, and compares what they answer.

Prints one JSON object a model: {"model", "ok", "why"}. Inputs travel as binary tensors of the Open Inference Protocol, and so do the outputs.
"""

import concurrent.futures
import json
import pathlib
import re
import subprocess
import sys
import urllib.error
import urllib.request

import numpy
import onnx
from onnx import numpy_helper

NAMES = {"bool": "BOOL", "float16": "FP16", "float32": "FP32", "float64": "FP64", "object": "BYTES"}
#: numpy's letters for the first part of a datatype; the number behind it is bits there and bytes here.
LETTERS = {"INT": "i", "UINT": "u", "FP": "f"}
DATATYPE = re.compile(r"(INT|UINT|FP)(\d+)")
PORT = re.compile(r"listening on port (\d+)")


def name_of(array):
    """Datatype of the protocol: INT8 … UINT64, or as the table says."""
    return NAMES.get(array.dtype.name, array.dtype.name.upper())


def to_bytes(array):
    """Little-endian, row by row; texts as u32 length and UTF-8."""
    if array.dtype != object:
        return array.astype(array.dtype.newbyteorder("<")).tobytes()
    texts = [item if isinstance(item, bytes) else str(item).encode() for item in array.reshape(-1)]
    return b"".join(len(text).to_bytes(4, "little") + text for text in texts)


def from_bytes(datatype, shape, data):
    if datatype != "BYTES":
        number = DATATYPE.fullmatch(datatype)
        kind = "?" if number is None else f"<{LETTERS[number.group(1)]}{int(number.group(2)) // 8}"
        return numpy.frombuffer(data, kind).reshape(shape)
    texts, at = [], 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "little")
        texts.append(data[at + 4 : at + 4 + size].decode())
        at += 4 + size
    return numpy.array(texts, dtype=object).reshape(shape)


def tensors(folder, kind):
    """The stored values, in the order of the model's inputs or outputs."""
    values = []
    for at in range(len(list(folder.glob(f"{kind}_*.pb")))):
        proto = onnx.TensorProto()
        proto.ParseFromString((folder / f"{kind}_{at}.pb").read_bytes())
        values.append(numpy_helper.to_array(proto))
    return values


def infer(port, names, values, outputs):
    bodies = [to_bytes(value) for value in values]
    inputs = [
        {"name": name, "shape": list(value.shape), "datatype": name_of(value), "parameters": {"binary_data_size": len(body)}}
        for name, value, body in zip(names, values, bodies)
    ]
    head = json.dumps({"inputs": inputs, "outputs": [{"name": name} for name in outputs], "parameters": {"binary_data_output": True}}).encode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v2/models/model/infer",
        head + b"".join(bodies),
        {"Content-Type": "application/octet-stream", "Inference-Header-Content-Length": str(len(head))},
    )
    with urllib.request.urlopen(request) as answer:
        size = int(answer.headers["Inference-Header-Content-Length"])
        body = answer.read()
    described, rest, found = json.loads(body[:size])["outputs"], body[size:], {}
    for each in described:
        end = each["parameters"]["binary_data_size"]
        found[each["name"]] = from_bytes(each["datatype"], each["shape"], rest[:end])
        rest = rest[end:]
    return found


def compare(expected, got):
    if expected.dtype == object:
        want = [item.decode() if isinstance(item, bytes) else item for item in expected.reshape(-1)]
        assert want == list(got.reshape(-1)) and expected.shape == got.shape, f"expected {want[:5]}; got {list(got.reshape(-1))[:5]}"
    else:
        assert expected.dtype == got.dtype.newbyteorder("=") and expected.shape == got.shape, f"expected {expected.dtype}{expected.shape}; got {got.dtype}{got.shape}"
        numpy.testing.assert_allclose(got, expected, rtol=1e-3, atol=1e-4)


def check(node, front, folder):
    model = onnx.load(folder / "model.onnx")
    if any(each.type.WhichOneof("value") != "tensor_type" for each in [*model.graph.input, *model.graph.output]):
        raise AssertionError("sequences or maps, or optional values")
    stored = folder / "test_data_set_0"
    values, expected = tensors(stored, "input"), tensors(stored, "output")
    constants = {each.name for each in model.graph.initializer}
    names = [each.name for each in model.graph.input if each.name not in constants]
    outputs = [each.name for each in model.graph.output]
    process = subprocess.Popen([node, "--no-warnings", front, "--model_dir", str(folder), "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        port, log = None, []
        for line in process.stdout:
            log.append(line)
            port = PORT.search(line) or port
            if "every worker is ready" in line:
                break
        else:
            raise AssertionError(next((line for line in log if "cannot serve" in line), "".join(log)[-300:]))
        found = infer(port.group(1), names, values, outputs)
        for name, each in zip(outputs, expected):
            compare(each, found[name])
    finally:
        process.kill()
        process.communicate()


def main(node, front, *folders):
    def one(folder):
        try:
            check(node, front, pathlib.Path(folder))
            return {"model": pathlib.Path(folder).name, "ok": True, "why": ""}
        except urllib.error.HTTPError as error:
            return {"model": pathlib.Path(folder).name, "ok": False, "why": f"{error.code} {error.read().decode()[:200]}"}
        except Exception as error:  # each model's own trouble is a line of the report
            return {"model": pathlib.Path(folder).name, "ok": False, "why": f"{type(error).__name__}: {str(error)[:500]}"}

    with concurrent.futures.ThreadPoolExecutor(2) as threads:
        for result in threads.map(one, folders):
            print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
