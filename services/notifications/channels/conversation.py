"""One attempt by a channel, on a thread of that channel, with a time limit that closes its connections.

The libraries limit each single read only, and a server that says a byte now and then never exceeds that. A blocked
thread cannot be ended, but what it reads from can be: then its read ends, and with it the thread.
"""

import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from services.chassis.own_threads import OwnThreads

AT_ONCE: Final = 8
"""Attempts of one channel at the same time; further ones wait for a place, within their own time limit."""
SECONDS: Final = 20.0
"""Seconds for one attempt: place, name, connection, message and answer together."""

_of_thread = threading.local()


class Conversation:
    """The connections that one attempt has opened."""

    def __init__(self) -> None:
        """None is open yet."""
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self._over = False

    def opened(self, connection: socket.socket) -> None:
        """Keeps a second handle on a connection: TLS takes the first one away."""
        with self._lock:
            handle = socket.socket(fileno=os.dup(connection.fileno()))
            self._open.append(handle)
            if self._over:
                _shut(handle)

    def give_up(self) -> None:
        """Ends every read and write of the connections, also of those that are opened from now on."""
        with self._lock:
            self._over = True
            for handle in self._open:
                _shut(handle)

    def end(self) -> None:
        """Lets go of the connections."""
        with self._lock:
            for handle in self._open:
                handle.close()
            self._open.clear()


async def converse(threads: OwnThreads, attempt: Callable[[], str | None]) -> str | None:
    """The result of an attempt, which runs on a thread; ``timeout`` if it takes too long."""
    conversation = Conversation()

    def on_thread() -> str | None:
        _of_thread.conversation = conversation
        try:
            return attempt()
        finally:
            conversation.end()

    try:
        return await threads.run(on_thread, seconds=SECONDS)
    except TimeoutError:
        return "timeout"
    finally:
        conversation.give_up()


def opened(connection: socket.socket) -> None:
    """Tells the attempt that runs on this thread of a connection that it has opened."""
    conversation: Conversation | None = getattr(_of_thread, "conversation", None)
    if conversation is not None:
        conversation.opened(connection)


def _shut(handle: socket.socket) -> None:
    with suppress(OSError):  # the other side was quicker
        handle.shutdown(socket.SHUT_RDWR)


class _Plain(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        connection = super()._new_conn()
        opened(connection)
        return connection


class _ByTls(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        connection = super()._new_conn()
        opened(connection)
        return connection


# Apprise's plugins call ``requests`` without a session that could be handed in. Of this process only they use it.
HTTPConnectionPool.ConnectionCls = _Plain
HTTPSConnectionPool.ConnectionCls = _ByTls
