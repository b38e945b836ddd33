"""Whether an address would be sent to exactly as it is written, by what will send to it.

An address is looked at when contacts are imported: the mail library reads some addresses as another one, and an alert
that was sent to another address counts as delivered. Nothing is mended: what would leave otherwise is refused.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from apprise import AppriseAsset
from apprise.common import NotifyFormat
from apprise.exception import AppriseException
from apprise.plugins.email.base import NotifyEmail

from services.notifications.channels.kinds import EMAIL

MAX_LENGTH = 254
"""Of an e-mail address (RFC 5321 §4.5.3.1), and enough for every other."""
PRINTED = re.compile(r"[!-~]+")
"""Visible ASCII: no blank, no control character, no half of a surrogate pair."""
TELEPHONE = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
"""E.164, as gateways take it."""
TELEGRAM = re.compile(r"-?\d{4,20}|@[A-Za-z][A-Za-z0-9_]{4,31}", re.ASCII)
TOKEN = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9._~:@-]+")
"""Names a device or a topic at the installation's push service, which is no step in the path of its URL."""

_Email: Any = NotifyEmail  # Apprise's plugins are not typed
_PARTS = _Email.parse_url("mailto://localhost?from=avisos@canaliza.invalid")
_ASSET = AppriseAsset(app_id="canaliza", app_desc="canaliza", app_url="", storage_mode="memory", async_mode=False)


def is_sendable(channel: str, target: str) -> bool:
    """Whether a message to this address leaves for it as it is written."""
    if len(target) > MAX_LENGTH or PRINTED.fullmatch(target) is None:
        return False
    check = _CHECKS.get(channel)
    return check is None or check(target)


def _mail(target: str) -> bool:
    """Builds a mail as the e-mail channel does, and compares its recipients and its header with the address."""
    if target.count("@") != 1:
        return False
    try:
        mail = _Email(**{**_PARTS, "targets": [target], "asset": _ASSET, "format": NotifyFormat.TEXT})
        if list(mail.targets) != [(False, target)]:
            return False
        messages = list(
            _Email.prepare_emails(
                subject="-", body="-", notify_format=NotifyFormat.TEXT, from_addr=mail.from_addr, to=mail.targets,
                smtp_host="localhost",
            )
        )  # fmt: skip
    except (AppriseException, TypeError, ValueError):
        return False
    headers = [line for message in messages for line in message.body.splitlines() if line.startswith("To:")]
    return [message.to_addrs for message in messages] == [[target]] and headers == [f"To: {target}"]


def _matches(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda target: pattern.fullmatch(target) is not None


_CHECKS: Mapping[str, Callable[[str], bool]] = {
    EMAIL: _mail,
    "sms": _matches(TELEPHONE),
    "whatsapp": _matches(TELEPHONE),
    "signal": _matches(TELEPHONE),
    "telegram": _matches(TELEGRAM),
    "push": _matches(TOKEN),
}
