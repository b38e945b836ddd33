"""SMS, WhatsApp, Telegram, Signal and push, each by an Apprise URL of the installation's own.

Such a URL is written once for a kind, with ``{to}`` where the contact's address goes (``signal://host:8080/+52…/{to}``)
and, where the gateway can tell a repeated message by a header, ``{id}`` (``json://host/sms/{to}?+Idempotency-Key={id}``).
Apprise and the HTTP library under it log addresses and texts: both are silenced.
"""

import asyncio
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from apprise import Apprise, AppriseAsset
from apprise.common import NotifyFormat

from services.chassis.policy_file import PolicyFile, read
from services.notifications.channels.kinds import EMAIL, KINDS

TIMEOUT = 20
"""Seconds a gateway has to take one message."""
SILENCED = ("apprise", "urllib3", "urllib3.connectionpool", "urllib3.connection", "urllib3.util.retry", "requests")
for _name in SILENCED:
    logging.getLogger(_name).disabled = True

_ASSET = AppriseAsset(
    app_id="canaliza", app_desc="canaliza", app_url="", storage_mode="memory", async_mode=False, http_redirects=False
)
_PROBE = "+525512345678"


class Gateway:
    """One kind of channel."""

    def __init__(self, name: str, template: str) -> None:
        """``template`` is an Apprise URL with ``{to}``. It holds a password perhaps: it is never repeated."""
        self.name = name
        self._template = template

    def usable(self) -> bool:
        """Whether Apprise understands the URL."""
        return "{to}" in self._template and self._instance(_PROBE, "id") is not None

    async def send(self, *, target: str, subject: str, text: str, message_id: str) -> str | None:
        """Sends one text. Returns nothing when the gateway took it, otherwise the kind of failure."""
        try:
            return await asyncio.wait_for(asyncio.to_thread(self._send, target, subject, text, message_id), TIMEOUT)
        except TimeoutError:
            return "timeout"

    def _send(self, target: str, subject: str, text: str, message_id: str) -> str | None:
        try:
            instance = self._instance(target, message_id.strip("<>"))
            if instance is None:
                return "address"
            return None if instance.notify(title=subject, body=text, body_format=NotifyFormat.TEXT) else "not_taken"
        except Exception as error:  # noqa: BLE001 - a plugin may raise whatever it likes: the attempt has failed
            return type(error).__name__

    def _instance(self, target: str, message_id: str) -> Any:
        """The plugin for one address, which cannot lead to another host: what it says is quoted."""
        url = self._template.replace("{to}", quote(target, safe="")).replace("{id}", quote(message_id, safe=""))
        return Apprise.instantiate(url, asset=_ASSET, suppress_exceptions=True)


class Push(Gateway):
    """Any Apprise URL: the address itself is one, of whatever service the person uses."""

    def usable(self) -> bool:
        """Needs nothing of the installation."""
        return self._template == "{to}" or super().usable()

    def _instance(self, target: str, message_id: str) -> Any:
        if self._template != "{to}":
            return super()._instance(target, message_id)
        return Apprise.instantiate(target, asset=_ASSET, suppress_exceptions=True)


ODD: Mapping[str, type[Gateway]] = {"push": Push}
"""Kinds that need more than a URL."""


def gateways(path: Path | None) -> dict[str, Gateway]:
    """The installation's, by name, from its file (``CANALIZA_CHANNELS``: YAML, a URL for each kind).

    Raises:
        PolicyFaultsError: a kind that does not exist, or a URL that Apprise does not understand. It is not repeated.
    """
    if path is None:
        return {}
    file: PolicyFile = read(path)
    said = file.data if isinstance(file.data, dict) else {"?": ""}
    kinds = [kind for kind in KINDS if kind != EMAIL]
    made = {name: ODD.get(name, Gateway)(name, str(template)) for name, template in said.items()}
    file.refuse(
        ((name,), "no es un canal con su URL de Apprise · not a channel with an Apprise URL that has {to}")
        for name, gateway in made.items()
        if name not in kinds or not gateway.usable()
    )
    return made
