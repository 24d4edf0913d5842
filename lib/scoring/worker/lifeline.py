"""A worker never outlives its front, whatever `run()` is doing."""

import ctypes
import os
import select
import signal
import sys
import threading

PR_SET_PDEATHSIG = 1
_LINUX = sys.platform == "linux"


def hold(connection, parent_pid, forks_workers=False):
    """
    Ends this process when the front is gone: its kernel tells us on Linux, the closed socket does everywhere. `parent_pid`: the front, or
    the process that has loaded the model and forked this one. `forks_workers`: this is that process, where threads do harm: a fork has no
    copies of them, but of the locks that they hold.
    """
    if not (forks_workers and _LINUX):
        threading.Thread(target=_watch, args=(connection.fileno(),), daemon=True, name="lifeline").start()
    if _LINUX:
        # For a run() that hangs in C without releasing the GIL, where no Python thread can run.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:  # it died before the lines above
        os._exit(1)


def _watch(descriptor):
    watcher = select.poll()
    watcher.register(descriptor, 0)  # hang-ups are always reported; data is the main thread's business
    watcher.poll()
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)  # with whatever the script has started
    os._exit(1)
