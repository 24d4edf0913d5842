"""Takes requests from the front's socket, calls the model, and sends the answers back."""

from . import exchange, protocol
from .arrivals import Arrivals
from .logs import logger


class Runner:
    """Answers the requests of one front."""

    def __init__(self, connection, served, most=1, wait_ms=0):
        self._connection = connection
        self._served = served
        self._arrivals = Arrivals(connection)
        self._most = most if served.batches else 1
        self._wait_ms = wait_ms

    def serve(self):
        """Until the front closes the socket."""
        if self._most > 1:
            while batch := self._arrivals.batch(self._most, self._wait_ms):
                self._answer_batch(batch)
            return
        while arrived := self._arrivals.next():
            self._answer(*arrived)

    def _answer(self, request, asked):
        try:
            answer = self._served.answer(asked)
        except Exception:
            answer = _bug()
        del asked  # a large request need not exist while its answer is sent
        self._send(request, answer)

    def _answer_batch(self, batch):
        if len(batch) == 1:
            return self._answer(*batch[0])
        try:
            answers = self._served.answer_batch([asked for _, asked in batch])
        except Exception:
            answers = [_bug()] * len(batch)
        ready = []
        for (request, _), answer in zip(batch, answers):
            whole = self._whole(request, answer)
            if whole is None:
                self._send(request, answer)
            else:
                ready.append(whole)
        self._connection.sendall(b"".join(ready))

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
        status, headers, content = answer
        if type(content) is not bytes or len(content) > protocol.CHUNK_BYTES:
            return None
        return protocol.encode_answer(request, status, [*headers, "Content-Length", str(len(content))], content)

    def _send_large(self, request, answer):
        status, headers, content = answer
        self._connection.sendall(protocol.encode_response(request, status, [*headers, "Content-Length", str(len(content))]))
        self._send_chunks(request, content)
        self._connection.sendall(protocol.encode(protocol.FINISH, request))

    def _send_chunks(self, request, content):
        view = memoryview(content)
        for at in range(0, len(content), protocol.CHUNK_BYTES):
            self._connection.sendall(protocol.encode(protocol.CHUNK, request, view[at : at + protocol.CHUNK_BYTES]))

    def _stream(self, request, answer):
        """Each item leaves when it is made. A client that leaves is noticed before the next one is asked for."""
        arrivals = self._arrivals
        arrivals.streaming, arrivals.abandoned = request, False
        broken = False
        head = protocol.encode_response(request, answer.status, answer.headers)
        try:
            for item in answer.content:
                if head:
                    self._connection.sendall(head)
                    head = b""
                self._send_chunks(request, item)
                arrivals.look()
                if arrivals.abandoned:
                    break
        except Exception:
            logger.exception("The answer ended before it was whole")
            broken = True
        finally:
            arrivals.streaming = None
            _close(answer.content)
        if broken and head:  # nothing has left yet
            return self._send(request, exchange.message(500, exchange.INTERNAL, False))
        self._connection.sendall(head + protocol.encode(protocol.FINISH, request, protocol.BROKEN if broken else b""))


def _close(content):
    try:
        getattr(content, "close", lambda: None)()
    except Exception:
        logger.exception("The answer's close() failed")


def _bug():
    logger.exception("Encountered Exception")
    return exchange.message(500, exchange.INTERNAL, False)
