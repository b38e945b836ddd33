"""A mail server shows a certificate of its name from an authority that this machine trusts, or it gets no mail."""

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from services.demo.mailbox import Mailbox
from services.notifications.channels.email import EmailChannel
from services.notifications.channels.smtp import TRUSTED_FOR, Trust
from tests.support.fakes.certificates import Authority

NAME = "correo.test"
Server = Callable[[str, str], tuple[Mailbox, str]]
"""Starts a mail server that shows a certificate of a name, in a mode; its mails, and the URL of ``NAME`` there."""


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture(autouse=True)
def _every_name_is_here(monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.getaddrinfo

    def here(host: Any, *rest: Any, **named: Any) -> Any:
        return real("127.0.0.1" if str(host).endswith(".test") else host, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", here)


@pytest.fixture
def server(authority: Authority) -> Iterator[Server]:
    with ExitStack() as open_servers:
        yield lambda name, mode: open_servers.enter_context(_serving(authority, name, mode))


@contextmanager
def _serving(authority: Authority, name: str, mode: str) -> Iterator[tuple[Mailbox, str]]:
    files, mailbox = authority.files(name), Mailbox()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(files.cert, files.key)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    if mode == "ssl":
        by: Any = Controller(mailbox, hostname="127.0.0.1", port=port, ssl_context=tls, ready_timeout=60)
    else:
        by = _UpgradingController(mailbox, hostname="127.0.0.1", port=port, ready_timeout=60)
        by.tls = tls
    by.start()
    try:
        yield mailbox, f"mailtos://{NAME}:{port}?from=avisos@{NAME}&mode={mode}"
    finally:
        by.stop()


class _UpgradingController(Controller):
    """Speaks in clear until it is asked for TLS, without which it takes no mail."""

    tls: ssl.SSLContext

    def factory(self) -> SMTP:
        return SMTP(self.handler, tls_context=self.tls, require_starttls=True, enable_SMTPUTF8=True)


async def sent(channel: EmailChannel) -> str | None:
    return await channel.send(
        target=f"guardia@{NAME}", subject="Aviso", text="Hay un aviso.", message_id="<1@canaliza.invalid>"
    )


@pytest.mark.parametrize("mode", ["ssl", "starttls"])
async def test_a_mail_goes_to_a_server_whose_certificate_is_of_its_name(
    authority: Authority, server: Server, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox, url = server(NAME, mode)
    channel = EmailChannel(url)
    assert await sent(channel) == "SSLCertVerificationError", "nobody here trusts that authority yet"
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.ca))
    channel = EmailChannel(url)
    assert await sent(channel) is None
    assert [mail.text for mail in mailbox.mails] == ["Hay un aviso."]


@pytest.mark.parametrize("mode", ["ssl", "starttls"])
async def test_no_mail_goes_to_a_server_with_another_ones_certificate(
    authority: Authority, server: Server, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.ca))
    mailbox, url = server("otro.test", mode)
    assert await sent(EmailChannel(url)) == "SSLCertVerificationError"
    assert mailbox.mails == []


def test_whom_a_machine_trusts_is_read_once_for_many_mails_and_again_after_ten_minutes(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    trust = Trust(lambda: now)
    first = trust.context()
    assert first.verify_mode is ssl.CERT_REQUIRED
    assert first.check_hostname
    assert len({id(trust.context()) for _ in range(50)}) == 1
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.ca))
    now += TRUSTED_FOR - 1
    assert trust.context() is first
    now += 1
    (trusted,) = trust.context().get_ca_certs()
    assert trusted["subject"] == ssl.create_default_context(cafile=authority.ca).get_ca_certs()[0]["subject"]
