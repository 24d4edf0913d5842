"""How a worker ends: asked by SIGTERM, and with what the script has left to do."""

import atexit
import os
import signal
import sys
import threading

from . import forks

#: What the script has registered with `atexit` may take so long, in seconds. The front waits as long after its SIGTERM.
_GRACE_S = 1.0


class Termination:
    """SIGTERM ends a worker at once while it waits for requests, and after its answers while it makes some."""

    def __init__(self):
        self._asked = self._waiting = False
        self._mask = ()

    def heed(self):
        """From now on, unless the script has a handler of its own."""
        if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, self._ask)
            os.register_at_fork(before=self._hold, after_in_parent=self._go_on, after_in_child=self._forget)

    def waiting(self):
        """The worker has nothing to do."""
        if self._asked:
            sys.exit(0)
        self._waiting = True
        if self._asked:  # just now, too early for _ask() to end it
            sys.exit(0)

    def working(self):
        """It has."""
        self._waiting = False

    def _ask(self, _number, _frame):
        self._asked = True
        if self._waiting:
            self._waiting = False  # once: what the script has left to do is not disturbed
            sys.exit(0)

    def _hold(self):
        self._mask = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])

    def _go_on(self):
        signal.pthread_sigmask(signal.SIG_SETMASK, self._mask)

    def _forget(self):
        """In a process that the script has forked nobody looks at what _ask() notes. A signal that comes before this is held."""
        if signal.getsignal(signal.SIGTERM) == self._ask:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
        self._go_on()


def end(code):
    """Ends the process: whatever threads the script has left running must not keep a finished worker alive."""
    if not forks.in_child():
        _run_exit_functions(code)
    flush()
    os._exit(code)


def flush():
    """Writes what the script has printed so far, if anybody reads it."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            pass


def _run_exit_functions(code):
    watch = threading.Timer(_GRACE_S, os._exit, (code,))
    watch.daemon = True
    try:
        watch.start()
        atexit._run_exitfuncs()  # os._exit does not
    except BaseException:  # it has been printed
        pass
