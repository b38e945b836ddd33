"""The link in an alert: opens that one referral, after a sign-in, until it expires."""

from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from services.chassis.secrets.key_ring import KeyRing
from services.chassis.vault.link_codes import LinkCodes


class Linked(Protocol):
    """An alert that may have a link."""

    @property
    def referral(self) -> UUID:
        """The referral that the link opens."""

    @property
    def opens_referral(self) -> bool:
        """Whether the alerted agency may open the referral."""

    @property
    def raised_at(self) -> datetime | None:
        """Start of the link's validity; equal for every attempt, so that the text is, too."""


class Link:
    """Builds the links of an installation."""

    def __init__(self, public_url: str | None, key: KeyRing | str | None, valid_for: timedelta) -> None:
        """Without a public URL or a key alerts have no link."""
        self._url = None if public_url is None else public_url.rstrip("/")
        self._codes = None if key is None else LinkCodes(key)
        self._valid_for = valid_for

    def to(self, alert: Linked) -> str:
        """The line to add to an alert's text; empty if there is no referral to open."""
        if self._url is None or self._codes is None or not alert.opens_referral or alert.raised_at is None:
            return ""
        return f"\n{self._url}/c/{self._codes.code(alert.referral, alert.raised_at + self._valid_for)}"
