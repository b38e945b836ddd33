"""A duty desk's mail server: real SMTP on this machine, that keeps what arrives and can refuse or be away."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from pydantic import SecretStr

from services.system import Installation
from tests.support.system.ports import free_port
from tests.support.system.system import HANG

SENDER = "avisos@canaliza.invalid"

logging.getLogger("mail.log").disabled = True  # the server's own, which is no part of what is tested


@dataclass(frozen=True, slots=True)
class Mail:
    """One message that arrived, as it came and as it reads."""

    to: tuple[str, ...]
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=policy.default)

    @property
    def message_id(self) -> str:
        return str(self.message["Message-ID"])

    @property
    def text(self) -> str:
        """What the desk reads, without the line end that SMTP adds."""
        body = self.message.get_body(("plain",))
        return "" if body is None else str(body.get_content()).removesuffix("\n").removesuffix("\r")

    def everything(self) -> bytes:
        """As it came, and once more with headers and text decoded, for a search."""
        decoded = [f"{name}: {value}" for name, value in self.message.items()]
        return b"\n".join([*(to.encode() for to in self.to), self.raw, *(line.encode() for line in decoded)]) + (
            b"\n" + self.text.encode()
        )


class _Server(Controller):
    """Leaves no connection open when it stops: aiosmtpd's own forgets what is connected, or is just being accepted."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._sessions: list[Any] = []

    def factory(self) -> Any:
        self._sessions.append(super().factory())  # type: ignore[no-untyped-call]  # aiosmtpd has no types here
        return self._sessions[-1]

    def stop(self, no_assert: bool = False) -> None:  # noqa: FBT001 - the library's
        asyncio.run_coroutine_threadsafe(self._disconnect(), self.loop).result(HANG)
        super().stop(no_assert)

    async def _disconnect(self) -> None:
        while asyncio.all_tasks() - {asyncio.current_task()}:  # one for each connection, from its acceptance on
            for session in self._sessions:
                if session.transport is not None:
                    session.transport.abort()
            await asyncio.sleep(0)
        assert self.server is not None
        self.server.close()  # in the same turn: what it accepts while it closes would have no owner


@dataclass
class Mailbox:
    """Keeps every message it takes. A refusal quotes the address, as real servers do."""

    port: int = 0
    mails: list[Mail] = field(default_factory=list)
    refusing: int | None = None
    """The SMTP code to refuse every recipient with."""
    answer: str = "250 OK"
    """What is said once a message is there: a server may keep it and never let the sender know."""
    on_mail: Callable[[Mail], None] | None = None
    """Called in the server's thread once a message is kept and before that is acknowledged."""
    _server: Any = None

    @property
    def url(self) -> str:
        return f"mailto://127.0.0.1:{self.port}?from={SENDER}"

    def to(self, address: str) -> list[Mail]:
        """What one desk has got."""
        return [mail for mail in list(self.mails) if address in mail.to]

    def start(self) -> None:
        """Begins to answer, on the port it had before if it had one."""
        if not self.port:
            self.port = free_port()
        self._server = _Server(self, hostname="127.0.0.1", port=self.port, ready_timeout=HANG)
        self._server.start()

    def stop(self) -> None:
        """Stops answering: connections are refused."""
        if self._server is not None:
            self._server.stop()
            self._server = None

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        """Called by the server for each recipient."""
        if self.refusing is not None:
            return f"{self.refusing} <{address}> is not taken"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """Called by the server for each message."""
        mail = Mail(tuple(envelope.rcpt_tos), bytes(envelope.content))
        self.mails.append(mail)
        if self.on_mail is not None:
            self.on_mail(mail)
        return self.answer


@contextmanager
def open_mailbox() -> Iterator[Mailbox]:
    """A mail server on a free port, for as long as the context lasts."""
    mailbox = Mailbox()
    mailbox.start()
    try:
        yield mailbox
    finally:
        mailbox.stop()


def mailed(installation: Installation, mailbox: Mailbox) -> Installation:
    """The same installation, from which alerts leave by mail."""
    return replace(installation, settings=installation.settings.model_copy(update={"mail_url": SecretStr(mailbox.url)}))
