"""`WORKER_PRELOAD`: the script or model has been loaded once, and this process forks the workers, which share its memory."""

import gc
import os
import select
import signal
import socket
import struct
import sys

from . import collector_thread, forks, lifeline, protocol, termination
from .logs import printed

_READ_BYTES = 1 << 16
_PID = struct.Struct(">I")


def workers(control):
    """Forks a worker whenever the front wants one, and tells it how each ends. Returns in the workers alone, each time with a new socket to the front."""
    gc.collect()
    gc.freeze()  # else the collector of each worker writes to, and so copies, what it could share
    return _Parent(control).serve()


class _Parent:
    def __init__(self, control):
        self._control = control
        self._rest = b""
        #: The number that the front gave each worker, by process.
        self._workers = {}
        self._pid = os.getpid()
        self._deaths = _Deaths()

    def serve(self):
        self._control.sendall(protocol.encode_json(protocol.READY, {}))
        poll = select.poll()
        for each in (self._control, self._deaths):
            poll.register(each.fileno(), select.POLLIN)
        connection = None
        while connection is None:
            ready = [descriptor for descriptor, _ in poll.poll()]
            if self._deaths.fileno() in ready:
                self._reap()
            if self._control.fileno() in ready:
                connection = self._read()
        return connection

    def _read(self):
        data = self._control.recv(_READ_BYTES)
        if not data:
            sys.exit(0)  # the front wants no more of them
        frames, self._rest = protocol.split(self._rest + data)
        for _kind, number, payload in frames:
            connection = self._fork(number, os.fsdecode(payload))
            if connection is not None:
                return connection
        return None

    def _fork(self, number, path):
        """The socket in the new worker; None in this process."""
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(path)
            termination.flush()  # else the worker would write it once more
            pid = os.fork()
        except OSError as error:
            connection.close()
            return self._tell(protocol.EXITED, number, f"was not forked ({error.strerror})".encode())
        if pid == 0:
            return self._become_worker(connection)
        connection.close()
        printed.frame()  # the first worker tells what init() has printed, and no other
        _lead_group(pid)
        self._workers[pid] = number
        return self._tell(protocol.FORKED, number, _PID.pack(pid))

    def _become_worker(self, connection):
        _lead_group(0)
        forks.adopt(connection)
        self._deaths.forget()
        lifeline.hold(connection, self._pid)
        collector_thread.revive()
        return connection

    def _reap(self):
        """Only workers: what the script has started is the script's to wait for."""
        self._deaths.clear()
        for pid in list(self._workers):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                self._tell(protocol.EXITED, self._workers.pop(pid), _how(status).encode())

    def _tell(self, kind, number, payload):
        self._control.sendall(protocol.encode(kind, number, payload))


class _Deaths:
    """Becomes readable when a child has died. What a script has set for SIGCHLD is put back in the workers, where it may want it."""

    def __init__(self):
        self._read, self._write = os.pipe()
        for descriptor in (self._read, self._write):
            os.set_blocking(descriptor, False)
        self._descriptor_before = signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        self._handler_before = signal.signal(signal.SIGCHLD, lambda _number, _frame: None)

    def fileno(self):
        return self._read

    def clear(self):
        os.read(self._read, _READ_BYTES)

    def forget(self):
        signal.set_wakeup_fd(self._descriptor_before)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL if self._handler_before is None else self._handler_before)
        os.close(self._read)
        os.close(self._write)


def _lead_group(pid):
    """Whoever comes first of the two: the front may signal the group as soon as it knows the process."""
    try:
        os.setpgid(pid, pid)
    except OSError:  # it is gone already
        pass


def _how(status):
    code = os.waitstatus_to_exitcode(status)
    return f"exited with {code}" if code >= 0 else f"was ended by {signal.Signals(-code).name}"
