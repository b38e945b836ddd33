"""What the referral service needs to know about duty desks; the composition root hands in the directory's."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from events.vocabulary import Agency, Urgency


class Hours(Protocol):
    """The opening hours of a desk."""

    @property
    def always(self) -> bool:
        """Whether the desk is open at every hour."""

    def opening(self, moment: datetime) -> datetime:
        """The first moment from this one on at which the desk is open."""

    def after(self, moment: datetime, duration: timedelta) -> datetime:
        """The moment after which the desk has been open for a duration."""

    def between(self, start: datetime, end: datetime) -> timedelta:
        """How long the desk is open between two moments."""


class AnsweringDesk(Protocol):
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
        """Version of the directory."""

    @property
    def states(self) -> Mapping[str, str]:
        """The state of every shelter, by code."""

    def answering(self, agency: Agency, shelter: str, urgency: Urgency, at: datetime) -> AnsweringDesk:
        """The desk that answers for an agency at a shelter, for a class of urgency at a moment."""

    def of_agency(self, agency: Agency) -> frozenset[str]:
        """The codes of an agency's desks."""

    def around_the_clock(self, agency: Agency) -> AnsweringDesk:
        """The agency's desk that is open at every hour."""

    def hours_of(self, desk: str) -> Hours | None:
        """A desk's hours, by its code; ``None`` if the directory does not have it."""

    def serves(self, desk: str) -> frozenset[str]:
        """The states that a desk serves."""


@dataclass(frozen=True, slots=True)
class EveryHour:
    """Open at every hour."""

    always: bool = True

    def opening(self, moment: datetime) -> datetime:
        """The moment itself."""
        return moment

    def after(self, moment: datetime, duration: timedelta) -> datetime:
        """By the calendar."""
        return moment + duration

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The whole time between them."""
        return max(end - start, timedelta(0))


@dataclass(frozen=True, slots=True)
class OneDesk:
    """An agency's only desk, which needs no code."""

    hours: Hours
    code: str | None = None


@dataclass(frozen=True, slots=True)
class OneDeskAnAgency:
    """A programme without a directory: each agency has one desk, open at every hour."""

    version: str | None = None
    states: Mapping[str, str] = field(default_factory=dict)

    def answering(self, agency: Agency, shelter: str, urgency: Urgency, at: datetime) -> AnsweringDesk:  # noqa: ARG002 - there is one desk
        """The agency's only desk."""
        return OneDesk(EVERY_HOUR)

    def of_agency(self, agency: Agency) -> frozenset[str]:  # noqa: ARG002 - there is one desk
        """Without a directory no desk has a code; returns an empty set."""
        return frozenset()

    def around_the_clock(self, agency: Agency) -> AnsweringDesk:  # noqa: ARG002 - there is one desk
        """The agency's only desk."""
        return OneDesk(EVERY_HOUR)

    def hours_of(self, desk: str) -> Hours | None:  # noqa: ARG002 - it has no code
        """Without a directory no desk has a code."""
        return None

    def serves(self, desk: str) -> frozenset[str]:  # noqa: ARG002 - as above
        """Without a directory no desk has a code."""
        return frozenset()


EVERY_HOUR = EveryHour()
