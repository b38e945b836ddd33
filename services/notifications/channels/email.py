"""E-mail through Apprise, with a Message-ID that is equal for every attempt at one alert.

Apprise makes a new Message-ID for every attempt, so a repeated alert would look like another one. Its plugin reads the
URL and builds the messages; one header is replaced before they are sent.
"""

import logging
import smtplib
from email import message_from_string
from functools import partial
from typing import Any

from apprise import AppriseAsset
from apprise.common import NotifyFormat
from apprise.exception import AppriseException
from apprise.plugins.email.base import NotifyEmail
from apprise.plugins.email.smtp import SMTPSecureMode

from services.chassis.own_threads import OwnThreads
from services.chassis.settings import LOOPBACK
from services.notifications.channels.addresses import is_sendable
from services.notifications.channels.conversation import AT_ONCE, converse
from services.notifications.channels.smtp import Trust, connected

_Email: Any = NotifyEmail  # Apprise's plugins are not typed
logging.getLogger("apprise").disabled = True  # it logs addresses, also invalid ones
_ASSET = AppriseAsset(app_id="canaliza", app_desc="canaliza", app_url="")


class MailSettingsError(ValueError):
    """The mail server's URL is not an Apprise mail URL."""


class EmailChannel:
    """A mail server, named by an Apprise URL such as ``mailtos://user:password@host?from=avisos@host``."""

    name = "email"

    def __init__(self, url: str) -> None:
        """Parses the URL.

        Raises:
            MailSettingsError: it is not an Apprise mail URL, or the server is on another machine and its messages, or
                its password, would leave this one in clear. It is not repeated: it contains a password.
        """
        self._parts = _Email.parse_url(url)
        if not self._parts or self._parts.get("schema") not in ("mailto", "mailtos"):
            raise MailSettingsError("CANALIZA_MAIL_URL must be an Apprise mailto:// or mailtos:// URL")
        mail = _Email(**{**self._parts, "targets": ["nadie@canaliza.invalid"], "asset": _ASSET})
        by_tls = mail.secure_mode != SMTPSecureMode.INSECURE and mail.verify_certificate
        if mail.smtp_host not in LOOPBACK and not by_tls:
            raise MailSettingsError(
                "CANALIZA_MAIL_URL: off this machine it must be mailtos://, or mailto:// with mode=starttls,"
                " and without verify=no"
            )
        self._trust = Trust()
        self._threads = OwnThreads(f"channel-{self.name}", AT_ONCE)

    async def send(self, *, target: str, subject: str, text: str, message_id: str) -> str | None:
        """Sends one message. Returns ``None`` if the server took it, otherwise the kind of failure."""
        return await converse(self._threads, partial(self._send, target, subject, text, message_id))

    def _send(self, target: str, subject: str, text: str, message_id: str) -> str | None:
        if not is_sendable(self.name, target):
            return "address"  # stored before addresses were looked at: it would be sent to another
        mail = _Email(**{**self._parts, "targets": [target], "asset": _ASSET, "format": NotifyFormat.TEXT})
        try:
            messages = _Email.prepare_emails(
                subject=subject,
                body=text,
                notify_format=NotifyFormat.TEXT,
                from_addr=mail.from_addr,
                to=mail.targets,
                smtp_host=mail.smtp_host,
                headers={"Auto-Submitted": "auto-generated"},
            )
            with connected(mail, self._trust) as server:
                for message in messages:
                    server.sendmail(mail.from_addr[1], message.to_addrs, _with_id(message.body, message_id))
        except smtplib.SMTPRecipientsRefused:
            return "refused"
        except (OSError, smtplib.SMTPException, RuntimeError, ValueError, AppriseException) as error:
            return type(error).__name__
        return None


def _with_id(message: str, message_id: str) -> str:
    parsed = message_from_string(message)
    parsed.replace_header("Message-ID", message_id)
    return parsed.as_string()
