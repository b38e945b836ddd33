"""What the referral service needs to know of duty desks. Whoever keeps them is handed in where it is composed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from events.vocabulary import Agency, Urgency


class Hours(Protocol):
    """When somebody is at a desk."""

    def opening(self, moment: datetime) -> datetime:
        """The first moment from this one on at which somebody is there: this one, if somebody is."""

    def after(self, moment: datetime, duration: timedelta) -> datetime:
        """When somebody will have been there for so long."""


class Answering(Protocol):
    """The desk that a referral is sent to."""

    @property
    def code(self) -> str | None:
        """The desk's code in the directory."""

    @property
    def hours(self) -> Hours:
        """The hours that its clocks count."""


class Desks(Protocol):
    """Every desk of the programme."""

    @property
    def version(self) -> str | None:
        """Of the directory they are in."""

    def answering(self, agency: Agency, shelter: str, urgency: Urgency, at: datetime) -> Answering:
        """Which desk answers for an agency at a shelter, at a moment."""

    def of_agency(self, agency: Agency) -> frozenset[str]:
        """The codes of an agency's desks."""


@dataclass(frozen=True, slots=True)
class EveryHour:
    """Somebody is always there."""

    def opening(self, moment: datetime) -> datetime:
        """At once."""
        return moment

    def after(self, moment: datetime, duration: timedelta) -> datetime:
        """By any clock."""
        return moment + duration


@dataclass(frozen=True, slots=True)
class OneDesk:
    """An agency's only desk: no code tells it from others."""

    hours: Hours
    code: str | None = None


@dataclass(frozen=True, slots=True)
class OneDeskAnAgency:
    """A programme without a directory: each agency has one desk, where somebody always is."""

    version: str | None = None

    def answering(self, agency: Agency, shelter: str, urgency: Urgency, at: datetime) -> Answering:  # noqa: ARG002 - whoever asks
        """That one."""
        return OneDesk(EVERY_HOUR)

    def of_agency(self, agency: Agency) -> frozenset[str]:  # noqa: ARG002 - whoever asks
        """None that has a code."""
        return frozenset()


EVERY_HOUR = EveryHour()
