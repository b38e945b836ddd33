"""SMS, WhatsApp, Telegram, Signal and push, each by an Apprise URL of the installation.

Each kind has one URL, with ``{to}`` for the contact's address (``signal://host:8080/+52…/{to}``) and, if the gateway
recognises a repeated message by a header, ``{id}`` (``json://host/sms/{to}?+Idempotency-Key={id}``). Service, server
and credentials stand in it: no contact's address may be one of these, or whoever edits contacts could have this process
send anything anywhere. The loggers of
Apprise and of its HTTP library are disabled: they log addresses and texts.
"""

import logging
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from apprise import Apprise, AppriseAsset
from apprise.common import NotifyFormat

from services.chassis.own_threads import OwnThreads
from services.notifications.channels.addresses import is_sendable
from services.notifications.channels.conversation import AT_ONCE, converse
from services.notifications.channels.kinds import EMAIL, KINDS
from services.programme.policy_file import PolicyFile, read

NOISY_LOGGERS = ("apprise", "urllib3", "urllib3.connectionpool", "urllib3.connection", "urllib3.util.retry", "requests")
for _name in NOISY_LOGGERS:
    logging.getLogger(_name).disabled = True

_ASSET = AppriseAsset(
    app_id="canaliza", app_desc="canaliza", app_url="", storage_mode="memory", async_mode=False, http_redirects=False
)
_PROBE = "+525512345678"


class Gateway:
    """A channel behind one Apprise URL."""

    def __init__(self, name: str, template: str) -> None:
        """``template`` is an Apprise URL with ``{to}``. It may contain a password and is never repeated."""
        self.name = name
        self._template = template
        self._threads = OwnThreads(f"channel-{name}", AT_ONCE)

    def usable(self) -> bool:
        """Whether Apprise accepts the URL, which has the address in its path or query only."""
        try:
            parts = urlsplit(self._template)
        except ValueError:
            return False
        if "{to}" in parts.scheme + parts.netloc or "://" not in self._template:
            return False
        return "{to}" in parts.path + parts.query and self._instance(_PROBE, "id") is not None

    async def send(self, *, target: str, subject: str, text: str, message_id: str) -> str | None:
        """Sends one text. Returns ``None`` if the gateway took it, otherwise the kind of failure."""
        return await converse(self._threads, partial(self._send, target, subject, text, message_id))

    def _send(self, target: str, subject: str, text: str, message_id: str) -> str | None:
        if not is_sendable(self.name, target):
            return "address"  # stored before addresses were looked at
        try:
            instance = self._instance(target, message_id.strip("<>"))
            if instance is None:
                return "address"
            return None if instance.notify(title=subject, body=text, body_format=NotifyFormat.TEXT) else "not_taken"
        except Exception as error:  # noqa: BLE001 - a plugin may raise any exception: the attempt has failed
            return type(error).__name__

    def _instance(self, target: str, message_id: str) -> Any:
        """The plugin for one address, which is quoted so that it cannot change the host."""
        url = self._template.replace("{to}", quote(target, safe="")).replace("{id}", quote(message_id, safe=""))
        return Apprise.instantiate(url, asset=_ASSET, suppress_exceptions=True)


def gateways(path: Path | None) -> dict[str, Gateway]:
    """The installation's gateways by kind, from its file (``CANALIZA_CHANNELS``: YAML, a URL for each kind).

    Raises:
        PolicyFaultsError: an unknown kind, or a URL that Apprise does not accept. It is not repeated.
    """
    if path is None:
        return {}
    file: PolicyFile = read(path)
    templates = file.data if isinstance(file.data, dict) else {"?": ""}
    kinds = [kind for kind in KINDS if kind != EMAIL]
    made = {name: Gateway(name, str(template)) for name, template in templates.items()}
    file.refuse(
        ((name,), "no es un canal con su URL de Apprise · not a channel with an Apprise URL that has {to}")
        for name, gateway in made.items()
        if name not in kinds or not gateway.usable()
    )
    return made
