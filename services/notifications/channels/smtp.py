"""SMTP connections whose attempt knows of them from the first byte on, by the security modes of Apprise."""

import smtplib
import socket
import ssl
from collections.abc import Callable
from time import monotonic
from typing import Any

from apprise.plugins.email.smtp import SMTPSecureMode

from services.notifications.channels.conversation import opened

READ_SECONDS = 15
"""Seconds until a connection, or a single read, fails."""
TRUSTED_FOR = 600.0
"""Seconds for which it is remembered whom this machine trusts: to read that takes longer than to send a mail."""


class Trust:
    """The authorities whose certificates this machine believes, read when a connection needs them."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        """Nothing was read yet."""
        self._now = now
        self._read: tuple[float, ssl.SSLContext] | None = None

    def context(self) -> ssl.SSLContext:
        """What a connection is secured with; one that was added to the machine is trusted after ``TRUSTED_FOR``."""
        read = self._read
        if read is None or self._now() - read[0] >= TRUSTED_FOR:
            read = self._read = (self._now(), ssl.create_default_context())
        return read[1]


class _Watched(smtplib.SMTP):
    """Tells of its connection before the greeting, or the handshake, is waited for."""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        connection: socket.socket = super()._get_socket(host, port, timeout)  # type: ignore[misc]  # untyped there
        opened(connection)
        return connection


class _WatchedTls(smtplib.SMTP_SSL, _Watched):
    """The same by TLS from the first byte: its base asks for the connection, then wraps it."""


def connected(mail: Any, trust: Trust) -> smtplib.SMTP:
    """A connection to the server of an Apprise mail plugin, secured and signed in as its URL says.

    Raises:
        OSError: the server cannot be reached, or its certificate is not that of its name.
        SMTPException: it refuses.
    """
    if mail.secure_mode == SMTPSecureMode.SSL:
        server: smtplib.SMTP = _WatchedTls(
            mail.smtp_host, mail.port, timeout=READ_SECONDS, context=_context(mail, trust)
        )
    else:
        server = _Watched(mail.smtp_host, mail.port, timeout=READ_SECONDS)
    try:
        if mail.secure_mode == SMTPSecureMode.STARTTLS:
            server.starttls(context=_context(mail, trust))
        if mail.user and mail.password:
            server.login(mail.user, mail.password)
    except (OSError, smtplib.SMTPException):
        server.close()
        raise
    return server


def _context(mail: Any, trust: Trust) -> ssl.SSLContext:
    if mail.verify_certificate:
        return trust.context()
    believing = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # only a server of this machine may be believed like that
    believing.check_hostname, believing.verify_mode = False, ssl.CERT_NONE
    return believing
