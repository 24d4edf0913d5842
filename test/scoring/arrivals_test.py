"""`python arrivals_test.py`: a cancel that comes between a request and the rest of its batch, run by python-batch.test.ts."""

import pathlib
import socket
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "lib/scoring"))

from worker import protocol
from worker.arrivals import Arrivals
from worker.batch_wait import batch_wait

here, front = socket.socketpair()


def request(number):
    return protocol.encode(protocol.REQUEST, number, bytes([protocol.NO_BODY]) + b"GET\n/score\n\n\n")


class Connection:
    """Sends the rest when the first request has been read."""

    rest = [protocol.encode(protocol.CANCEL, 1), request(2) + request(3)]
    fileno, sendall = here.fileno, here.sendall

    @classmethod
    def recv(cls, size):
        data = here.recv(size)
        if cls.rest:
            front.sendall(cls.rest.pop(0))
        return data


front.sendall(request(1))
arrivals = Arrivals(Connection)
assert [number for number, _ in arrivals.batch(2, batch_wait(2, 20_000))] == [2, 3]
assert protocol.split(front.recv(100)) == ([(protocol.FINISH, 1, b"")], b"")
front.sendall(protocol.encode(protocol.CANCEL, 3))
assert [arrivals.abandoned(2), arrivals.abandoned(3)] == [False, True]
# One that was sent ahead, and read with the one before it, is forgotten when it is wanted no more.
front.sendall(request(4) + request(5))
assert [number for number, _ in arrivals.batch(1, batch_wait(1))] == [4]
front.sendall(protocol.encode(protocol.CANCEL, 5) + request(6))
assert [number for number, _ in arrivals.batch(1, batch_wait(1))] == [6]
assert protocol.split(front.recv(100)) == ([(protocol.FINISH, 5, b"")], b"")
# Those who are expected are waited for; with them there, nothing more is.
wait = batch_wait(8, None, lambda: 0.0)
wait.ran(2, 60.0)
front.sendall(request(7))
Connection.rest = [request(8), request(9)]
assert [number for number, _ in arrivals.batch(8, wait)] == [7, 8, 9]
front.close()
assert arrivals.batch(2, batch_wait(2, 0)) == []
print("fine")
