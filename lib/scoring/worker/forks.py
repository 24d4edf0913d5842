"""Processes that a script forks: the worker's socket is not theirs."""

import os

_child = False


def guard(connection):
    """Closes the socket in every child, so that one that comes back from run() cannot answer a second time."""
    os.register_at_fork(after_in_child=lambda: _forked(connection))


def in_child():
    """Whether this process is such a child."""
    return _child


def _forked(connection):
    global _child
    _child = True
    connection.close()
