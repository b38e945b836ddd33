"""Which desk answers for an agency, in a state, at a moment (domain.md §6)."""

from dataclasses import dataclass, field
from datetime import datetime

from events.vocabulary import Agency, Urgency
from services.directory.faults import own_desks
from services.directory.hours import Hours
from services.directory.loading import load_directory, version_of
from services.directory.model import Directory

ROUND_THE_CLOCK = frozenset({Urgency.U0, Urgency.U1})


@dataclass(frozen=True, slots=True)
class OnDuty:
    """The desk a referral is sent to, and the hours its clocks count."""

    code: str
    hours: Hours


@dataclass(frozen=True, slots=True)
class DutyDesks:
    """The duty desks of a directory, indexed by agency, state and code."""

    version: str
    states: dict[str, str] = field(repr=False)
    own: dict[tuple[Agency, str], OnDuty] = field(repr=False)
    fallback: dict[Agency, OnDuty] = field(repr=False)
    agencies: dict[str, Agency] = field(repr=False)
    """Each desk's agency, by the desk's code."""
    every: dict[str, tuple[Hours, frozenset[str]]] = field(repr=False)
    """Each desk's hours and states, by its code."""

    @classmethod
    def of(cls, directory: Directory) -> "DutyDesks":
        """Indexes a valid directory's desks."""

        def on_duty(code: str) -> OnDuty:
            return OnDuty(code, directory.duty_desks[code].open)

        return cls(
            version=version_of(directory),
            states={code: shelter.state for code, shelter in directory.shelters.items()},
            own={
                (agency, state): on_duty(code)
                for agency in directory.agencies
                for state in directory.states
                for code in own_desks(directory, agency, state)
            },
            fallback={agency: on_duty(entry.fallback) for agency, entry in directory.agencies.items()},
            agencies={code: desk.agency for code, desk in directory.duty_desks.items()},
            every={code: (desk.open, frozenset(desk.states)) for code, desk in directory.duty_desks.items()},
        )

    def answering(self, agency: Agency, shelter: str, urgency: Urgency, at: datetime) -> OnDuty:
        """The agency's desk for the shelter's state; while that is closed, U0 and U1 go to its round-the-clock desk.

        The round-the-clock desk also answers for a state without a desk of the agency, and for a shelter that has
        left the directory since it flagged the case.
        """
        own = self.own.get((agency, self.states.get(shelter, "")))
        if own is None or (urgency in ROUND_THE_CLOCK and not own.hours.is_open(at)):
            return self.fallback[agency]
        return own

    def of_agency(self, agency: Agency) -> frozenset[str]:
        """The codes of an agency's desks."""
        return frozenset(code for code, owner in self.agencies.items() if owner is agency)

    def around_the_clock(self, agency: Agency) -> OnDuty:
        """The agency's own round-the-clock desk."""
        return self.fallback[agency]

    def hours_of(self, desk: str) -> Hours | None:
        """A desk's hours; ``None`` if it is no longer in the directory."""
        found = self.every.get(desk)
        return None if found is None else found[0]

    def serves(self, desk: str) -> frozenset[str]:
        """The states (ISO 3166-2) a desk answers for; empty if it is no longer in the directory."""
        found = self.every.get(desk)
        return frozenset() if found is None else found[1]


def duty_desks() -> DutyDesks:
    """The desks of the directory in force.

    Raises:
        PolicyFaultsError: it has faults.
    """
    return DutyDesks.of(load_directory())
