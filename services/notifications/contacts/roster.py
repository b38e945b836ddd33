"""Resolves the on-call roster: for each desk and duty the contacts to notify, in order. Pure.

A duty without a reachable contact falls to the desk, a desk without one to the agency's 24-hour desk, then to its
supervisors and the programme's coordinator: disabling a contact leaves no alert without a recipient. A shelter without
one falls to the programme's coordinator. What no agency may learn of falls to nobody of an agency: coordinator,
steering list and operator stand in for each other.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from events.vocabulary import LEAD_AGENCY, Agency, Duty
from services.chassis.authorization.policy import EVERYWHERE
from services.notifications.contacts.domain import ABOVE_ALL, OF_A_SHELTER, Contact

DUTIES = (Duty.DESK, Duty.ON_CALL, Duty.SUPERVISOR, Duty.COORDINATOR, Duty.STEERING)
PROGRAMME = EVERYWHERE
"""The place in the roster of what is for the programme alone, and of shelters without any contact."""
SHELTER_DUTIES = (Duty.SHELTER, Duty.SHELTER_COORDINATOR, Duty.COORDINATOR)
PROGRAMME_DUTIES = (Duty.COORDINATOR, Duty.STEERING, Duty.OPERATOR, Duty.SHELTER, Duty.SHELTER_COORDINATOR)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskOfDirectory:
    """A desk in the directory."""

    agency: str
    on_call: tuple[str, ...]
    """People, in the order in which they are called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelterOfDirectory:
    """A shelter in the directory, with those of its staff who are named there."""

    workers: tuple[str, ...] = ()
    coordinators: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """What the resolution needs of the directory, which this service does not read itself."""

    desks: Mapping[str, DeskOfDirectory] = field(default_factory=dict)
    every_hour: Mapping[str, str] = field(default_factory=dict)
    """Each agency's 24-hour desk."""
    supervisors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    coordinators: tuple[str, ...] = ()
    shelters: Mapping[str, ShelterOfDirectory] = field(default_factory=dict)
    people: frozenset[str] = frozenset()
    """Everybody in the directory."""
    gone: frozenset[str] = frozenset()
    """People who are disabled in the directory."""


class RosterEntry(NamedTuple):
    """One contact to notify for a desk's duty."""

    desk: str
    duty: str
    contact: str
    place: int
    """From 1, in the order of notification."""
    is_substitute: bool
    """Whether the contact replaces others who cannot be reached."""


def resolve_roster(
    roster: Roster,
    contacts: Iterable[Contact],
    channels: Iterable[str],
    on_duty: Mapping[str, Sequence[str]] | None = None,
) -> list[RosterEntry]:
    """The entries of every desk and agency, for every duty.

    Args:
        roster: The directory.
        contacts: All contacts.
        channels: Those that this installation has; a contact without any of them is used only where nobody else is.
        on_duty: By desk, the people who took it over at the last shift handover; they are called first.
    """
    resolver = _RosterResolver(roster, tuple(contacts), frozenset(channels), on_duty or {})
    owners = [*((agency, None) for agency in Agency), *((desk.agency, code) for code, desk in roster.desks.items())]
    asked = [
        (desk or agency, duty, resolver.candidates(agency, desk, duty)) for agency, desk in owners for duty in DUTIES
    ]
    for shelter in sorted(resolver.shelters()):
        asked += [(shelter, duty, resolver.of_shelter(shelter, duty)) for duty in SHELTER_DUTIES]
    asked += [(PROGRAMME, duty, resolver.of_programme(duty)) for duty in PROGRAMME_DUTIES]
    found: list[RosterEntry] = []
    for place_in_roster, duty, candidates in asked:
        codes, is_substitute = resolver.first_reachable(candidates)
        found += [
            RosterEntry(place_in_roster, duty, code, place, is_substitute)
            for place, code in enumerate(dict.fromkeys(codes), start=1)
        ]
    return found


Candidates = Callable[[frozenset[str]], Iterator[list[str]]]
"""From the contacts that count: who has a duty, then their substitutes; any of the lists may be empty."""


@dataclass(frozen=True, slots=True)
class _RosterResolver:
    roster: Roster
    contacts: tuple[Contact, ...]
    channels: frozenset[str]
    on_duty: Mapping[str, Sequence[str]]

    def first_reachable(self, candidates: Candidates) -> tuple[list[str], bool]:
        """The contacts to notify, and whether they are substitutes."""
        for reachable in (self._reachable(), self._active()):
            for at, codes in enumerate(candidates(reachable)):
                if codes:
                    return codes, at > 0
        return [], True

    def candidates(self, agency: str, desk: str | None, duty: Duty) -> Candidates:
        """Who has a duty of an agency or of one of its desks, then their substitutes."""
        return lambda reachable: self._candidates(agency, desk, duty, reachable)

    def shelters(self) -> set[str]:
        """The shelters that have a contact, or staff in the directory."""
        listed = {one.agency for one in self.contacts if one.duty in OF_A_SHELTER and one.agency is not None}
        return listed | {code for code, one in self.roster.shelters.items() if one.workers or one.coordinators}

    def of_shelter(self, shelter: str, duty: Duty) -> Candidates:
        """Who has a duty at a shelter; then its coordinator, its workers, and the programme."""

        def found(reachable: frozenset[str]) -> Iterator[list[str]]:
            order = {
                Duty.SHELTER: (Duty.SHELTER, Duty.SHELTER_COORDINATOR),
                Duty.SHELTER_COORDINATOR: (Duty.SHELTER_COORDINATOR, Duty.SHELTER),
            }
            for one in order.get(duty, ()):
                yield self._of_shelter(shelter, one, reachable)
            yield from self.of_programme(Duty.COORDINATOR)(reachable)

        return found

    def of_programme(self, duty: Duty) -> Candidates:
        """Who has a duty above all agencies; then the others who do. Nobody of an agency stands in for them."""
        first = duty if duty in ABOVE_ALL else Duty.COORDINATOR

        def found(reachable: frozenset[str]) -> Iterator[list[str]]:
            for one in dict.fromkeys((first, Duty.COORDINATOR, Duty.STEERING, Duty.OPERATOR)):
                yield self._named(EVERYWHERE, None, one, reachable)

        return found

    def _of_shelter(self, shelter: str, duty: Duty, reachable: frozenset[str]) -> list[str]:
        listed = self.roster.shelters.get(shelter, ShelterOfDirectory())
        people = listed.workers if duty is Duty.SHELTER else listed.coordinators
        return [*(code for code in people if code in reachable), *self._mailboxes(shelter, None, duty, reachable)]

    def _candidates(self, agency: str, desk: str | None, duty: Duty, reachable: frozenset[str]) -> Iterator[list[str]]:
        """Who has the duty, then their substitutes; any of the lists may be empty."""
        yield self._named(agency, desk, duty, reachable)
        home = LEAD_AGENCY if duty in ABOVE_ALL else agency
        if duty is not Duty.DESK:
            yield self._named(home, None if duty in ABOVE_ALL else desk, Duty.DESK, reachable)
        yield self._named(home, self.roster.every_hour.get(home), Duty.DESK, reachable)
        yield self._on_call(self.roster.every_hour.get(home), reachable)
        for last in (Duty.ON_CALL, Duty.SUPERVISOR, Duty.COORDINATOR):
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
        found = [one for one in self.contacts if one.agency == of and one.duty is duty and one.code in reachable]
        own = [one.code for one in found if desk is not None and one.desk == desk]
        return own or [one.code for one in found if one.desk is None]

    def _on_call(self, desk: str | None, reachable: frozenset[str]) -> list[str]:
        if desk is None or desk not in self.roster.desks:
            return []
        order = dict.fromkeys([*self.on_duty.get(desk, ()), *self.roster.desks[desk].on_call])
        return [code for code in order if code in reachable]

    def _active(self) -> frozenset[str]:
        return frozenset(one.code for one in self.contacts if not one.disabled and one.code not in self.roster.gone)

    def _reachable(self) -> frozenset[str]:
        usable = {one.code for one in self.contacts if any(way.channel in self.channels for way in one.ways)}
        return self._active() & usable
