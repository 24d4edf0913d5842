"""What the front sends: requests as they become whole, and its wish to forget one."""

import collections
import select

from . import protocol
from .exchange import Request

_READ_BYTES = 1 << 16


class Arrivals:
    """The reading side of the socket."""

    def __init__(self, connection):
        self._connection = connection
        self._poll = select.poll()
        self._poll.register(connection.fileno(), select.POLLIN)
        self._rest = b""
        self._partial = {}
        self._whole = collections.deque()
        self._open = True
        #: Ids of the batch that is being answered, and of those of it for which nobody waits any more.
        self._running, self._cancelled = (), set()

    def batch(self, most, wait):
        """Up to so many whole requests, as (id, request), waiting for the first, and as `wait` says for more; [] when the front has closed the socket."""
        self._running = ()
        self._cancelled.clear()
        if self._whole or most > 1:
            self._catch_up()
        wait.free(len(self._whole))
        while self._first():
            self._gather(wait)
            if self._whole:  # they may have been cancelled meanwhile
                break
        batch = [self._whole.popleft() for _ in range(min(most, len(self._whole)))]
        self._running = [request for request, _ in batch]
        return batch

    def abandoned(self, request):
        """Whether nobody waits any more for this request of the batch."""
        self._catch_up()
        return not self._open or request in self._cancelled

    def _catch_up(self):
        """Reads what has arrived, without waiting: the front may have changed its mind about a request that it sent ahead."""
        while self._open and self._poll.poll(0):
            self._read()

    def _first(self):
        while not self._whole:
            if not self._read():
                return False
        return True

    def _gather(self, wait):
        while self._whole and (left_ms := wait.left_ms(len(self._whole))):
            if not self._poll.poll(left_ms) or not self._read():
                break

    def _read(self):
        if not self._open:
            return False
        data = self._connection.recv(_READ_BYTES)
        if not data:
            self._open = False
            return False
        frames, self._rest = protocol.split(self._rest + data if self._rest else data)
        for kind, request, payload in frames:
            self._frame(kind, request, payload)
        return True

    def _frame(self, kind, request, payload):
        if kind == protocol.REQUEST:
            body, method, target, remote, name, headers = protocol.decode_request(payload)
            if body is None:
                self._partial[request] = ((method, target, remote, name, headers), [])
            else:
                self._whole.append((request, Request(method, target, headers, body, remote, name)))
        elif kind == protocol.BODY:
            self._partial[request][1].append(payload)
        elif kind == protocol.END:
            (method, target, remote, name, headers), chunks = self._partial.pop(request)
            body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
            self._whole.append((request, Request(method, target, headers, body, remote, name)))
        elif kind == protocol.CANCEL:
            self._cancel(request)

    def _cancel(self, request):
        """There is exactly one end for each request: one that has run has its own already, one that runs will have it."""
        if request in self._running:
            self._cancelled.add(request)
            return
        waiting = next((each for each in self._whole if each[0] == request), None)
        if waiting is not None:
            self._whole.remove(waiting)
        elif self._partial.pop(request, None) is None:
            return
        self._connection.sendall(protocol.encode(protocol.FINISH, request))
