"""Python's half of the snapshot: `python3 protocol_test.py`. The other half is protocol.test.ts."""

import importlib.util
import json
import pathlib

here = pathlib.Path(__file__).resolve().parent
spec = importlib.util.spec_from_file_location("protocol", here / "../../lib/scoring/worker/protocol.py")
protocol = importlib.util.module_from_spec(spec)
spec.loader.exec_module(protocol)

TYPES = {
    "request": protocol.REQUEST,
    "body": protocol.BODY,
    "end": protocol.END,
    "cancel": protocol.CANCEL,
    "fork": protocol.FORK,
    "task": protocol.TASK,
    "ready": protocol.READY,
    "failed": protocol.FAILED,
    "part": protocol.PART,
    "forked": protocol.FORKED,
    "exited": protocol.EXITED,
    "batch": protocol.BATCH,
    "raised": protocol.RAISED,
    "printed": protocol.PRINTED,
    "done": protocol.DONE,
    "response": protocol.RESPONSE,
    "chunk": protocol.CHUNK,
    "finish": protocol.FINISH,
    "answer": protocol.ANSWER,
}


def encoded(case):
    """The frames that a worker writes."""
    if "json" in case:
        return protocol.encode_json(TYPES[case["type"]], case["json"])
    if case["type"] == "response":
        return protocol.encode_response(case["request"], case["status"], case["headers"])
    payload = case.get("payload", "").encode("latin-1")
    if case["type"] == "answer":
        return protocol.encode_answer(case["request"], case["status"], case["headers"], payload)
    return protocol.encode(TYPES[case["type"]], case["request"], payload)


def check(case):
    data = bytes.fromhex(case["hex"])
    [(kind, request, payload)], rest = protocol.split(data)
    assert (kind, request, rest) == (TYPES[case["type"]], case["request"], b""), case["name"]
    if case["type"] == "request":
        body, *head = protocol.decode_request(payload)
        assert head == [case["method"], case["target"], case["remote"], case["id"], case["headers"]], case["name"]
        assert body == (case["body"] if case["body"] is None else case["body"].encode("latin-1")), case["name"]
    else:
        assert encoded(case) == data, case["name"]


cases = json.loads((here / "protocol.json").read_text())
for each in cases:
    check(each)
stream = b"".join(bytes.fromhex(case["hex"]) for case in cases)
for size in (1, 7, 4096):  # however the bytes are cut
    rest, found = b"", []
    for start in range(0, len(stream), size):
        frames, rest = protocol.split(rest + stream[start : start + size])
        found += frames
    assert [kind for kind, _, _ in found] == [TYPES[case["type"]] for case in cases] and rest == b""
for wrong in (b"\x00\x00\x00\x08\x01\x00\x00\x00\x01", b"\xff\xff\xff\xff\x01\x00\x00\x00\x01"):
    try:
        protocol.split(wrong)
    except protocol.ProtocolError:
        continue
    raise AssertionError(f"{wrong!r} was taken for a frame")
long = {"reason": "x" * 3_000_000}  # takes more than one frame, each of a length that is allowed
frames, rest = protocol.split(protocol.encode_json(protocol.FAILED, long))
assert rest == b"" and len(frames) > 1
assert {(kind, request) for kind, request, _ in frames[:-1]} == {(protocol.PART, 0)} and frames[-1][:2] == (protocol.FAILED, 0)
assert json.loads(b"".join(payload for _, _, payload in frames)) == long
print(f"{len(cases)} messages")
