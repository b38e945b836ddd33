"""Ports for servers that must know theirs before they start."""

import os
import random
import socket

BELOW_WHAT_THE_SYSTEM_GIVES_OUT = range(12_000, 32_000)
"""A port of the system's own range could go to anybody's connection before its server listens."""

_source = random.Random(os.getpid())
_given: set[int] = set()


def free_port() -> int:
    """A port that nobody listens on, and that this process was not given before.

    Raises:
        OSError: there is none.
    """
    for port in _source.sample(BELOW_WHAT_THE_SYSTEM_GIVES_OUT, 1_000):
        if port not in _given and _is_free(port):
            _given.add(port)
            return port
    raise OSError("no free port")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
