"""Servers that say nothing, or a byte now and then, for as long as the test lasts."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Hanging:
    """Its port, and the connections that are open."""

    port: int = 0
    connections: list[socket.socket] = field(default_factory=list)

    def open(self) -> int:
        """How many connections the other side has not closed."""
        return sum(_is_open(each) for each in self.connections)


@contextmanager
def hanging_server(drip: bytes) -> Iterator[Hanging]:
    """Sends ``drip`` again and again to whoever connects; nothing, if it is empty."""
    listener = socket.create_server(("127.0.0.1", 0))
    found, over = Hanging(listener.getsockname()[1]), threading.Event()

    def accept() -> None:
        with suppress(OSError):
            while not over.is_set():
                connection, _ = listener.accept()
                found.connections.append(connection)
                threading.Thread(target=dripping, args=(connection,), daemon=True).start()

    def dripping(connection: socket.socket) -> None:
        with suppress(OSError):
            while drip and not over.is_set():
                connection.sendall(drip)
                time.sleep(0.02)

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield found
    finally:
        over.set()
        listener.shutdown(socket.SHUT_RDWR)
        accepting.join()  # a connection that it has just accepted is closed below with the others
        listener.close()
        for connection in found.connections:
            connection.close()


def _is_open(connection: socket.socket) -> bool:
    try:
        while True:
            read = connection.recv(65_536, socket.MSG_DONTWAIT)
            if not read:
                return False
    except BlockingIOError:
        return True
    except OSError:
        return False
