"""The frames between the front and a worker; `../online/protocol.ts` is the other half, `test/scoring/protocol.json` binds the two.

frame = u32 length of the whole frame | u8 type | u32 request id | payload       (big endian)
"""

import json
import struct

REQUEST, BODY, END, CANCEL, FORK, TASK = 1, 2, 3, 4, 5, 6
READY, FAILED, PART, FORKED, EXITED, BATCH, RAISED, PRINTED, DONE = 16, 17, 18, 19, 20, 21, 22, 23, 24
RESPONSE, CHUNK, FINISH, ANSWER = 32, 33, 34, 35

#: Flags of a REQUEST: no body follows; the body stands behind the head, whose length comes first.
NO_BODY, WHOLE = 1, 2
#: Payload of a FINISH whose answer is not whole: the connection must not look as if it were.
BROKEN = b"\1"
HEADER = struct.Struct(">IBI")
STATUS = struct.Struct(">H")
LENGTH = struct.Struct(">I")
_ANSWER = struct.Struct(">IBIHI")
_UNPACK = HEADER.unpack_from

#: No frame is longer; longer bodies travel in several.
MAX_FRAME = 1 << 20
#: Payload of one chunk of an answer.
CHUNK_BYTES = 1 << 18


class ProtocolError(Exception):
    """The bytes are not frames. Only a bug or a foreign writer on the socket makes them."""


def encode(kind, request, payload=b""):
    """One whole frame."""
    return HEADER.pack(9 + len(payload), kind, request) + payload


def encode_json(kind, value):
    """READY or FAILED, which carry a JSON object and belong to no request. What is too long for one frame comes in PARTs before it."""
    text = json.dumps(value, separators=(",", ":")).encode()
    *before, last = (text[at : at + CHUNK_BYTES] for at in range(0, len(text), CHUNK_BYTES))
    return b"".join([*(encode(PART, 0, part) for part in before), encode(kind, 0, last)])


def encode_response(request, status, headers):
    """The head of an answer. `headers` is a flat list of names and values."""
    return encode(RESPONSE, request, STATUS.pack(status) + "\n".join(headers).encode("latin-1"))


def encode_answer(request, status, headers, content):
    """A whole answer of at most CHUNK_BYTES, which needs no FINISH."""
    head = "\n".join(headers).encode("latin-1")
    return _ANSWER.pack(15 + len(head) + len(content), ANSWER, request, status, len(head)) + head + content


def decode_request(payload):
    """(body or None, method, target, remote, id, flat list of header names and values) of a REQUEST. None: the body follows in frames of its own."""
    flags, at, end, body = payload[0], 1, len(payload), b""
    if flags & WHOLE:
        at, end = 5, 5 + LENGTH.unpack_from(payload, 1)[0]
        body = payload[end:]
    elif not flags & NO_BODY:
        body = None
    method, target, remote, name, *headers = payload[at:end].decode("latin-1").split("\n")
    return body, method, target, remote, name, headers


def split(buffer):
    """The whole frames at the start of `buffer` as (type, request id, payload), and the bytes left over."""
    frames, at, size = [], 0, len(buffer)
    while size - at >= 9:
        total, kind, request = _UNPACK(buffer, at)
        if not 9 <= total <= MAX_FRAME:
            raise ProtocolError(f"a frame of {total} bytes")
        end = at + total
        if end > size:
            break
        frames.append((kind, request, buffer[at + 9 : end]))
        at = end
    return frames, buffer[at:]
