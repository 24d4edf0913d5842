"""The frames between the front and a worker; `../online/protocol.ts` is the other half, `test/scoring/protocol.json` binds the two.

frame = u32 length of the whole frame | u8 type | u32 request id | payload       (big endian)
"""

import json
import struct

REQUEST, BODY, END, CANCEL = 1, 2, 3, 4
READY, FAILED = 16, 17
RESPONSE, CHUNK, FINISH = 32, 33, 34

NO_BODY = 1
HEADER = struct.Struct(">IBI")
STATUS = struct.Struct(">H")

#: No frame is longer; longer bodies travel in several.
MAX_FRAME = 1 << 20
#: Payload of one chunk of an answer.
CHUNK_BYTES = 1 << 18
READ_BYTES = 1 << 16


class ProtocolError(Exception):
    """The bytes are not frames. Only a bug or a foreign writer on the socket makes them."""


def encode(kind, request, payload=b""):
    """One whole frame."""
    return HEADER.pack(HEADER.size + len(payload), kind, request) + payload


def encode_json(kind, value):
    """READY or FAILED, which carry a JSON object and belong to no request."""
    return encode(kind, 0, json.dumps(value, separators=(",", ":")).encode())


def encode_response(request, status, headers):
    """The head of an answer. `headers` is a flat list of names and values."""
    return encode(RESPONSE, request, STATUS.pack(status) + "\n".join(headers).encode("latin-1"))


def decode_request(payload):
    """(no_body, method, target, flat list of header names and values) of a REQUEST."""
    method, target, *headers = payload[1:].decode("latin-1").split("\n")
    return bool(payload[0] & NO_BODY), method, target, headers


def split(buffer):
    """The whole frames at the start of `buffer` as (type, request id, payload), and the bytes left over."""
    frames, at, size = [], 0, len(buffer)
    while size - at >= HEADER.size:
        total, kind, request = HEADER.unpack_from(buffer, at)
        if not HEADER.size <= total <= MAX_FRAME:
            raise ProtocolError(f"a frame of {total} bytes")
        if size - at < total:
            break
        frames.append((kind, request, buffer[at + HEADER.size : at + total]))
        at += total
    return frames, buffer[at:] if at else buffer


def read(connection):
    """Frames as they arrive, until the other side closes."""
    rest = b""
    while True:
        data = connection.recv(READ_BYTES)
        if not data:
            return
        frames, rest = split(rest + data if rest else data)
        yield from frames
