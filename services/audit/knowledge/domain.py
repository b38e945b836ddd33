"""What an organisation knows of a case: what it was alerted of, what it could read and when, and who read it. Pure.

A disclosure is sealed, and an auditor has no key: what is told is which reasons it covers and which answers the person
allowed by name, never an answer.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from events.vocabulary import (
    Agency,
    AlertAbout,
    AuditView,
    Duty,
    OverrideBasis,
    RiskCategory,
    SendingBasis,
    ShownView,
    Urgency,
)

AUDITORS = "auditors"
"""Stands for whoever audits the logs: they belong to no organisation of the programme."""


class Standing(StrEnum):
    """How much an organisation knew at the moment that is looked at."""

    NOTHING = "nothing"
    """A referral to it waited: it had not been told that there is one."""
    ASKED = "asked"
    """It was asked in another's stead: an urgency and a code."""
    OPEN = "open"
    """It could read what was disclosed to it."""
    CLOSED = "closed"
    """It could have read before, and could not any more."""
    NOTIFIED = "notified"
    """It was alerted, and had nothing to read."""
    SHOWN = "shown"
    """It was shown that there is a case, and what it is about; nothing sealed."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to send an alert to somebody."""

    at: datetime
    channel: str
    contact: str
    number: int
    taken: bool


@dataclass(slots=True)
class Notice:
    """An alert to an organisation: an urgency, a code, and what it is about. Nothing else leaves with it."""

    alert: UUID
    at: datetime
    about: AlertAbout
    urgency: Urgency
    code: str
    duties: tuple[Duty, ...]
    asked: bool = False
    attempts: list[Attempt] = field(default_factory=list)
    answered_at: datetime | None = None


class Closing(StrEnum):
    """Why reading ended."""

    RENEWED = "renewed"
    """Something else was disclosed instead."""
    WITHDRAWN = "withdrawn"
    """The person took the consent back, or said no."""
    FROZEN = "frozen"
    """A withdrawal with the slip waits to be checked."""
    LAPSED = "lapsed"
    """The consent ran out."""
    ENDED = "ended"
    """The referral ended."""
    ERASED = "erased"
    """The person's data were erased."""
    NOT_JUSTIFIED = "not_justified"
    """The review of an exceptional access found no ground for it."""
    TIME_OVER = "time_over"
    """An exceptional access lasts four hours at most."""
    HANDED_OVER = "handed_over"
    """The person is at another shelter."""


@dataclass(slots=True)
class Window:
    """A time in which an organisation could read something."""

    since: datetime
    basis: SendingBasis | OverrideBasis | None
    """``None``: a shelter, which wrote it down or took it over."""
    categories: tuple[RiskCategory, ...] = ()
    fields: tuple[str, ...] = ()
    """Names of the answers that the person allowed, or ``all``; none where the basis is no consent."""
    until: datetime | None = None
    closing: Closing | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """Somebody was handed sealed data."""

    at: datetime
    actor: str
    org: str
    """The organisation that read; ``*`` is the programme's coordination."""
    what: str
    """``disclosure``, ``identity``, ``answers`` or ``refusal``: what kind of sealed data it was. ``shown``: that the
    case has a restricted category, or all that a file has of it. ``audit``: what the logs say of it."""
    fields: tuple[str, ...]
    purpose: str | None = None
    """The code of a ``ReadPurpose`` or an ``IdentityPurpose``; ``None``: that kind of reading has none."""
    override: OverrideBasis | None = None
    referral: UUID | None = None
    view: ShownView | AuditView | None = None
    """How it was shown, if it was not sealed."""
    looked_at: datetime | None = None
    """The moment that an auditor looked at; ``None``: as it was then."""

    @property
    def is_of_sealed_data(self) -> bool:
        """Whether it was sealed data."""
        return self.view is None


@dataclass(frozen=True, slots=True)
class Told:
    """The person was told in person who knew."""

    at: datetime
    actor: str
    shelter: str
    organisations: tuple[str, ...]
    """Those that were named."""


@dataclass(slots=True)
class Disclosure:
    """One referral to an organisation, or its exceptional access to one, or a shelter's custody of the case."""

    referral: UUID | None
    agency: Agency | None = None
    proposed_at: datetime | None = None
    windows: list[Window] = field(default_factory=list)
    deleted_at: datetime | None = None
    """When the agency said that it had deleted what it was told."""


@dataclass(slots=True)
class Organisation:
    """All that one organisation knew of a case at a moment."""

    code: str
    disclosures: list[Disclosure] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)

    @property
    def standing(self) -> Standing:
        """How much it knew."""
        windows = [window for one in self.disclosures for window in one.windows]
        if any(window.until is None for window in windows):
            return Standing.OPEN
        if windows or any(reading.is_of_sealed_data for reading in self.readings):
            return Standing.CLOSED
        if self.readings:
            return Standing.SHOWN
        if any(notice.asked for notice in self.notices):
            return Standing.ASKED
        return Standing.NOTIFIED if self.notices else Standing.NOTHING

    @property
    def opened(self) -> list[Reading]:
        """The readings of sealed data."""
        return [reading for reading in self.readings if reading.is_of_sealed_data]

    @property
    def looked(self) -> list[Reading]:
        """What it was shown besides."""
        return [reading for reading in self.readings if not reading.is_of_sealed_data]
