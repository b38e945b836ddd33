"""The telephones of every desk as the pages show them, read anew each time: numbers change, and few people look."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from services.directory.faults import own_desks
from services.directory.loading import load_directory
from services.directory.model import Directory
from services.directory.phones import hours_in_words, numbers_in

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class DeskPhone:
    """A desk's line on the list."""

    agency: str
    desk: str
    hours: str
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PhoneBook:
    """The desks of a directory, with the telephones of an installation's contacts file."""

    directory: Directory = field(repr=False)
    contacts: Path | None = field(default=None, repr=False)

    @property
    def emergency(self) -> str:
        """The emergency number."""
        return self.directory.emergency

    def desks(self, locale: str) -> Sequence[DeskPhone]:
        """Every desk in the directory's order. Without its number, a desk is listed all the same."""
        return self._lines(self.directory.duty_desks, locale)

    def desks_of_shelter(self, shelter: str, locale: str) -> Sequence[DeskPhone]:
        """Each agency's desk for the shelter's state and its round-the-clock desk; of an unknown shelter the latter."""
        entry = self.directory.shelters.get(shelter)
        own = {
            agency: [] if entry is None else own_desks(self.directory, agency, entry.state)
            for agency in self.directory.agencies
        }
        codes = (code for agency, its in self.directory.agencies.items() for code in (*own[agency], its.fallback))
        return self._lines(codes, locale)

    def _lines(self, codes: Iterable[str], locale: str) -> Sequence[DeskPhone]:
        numbers, desks = self._numbers(), self.directory.duty_desks
        return [
            DeskPhone(
                desks[code].agency, code, hours_in_words(self.directory, code, locale), tuple(numbers.get(code, ()))
            )
            for code in codes
        ]

    def _numbers(self) -> Mapping[str, Sequence[str]]:
        if self.contacts is None:
            return {}
        try:
            return numbers_in(self.contacts)
        except (OSError, ValueError):
            logger.warning("contacts_unreadable")
            return {}


def phone_book(contacts: Path | None) -> PhoneBook:
    """The telephones of the directory in force.

    Raises:
        PolicyFaultsError: it has faults.
    """
    return PhoneBook(load_directory(), contacts)
