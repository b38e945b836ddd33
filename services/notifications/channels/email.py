"""E-mail through Apprise, with a Message-ID that stays the same however often one alert is sent.

Apprise makes a new Message-ID at every sending, so a repeated alert would look like another one. Its plugin
builds the messages and its controller talks SMTP (addresses, TLS modes, logins); one header is replaced between.
"""

import asyncio
import logging
import smtplib
from email import message_from_string
from typing import Any

from apprise import AppriseAsset
from apprise.common import NotifyFormat
from apprise.exception import AppriseException
from apprise.plugins.email.base import NotifyEmail
from apprise.plugins.email.smtp import AppriseSMTPController

TIMEOUT = 15
"""Seconds a mail server has to take one message."""

_Email: Any = NotifyEmail  # Apprise's plugins are not typed
logging.getLogger("apprise").disabled = True  # it quotes addresses, also those that it does not take
_ASSET = AppriseAsset(app_id="canaliza", app_desc="canaliza", app_url="")


class MailSettingsError(ValueError):
    """The address of the mail server is not one that Apprise understands."""


class EmailChannel:
    """A mail server, named by an Apprise URL such as ``mailtos://user:password@host?from=avisos@host``."""

    name = "email"

    def __init__(self, url: str) -> None:
        """Reads the URL once.

        Raises:
            MailSettingsError: Apprise does not understand it. The URL is not repeated: it holds a password.
        """
        self._parts = _Email.parse_url(url)
        if not self._parts or self._parts.get("schema") not in ("mailto", "mailtos"):
            raise MailSettingsError("CANALIZA_MAIL_URL must be an Apprise mailto:// or mailtos:// URL")

    async def send(self, *, target: str, subject: str, text: str, message_id: str) -> str | None:
        """Sends one message. Returns nothing when the server took it, otherwise the kind of failure."""
        try:
            return await asyncio.wait_for(asyncio.to_thread(self._send, target, subject, text, message_id), TIMEOUT + 5)
        except TimeoutError:
            return "timeout"

    def _send(self, target: str, subject: str, text: str, message_id: str) -> str | None:
        mail = _Email(**{**self._parts, "targets": [target], "asset": _ASSET, "format": NotifyFormat.TEXT})
        try:
            with AppriseSMTPController(
                host=mail.smtp_host,
                port=mail.port,
                secure_mode=mail.secure_mode,
                user=mail.user,
                password=mail.password,
                verify_certificate=mail.verify_certificate,
                socket_connect_timeout=TIMEOUT,
            ) as server:
                for message in _Email.prepare_emails(
                    subject=subject,
                    body=text,
                    notify_format=NotifyFormat.TEXT,
                    from_addr=mail.from_addr,
                    to=mail.targets,
                    smtp_host=mail.smtp_host,
                    headers={"Auto-Submitted": "auto-generated"},
                ):
                    if not server.sendmail(mail.from_addr[1], message.to_addrs, _with_id(message.body, message_id)):
                        return "refused"
        except (OSError, smtplib.SMTPException, RuntimeError, ValueError, AppriseException) as error:
            return type(error).__name__
        return None


def _with_id(message: str, message_id: str) -> str:
    parsed = message_from_string(message)
    parsed.replace_header("Message-ID", message_id)
    return parsed.as_string()
