"""Whom an alert is for: for each desk and duty the contacts, in order. Pure; the directory and the contacts in.

A duty that nobody reachable has falls to the desk, a desk that nobody reachable answers for to the agency's desk of
every hour, then to its supervisors and the programme's coordinator: a disabled contact strands nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from events.vocabulary import Agency, Duty
from services.chassis.access import EVERYWHERE
from services.notifications.contacts import ABOVE_ALL, Contact

LEAD = Agency.OIM
"""Of the programme: its desk hears what nobody else is named for."""
DUTIES = (Duty.DESK, Duty.ON_CALL, Duty.SUPERVISOR, Duty.COORDINATOR, Duty.STEERING)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskOfDirectory:
    """What is to be known of a desk."""

    agency: str
    on_call: tuple[str, ...]
    """People, in the order in which they are called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """What is to be known of the directory. Whoever keeps it is handed in where the services are composed."""

    desks: Mapping[str, DeskOfDirectory] = field(default_factory=dict)
    every_hour: Mapping[str, str] = field(default_factory=dict)
    """Each agency's desk of every hour."""
    supervisors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    coordinators: tuple[str, ...] = ()
    gone: frozenset[str] = frozenset()
    """People whom the directory says to be disabled."""


class Place(NamedTuple):
    """One contact, told for a desk's duty, in this place of the order."""

    desk: str
    duty: str
    contact: str
    place: int
    stands_in: bool


def places(
    roster: Roster,
    known: Iterable[Contact],
    channels: Iterable[str],
    on_duty: Mapping[str, Sequence[str]] | None = None,
) -> list[Place]:
    """Everybody's places, of every desk and agency.

    ``channels`` are those that this installation has; a contact without any of them is told only where nobody else is.
    ``on_duty`` says for some desks who was handed the desk over: they are called first.
    """
    book = _Book(roster, tuple(known), frozenset(channels), on_duty or {})
    owners = [*((agency, None) for agency in Agency), *((desk.agency, code) for code, desk in roster.desks.items())]
    found: list[Place] = []
    for agency, desk in owners:
        for duty in DUTIES:
            told, stands_in = book.told(agency, desk, duty)
            found += [
                Place(desk or agency, duty, code, at, stands_in) for at, code in enumerate(dict.fromkeys(told), start=1)
            ]
    return found


@dataclass(frozen=True, slots=True)
class _Book:
    roster: Roster
    known: tuple[Contact, ...]
    channels: frozenset[str]
    on_duty: Mapping[str, Sequence[str]]

    def told(self, agency: str, desk: str | None, duty: Duty) -> tuple[list[str], bool]:
        """Whoever is to be told, and whether they stand in for somebody who cannot be."""
        for reachable in (self._reachable(), self._active()):
            for at, told in enumerate(self._from_first_to_last(agency, desk, duty, reachable)):
                if told:
                    return told, at > 0
        return [], True

    def _from_first_to_last(
        self, agency: str, desk: str | None, duty: Duty, reachable: frozenset[str]
    ) -> Iterator[list[str]]:
        yield self._named(agency, desk, duty, reachable)
        home = LEAD if duty in ABOVE_ALL else agency
        if duty is not Duty.DESK:
            yield self._named(home, None if duty in ABOVE_ALL else desk, Duty.DESK, reachable)
        yield self._named(home, self.roster.every_hour.get(home), Duty.DESK, reachable)
        yield self._on_call(self.roster.every_hour.get(home), reachable)
        for last in (Duty.SUPERVISOR, Duty.COORDINATOR):
            yield self._named(home, None, last, reachable)

    def _named(self, agency: str, desk: str | None, duty: Duty, reachable: frozenset[str]) -> list[str]:
        mailboxes = self._mailboxes(agency, desk, duty, reachable)
        answers = desk or self.roster.every_hour.get(agency)
        match duty:
            case Duty.DESK:
                return [*self._on_call(answers, reachable)[:1], *mailboxes]
            case Duty.ON_CALL:
                return self._on_call(answers, reachable)[1:2] or mailboxes
            case Duty.SUPERVISOR:
                people = self.roster.supervisors.get(agency, ())
            case Duty.COORDINATOR:
                people = self.roster.coordinators
            case _:
                people = ()
        return [*(code for code in people if code in reachable), *mailboxes]

    def _mailboxes(self, agency: str, desk: str | None, duty: Duty, reachable: frozenset[str]) -> list[str]:
        of = EVERYWHERE if duty in ABOVE_ALL else agency
        found = [one for one in self.known if one.agency == of and one.duty is duty and one.code in reachable]
        own = [one.code for one in found if desk is not None and one.desk == desk]
        return own or [one.code for one in found if one.desk is None]

    def _on_call(self, desk: str | None, reachable: frozenset[str]) -> list[str]:
        if desk is None or desk not in self.roster.desks:
            return []
        order = dict.fromkeys([*self.on_duty.get(desk, ()), *self.roster.desks[desk].on_call])
        return [code for code in order if code in reachable]

    def _active(self) -> frozenset[str]:
        return frozenset(one.code for one in self.known if not one.disabled and one.code not in self.roster.gone)

    def _reachable(self) -> frozenset[str]:
        usable = {one.code for one in self.known if any(way.channel in self.channels for way in one.ways)}
        return self._active() & usable
