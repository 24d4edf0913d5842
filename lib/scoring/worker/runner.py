"""Takes requests from the front's socket, calls the model, and sends the answers back."""

import time

from . import exchange, forks, protocol
from .arrivals import Arrivals
from .batch_wait import batch_wait
from .logs import answering, encountered, logger, printed


class Runner:
    """Answers the requests of one front."""

    def __init__(self, connection, served, termination, most=1, wait_ms=None):
        self._connection = connection
        self._served = served
        self._arrivals = Arrivals(connection)
        self._termination = termination
        self._most = most if served.batches else 1
        self._wait = batch_wait(self._most, wait_ms)

    def serve(self):
        """Until the front closes the socket, or wants the worker to end."""
        for frame in self._told([], []):  # what init() has printed
            self._connection.sendall(frame)
        while batch := self._next():
            self._answer(batch)

    def _next(self):
        self._termination.waiting()
        batch = self._arrivals.batch(self._most, self._wait)
        self._termination.working()
        return batch

    def _answer(self, batch):
        """What is whole and small leaves in one go, before anything that may take its time."""
        ids, names = [request for request, _ in batch], [asked.id for _, asked in batch]
        answering(names)
        ready, slow = [protocol.encode(protocol.BATCH, len(ids))] if self._most > 1 else [], []
        started = time.monotonic()
        answers = self._answers(batch)
        self._wait.ran(len(ids), (time.monotonic() - started) * 1000)
        ready += self._told(ids, answers)
        for request, answer in zip(ids, answers):
            whole = self._whole(request, answer)
            if whole is None:
                slow.append((request, answer))
            else:
                ready.append(whole)
        if ready:
            self._connection.sendall(ready[0] if len(ready) == 1 else b"".join(ready))
        del ready, answers
        for request, answer in slow:
            answering([names[ids.index(request)]])
            self._send(request, answer)
        answering(())

    def _answers(self, batch):
        """Takes the requests out of the batch: large ones need not exist while their answers are sent, nor while the next are waited for."""
        requests = [asked for _, asked in batch]
        batch.clear()
        try:
            return [self._served.answer(requests[0])] if len(requests) == 1 else self._served.answer_batch(requests)
        except Exception:
            return [encountered()] * len(requests)

    @staticmethod
    def _told(ids, answers):
        """What the front is to tell Application Insights: lines that have been printed, and exceptions behind answers, which come before these."""
        lines = printed.frame()
        frames = [lines] if lines else []
        return frames + [protocol.encode(protocol.RAISED, request, answer.raised) for request, answer in zip(ids, answers) if answer.raised]

    def _send(self, request, answer):
        whole = self._whole(request, answer)
        if whole is not None:
            self._connection.sendall(whole)
        elif isinstance(answer.content, bytes):
            self._send_large(request, answer)
        else:
            self._stream(request, answer)

    @staticmethod
    def _whole(request, answer):
        """The one frame of an answer; None where it takes several."""
        status, headers, content, _ = answer
        if type(content) is not bytes or len(content) > protocol.CHUNK_BYTES:
            return None
        return protocol.encode_answer(request, status, [*headers, "Content-Length", str(len(content))], content)

    def _send_large(self, request, answer):
        status, headers, content, _ = answer
        self._connection.sendall(protocol.encode_response(request, status, [*headers, "Content-Length", str(len(content))]))
        self._send_chunks(request, content)
        self._connection.sendall(protocol.encode(protocol.FINISH, request))

    def _send_chunks(self, request, content):
        view = memoryview(content).cast("B")  # in bytes, whatever the items of an array are
        for at in range(0, len(view), protocol.CHUNK_BYTES):
            self._connection.sendall(protocol.encode(protocol.CHUNK, request, view[at : at + protocol.CHUNK_BYTES]))

    def _stream(self, request, answer):
        """Each item leaves when it is made. A client that leaves is noticed before the next one is asked for."""
        broken = False
        head = protocol.encode_response(request, answer.status, answer.headers)
        try:
            if not self._arrivals.abandoned(request):
                for item in answer.content:
                    if head:
                        self._connection.sendall(head)
                        head = b""
                    self._send_chunks(request, item)
                    if self._arrivals.abandoned(request):
                        break
        except (Exception, SystemExit):
            if forks.in_child():
                raise
            logger.exception("The answer ended before it was whole")
            broken = True
        finally:
            _close(answer.content)
        if broken and head:  # nothing has left yet
            return self._send(request, exchange.message(500, exchange.INTERNAL, False))
        self._connection.sendall(head + protocol.encode(protocol.FINISH, request, protocol.BROKEN if broken else b""))


def _close(content):
    try:
        getattr(content, "close", lambda: None)()
    except Exception:
        logger.exception("The answer's close() failed")
