"""The demonstration's mail server: real SMTP on this machine, messages in memory."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from typing import Any

from aiosmtpd.controller import Controller


@dataclass(frozen=True, slots=True)
class Mail:
    """One message that arrived."""

    to: str
    message_id: str
    subject: str
    text: str


@dataclass
class Mailbox:
    """Accepts and stores every message."""

    mails: list[Mail] = field(default_factory=list)
    url: str = ""

    def names(self, code: str) -> bool:
        """Whether a message with this alert's code arrived."""
        return any(code in mail.text for mail in self.mails)

    def count(self, name: str, text: str) -> int:
        """How many messages with just this text came to the address that begins so."""
        return sum(mail.text == text and mail.to.partition("@")[0] == name for mail in self.mails)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - the library's name
        """Called by the server for each message."""
        message = message_from_bytes(envelope.content, policy=policy.default)
        body = message.get_body(("plain",))
        text = "" if body is None else str(body.get_content()).strip()
        self.mails.append(Mail(envelope.rcpt_tos[0], str(message["Message-ID"]), str(message["Subject"]), text))
        return "250 OK"


@contextmanager
def open_mailbox() -> Iterator[Mailbox]:
    """A mail server on a free port of this machine, for as long as the context lasts."""
    mailbox = Mailbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server: Any = Controller(mailbox, hostname="127.0.0.1", port=port, ready_timeout=60)  # on a busy machine
    server.start()
    mailbox.url = f"mailto://127.0.0.1:{port}?from=avisos@canaliza.invalid"
    try:
        yield mailbox
    finally:
        server.stop()
