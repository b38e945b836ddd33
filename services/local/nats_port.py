"""The port of the embedded nats-server: chosen at the first start and kept, because shelters' software is set to it."""

import socket
from pathlib import Path

from services.local.processes import CannotStart

FIRST_CHOICE = 4222
"""The port that NATS clients expect."""
ANY_PORT = -1
"""In NATS' configuration: whichever is free."""


def port_file(data: Path) -> Path:
    """Where the port in use is written."""
    return data / "nats" / "port"


def url_in(data: Path) -> str | None:
    """The address of the embedded server on this data folder, without credentials; ``None``: it was never started."""
    port = _kept(port_file(data))
    return None if port is None else f"nats://127.0.0.1:{port}"


def candidates(chosen: int | None, kept: Path) -> list[int]:
    """The ports to try, in order. ``chosen``: ``CANALIZA_NATS_PORT``, where 0 is any port and ``None`` the one kept.

    Raises:
        CannotStart: the port that must be taken is another program's.
    """
    if chosen == 0:
        return [ANY_PORT]
    port = chosen if chosen is not None else _kept(kept)
    if port is None:
        return [FIRST_CHOICE, ANY_PORT] if _is_free(FIRST_CHOICE) else [ANY_PORT]
    if not _is_free(port):
        raise CannotStart(f"port {port} of NATS is taken by another program: stop it, or set CANALIZA_NATS_PORT")
    return [port]


def _kept(file: Path) -> int | None:
    try:
        return int(file.read_text())
    except (FileNotFoundError, ValueError):
        return None


def _is_free(port: int) -> bool:
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does: not a port just given up
        try:
            trial.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
