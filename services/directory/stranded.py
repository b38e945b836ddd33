"""Desks, agencies and shelters that would have nobody left if a person were disabled."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from events.vocabulary import Agency, Role
from services.chassis.locales import COMPLETE, catalogue
from services.directory.model import Directory

_WORDS = catalogue(__name__)


@dataclass(frozen=True, slots=True, order=True)
class Stranded:
    """A desk, an agency, a shelter or the programme with nobody left, or with one person only."""

    who: str
    es: str
    en: str
    at_once: bool
    """``False``: one person is left."""

    @classmethod
    def of(cls, who: str, key: str, *, at_once: bool = True) -> Self:
        """With the catalogue's words of a key."""
        es, en = (say(key) for say in map(_WORDS, COMPLETE))
        return cls(who, es, en, at_once)


def stranded(directory: Directory, *, without: str | None = None) -> tuple[Stranded, ...]:
    """What has nobody left, also if ``without`` (a person's code) were disabled; sorted."""
    active = {code for code, person in directory.people.items() if not person.disabled and code != without}
    return tuple(sorted({*_desks(directory, active), *_roles(directory, active)}))


def _desks(directory: Directory, active: set[str]) -> Iterator[Stranded]:
    for code, desk in directory.duty_desks.items():
        there = [person for person in desk.on_call if person in active]
        if not there:
            yield Stranded.of(code, "stranded.no_one_on_call")
        elif len(there) == 1:
            yield Stranded.of(code, "stranded.one_on_call", at_once=False)


def _roles(directory: Directory, active: set[str]) -> Iterator[Stranded]:
    filled = {(directory.people[code].org, directory.people[code].role) for code in active}
    for agency in Agency:
        if (agency, Role.SUPERVISOR) not in filled:
            yield Stranded.of(agency, "stranded.no_supervisor")
    for shelter in directory.shelters:
        if (shelter, Role.SHELTER_COORDINATOR) not in filled:
            yield Stranded.of(shelter, "stranded.no_shelter_coordinator")
    if ("*", Role.PROGRAMME_COORDINATOR) not in filled:
        yield Stranded.of("*", "stranded.no_programme_coordinator")
