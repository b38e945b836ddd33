"""SMTP connections whose attempt knows of them from the first byte on, by the security modes of Apprise."""

import smtplib
import socket
import ssl
from typing import Any

from apprise.plugins.email.smtp import SMTPSecureMode

from services.notifications.channels.conversation import opened

READ_SECONDS = 15
"""Seconds until a connection, or a single read, fails."""


class _Watched(smtplib.SMTP):
    """Tells of its connection before the greeting, or the handshake, is waited for."""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        connection: socket.socket = super()._get_socket(host, port, timeout)  # type: ignore[misc]  # untyped there
        opened(connection)
        return connection


class _WatchedTls(smtplib.SMTP_SSL, _Watched):
    """The same by TLS from the first byte: its base asks for the connection, then wraps it."""


def connected(mail: Any) -> smtplib.SMTP:
    """A connection to the server of an Apprise mail plugin, secured and signed in as its URL says.

    Raises:
        OSError: the server cannot be reached, or its certificate is not that of its name.
        SMTPException: it refuses.
    """
    tls = ssl.create_default_context()
    if not mail.verify_certificate:
        tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
    if mail.secure_mode == SMTPSecureMode.SSL:
        server: smtplib.SMTP = _WatchedTls(mail.smtp_host, mail.port, timeout=READ_SECONDS, context=tls)
    else:
        server = _Watched(mail.smtp_host, mail.port, timeout=READ_SECONDS)
    try:
        if mail.secure_mode == SMTPSecureMode.STARTTLS:
            server.starttls(context=tls)
        if mail.user and mail.password:
            server.login(mail.user, mail.password)
    except (OSError, smtplib.SMTPException):
        server.close()
        raise
    return server
