"""Who would be left without anybody: a disabled person must strand nothing."""

from collections.abc import Iterator
from dataclasses import dataclass

from events.vocabulary import Agency, Role
from services.directory.model import Directory


@dataclass(frozen=True, slots=True, order=True)
class Stranded:
    """A desk, an agency, a shelter or the programme that nobody answers for, or only one person still does."""

    who: str
    es: str
    en: str
    at_once: bool
    """``False``: somebody is still there, but only one."""


def stranded(directory: Directory, *, without: str | None = None) -> tuple[Stranded, ...]:
    """What is left without anybody, or would be once one more person is disabled; sorted."""
    active = {code for code, person in directory.people.items() if not person.disabled and code != without}
    return tuple(sorted({*_desks(directory, active), *_roles(directory, active)}))


def _desks(directory: Directory, active: set[str]) -> Iterator[Stranded]:
    for code, desk in directory.duty_desks.items():
        there = [person for person in desk.on_call if person in active]
        if not there:
            yield Stranded(code, "la mesa no tiene a nadie de guardia", "the desk has nobody on call", at_once=True)
        elif len(there) == 1:
            yield Stranded(
                code,
                "la mesa tiene a una sola persona de guardia",
                "the desk has only one person on call",
                at_once=False,
            )


def _roles(directory: Directory, active: set[str]) -> Iterator[Stranded]:
    filled = {(directory.people[code].org, directory.people[code].role) for code in active}
    for agency in Agency:
        if (agency, Role.SUPERVISOR) not in filled:
            yield Stranded(agency, "la agencia no tiene supervisión", "the agency has no supervisor", at_once=True)
    for shelter in directory.shelters:
        if (shelter, Role.SHELTER_COORDINATOR) not in filled:
            yield Stranded(shelter, "el albergue no tiene coordinación", "the shelter has no coordinator", at_once=True)
    if ("*", Role.PROGRAMME_COORDINATOR) not in filled:
        yield Stranded("*", "el programa no tiene coordinación", "the programme has no coordinator", at_once=True)
