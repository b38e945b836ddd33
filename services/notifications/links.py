"""The link of an alert: it opens exactly that referral, after a sign-in, for a while."""

from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from services.chassis.link_codes import LinkCodes


class Linked(Protocol):
    """What a link may lead to."""

    @property
    def referral(self) -> UUID:
        """Which referral."""

    @property
    def asked(self) -> bool:
        """Whether the agency could not open it."""

    @property
    def raised_at(self) -> datetime | None:
        """From when on the link is counted; the same for every attempt."""


class Link:
    """Makes the links of an installation that has an address of its own."""

    def __init__(self, public_url: str | None, key: str | None, valid_for: timedelta) -> None:
        """Without an address or a key alerts have no link."""
        self._url = None if public_url is None else public_url.rstrip("/")
        self._codes = None if key is None else LinkCodes(key)
        self._valid_for = valid_for

    def to(self, alert: Linked) -> str:
        """The line that is added to an alert's text; empty where there is nothing to open."""
        if self._url is None or self._codes is None or alert.asked or alert.raised_at is None:
            return ""
        return f"\n{self._url}/c/{self._codes.code(alert.referral, alert.raised_at + self._valid_for)}"
