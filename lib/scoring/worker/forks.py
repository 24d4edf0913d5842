"""Processes that a script forks: the worker's socket is not theirs."""

import os

_child = False
_connection = None


def guard(connection):
    """Closes the socket in every child, so that one that comes back from run() cannot answer a second time."""
    global _connection
    _connection = connection
    os.register_at_fork(after_in_child=_forked)


def adopt(connection):
    """This child is no child of the script's: it is a worker itself, with a socket of its own."""
    global _child, _connection
    _child, _connection = False, connection


def in_child():
    """Whether this process is a child of the script's."""
    return _child


def _forked():
    global _child
    _child = True
    _connection.close()
