"""uvicorn's HTTP/1.1 protocol, stricter: no request of two meanings, and none that never ends.

A proxy in front and this server must agree where a request ends, or one sender's bytes become another's request
(request smuggling). h11 tolerates what RFC 9112 lets a server refuse: a length beside chunks (§6.1), lines that end
without a carriage return (§2.2), folded header lines (§5.2). Here they are a 400, and the connection is closed.
"""

import asyncio
import re
from typing import Any, Final

import h11
from h11._receivebuffer import ReceiveBuffer
from uvicorn.protocols.http.h11_impl import H11Protocol

from services.chassis.errors import NotHttpError
from services.chassis.web.problems import problem

HEAD_SECONDS: Final = 10.0
"""Seconds in which a request line and its headers must arrive."""
LINGER_SECONDS: Final = 5.0
"""Seconds for which the rest of a body is read after its request was answered, so that the answer can be read."""
MAX_HEAD_BYTES: Final = 32_768

_BARE_LINE_FEED = re.compile(rb"(?<!\r)\n")
_MISLEADING = re.compile(rb"(?<!\r)\n|\r(?!\n)|\n[ \t]")


class _StrictBuffer(ReceiveBuffer):
    """What was received, of which only lines that end in CR LF are taken, and no folded ones."""

    def maybe_extract_lines(self) -> list[bytearray] | None:
        """The lines up to the first blank one; ``None``: it has not come yet.

        Raises:
            LocalProtocolError: a line could be read in two ways.
        """
        if self._data[:2] == b"\r\n":
            self._extract(2)
            return []
        end = self._data.find(b"\r\n\r\n", self._multiple_lines_search)
        if end < 0:
            if _BARE_LINE_FEED.search(self._data):
                raise h11.LocalProtocolError("a line ends without a carriage return")
            self._multiple_lines_search = max(0, len(self._data) - 3)
            return None
        lines = self._extract(end + 4)[:-4]
        if _MISLEADING.search(lines):
            raise h11.LocalProtocolError("a line is folded, or ends in another way than CR LF")
        return lines.split(b"\r\n")


class _StrictConnection(h11.Connection):
    """h11's connection of a server with the strict buffer; a length beside chunks is refused."""

    def __init__(self, max_head_bytes: int) -> None:
        super().__init__(h11.SERVER, max_head_bytes)
        self._receive_buffer = _StrictBuffer()

    @property
    def has_unread(self) -> bool:
        """Whether something was received that is no event yet."""
        return bool(self._receive_buffer)

    def next_event(self) -> Any:
        """The next event.

        Raises:
            RemoteProtocolError: what was received is not HTTP, or could be read in two ways.
        """
        event = super().next_event()
        if isinstance(event, h11.Request):
            names = {name for name, _ in event.headers}
            if b"transfer-encoding" in names and (b"content-length" in names or event.http_version != b"1.1"):
                raise h11.RemoteProtocolError("the length of the body is said in two ways")
        return event


class StrictProtocol(H11Protocol):
    """The protocol of one connection. It closes a connection that waits too long for the rest of a request."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Takes uvicorn's arguments."""
        super().__init__(*arguments, **options)
        self.conn: _StrictConnection = _StrictConnection(MAX_HEAD_BYTES)
        self._awaiting: float | None = None
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Starts to wait for the first request."""
        super().connection_made(transport)  # type: ignore[arg-type]  # uvicorn narrows it, too
        self._watch(HEAD_SECONDS)

    def data_received(self, data: bytes) -> None:
        """Handles what came, then waits for what is missing."""
        super().data_received(data)
        self._watch(self._missing())

    def on_response_complete(self) -> None:
        """Handles the end of an answer, perhaps before the end of its request."""
        super().on_response_complete()
        self._watch(self._missing())

    def connection_lost(self, exc: Exception | None) -> None:
        """Stops waiting."""
        self._watch(None)
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's sentence, which is for its log
        """Refuses, with a problem document, what is not HTTP or could be read in two ways; closes the connection."""
        if self.conn.our_state not in {h11.IDLE, h11.SEND_RESPONSE}:
            self.transport.close()  # an answer is under way: another cannot be
            return
        answer = problem(NotHttpError(), {"connection": "close", "cache-control": "no-store"})
        for event in (
            h11.Response(status_code=answer.status_code, headers=answer.raw_headers, reason=b"Bad Request"),
            h11.Data(data=bytes(answer.body)),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _missing(self) -> float | None:
        """Within how many seconds what is missing of a request must come; ``None``: nothing is missing.

        A body that a route waits for has its own limit (``web.entry``), and an idle connection uvicorn's.
        """
        if self.conn.their_state is h11.IDLE and self.conn.has_unread:
            return HEAD_SECONDS
        if self.conn.their_state is h11.SEND_BODY and self.cycle is not None and self.cycle.response_complete:
            return LINGER_SECONDS
        return None

    def _watch(self, seconds: float | None) -> None:
        """Keeps the timer that runs for the same thing: a byte now and then does not start it anew."""
        if seconds == self._awaiting and seconds is not None:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._awaiting = seconds
        self._timer = None if seconds is None else self.loop.call_later(seconds, self._give_up)

    def _give_up(self) -> None:
        self._awaiting, self._timer = None, None
        if not self.transport.is_closing():
            self.transport.close()
