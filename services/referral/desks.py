"""What the referral service needs to know of duty desks. Whoever keeps them is handed in where it is composed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from events.vocabulary import Agency, Urgency


class Hours(Protocol):
    """When somebody is at a desk."""

    @property
    def always(self) -> bool:
        """Whether somebody is there at every hour of every day."""

    def opening(self, moment: datetime) -> datetime:
        """The first moment from this one on at which somebody is there: this one, if somebody is."""

    def after(self, moment: datetime, duration: timedelta) -> datetime:
        """When somebody will have been there for so long."""

    def between(self, start: datetime, end: datetime) -> timedelta:
        """For how long somebody is there from one moment to another."""


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

    @property
    def states(self) -> Mapping[str, str]:
        """Every shelter, with the state it is in."""

    def answering(self, agency: Agency, shelter: str, urgency: Urgency, at: datetime) -> Answering:
        """Which desk answers for an agency at a shelter, at a moment."""

    def of_agency(self, agency: Agency) -> frozenset[str]:
        """The codes of an agency's desks."""

    def around_the_clock(self, agency: Agency) -> Answering:
        """The agency's desk of every hour."""

    def hours_of(self, desk: str) -> Hours | None:
        """A desk's hours, by its code; ``None``: the directory has no such desk (any more)."""

    def serves(self, desk: str) -> frozenset[str]:
        """The states that a desk answers for."""


@dataclass(frozen=True, slots=True)
class EveryHour:
    """Somebody is always there."""

    always: bool = True

    def opening(self, moment: datetime) -> datetime:
        """At once."""
        return moment

    def after(self, moment: datetime, duration: timedelta) -> datetime:
        """By any clock."""
        return moment + duration

    def between(self, start: datetime, end: datetime) -> timedelta:
        """All the time there is."""
        return max(end - start, timedelta(0))


@dataclass(frozen=True, slots=True)
class OneDesk:
    """An agency's only desk: no code tells it from others."""

    hours: Hours
    code: str | None = None


@dataclass(frozen=True, slots=True)
class OneDeskAnAgency:
    """A programme without a directory: each agency has one desk, where somebody always is."""

    version: str | None = None
    states: Mapping[str, str] = field(default_factory=dict)

    def answering(self, agency: Agency, shelter: str, urgency: Urgency, at: datetime) -> Answering:  # noqa: ARG002 - whoever asks
        """That one."""
        return OneDesk(EVERY_HOUR)

    def of_agency(self, agency: Agency) -> frozenset[str]:  # noqa: ARG002 - whoever asks
        """None that has a code."""
        return frozenset()

    def around_the_clock(self, agency: Agency) -> Answering:  # noqa: ARG002 - whichever it is
        """That one."""
        return OneDesk(EVERY_HOUR)

    def hours_of(self, desk: str) -> Hours | None:  # noqa: ARG002 - it has no code
        """None has a code."""
        return None

    def serves(self, desk: str) -> frozenset[str]:  # noqa: ARG002 - as above
        """None has a code."""
        return frozenset()


EVERY_HOUR = EveryHour()
