"""What the referral service shows of the duty desks' telephones; the directory's are handed in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


class DeskPhone(Protocol):
    """A desk's line on the list."""

    @property
    def agency(self) -> str:
        """Its agency."""

    @property
    def desk(self) -> str:
        """Its code in the directory."""

    @property
    def hours(self) -> str:
        """Its hours, in the language that was asked for."""

    @property
    def numbers(self) -> Sequence[str]:
        """Of the desk, never a person's; empty: the installation has none, and the printed list has a blank."""


class PhoneBook(Protocol):
    """The telephones of every desk."""

    @property
    def emergency(self) -> str:
        """The emergency number, which anybody may call without a referral."""

    def desks(self, locale: str) -> Sequence[DeskPhone]:
        """Every desk, in the directory's order, its hours in a language."""

    def desks_of_shelter(self, shelter: str, locale: str) -> Sequence[DeskPhone]:
        """The desks that answer for the shelter's state, each agency's own before its desk of every hour."""


@dataclass(frozen=True, slots=True)
class NoPhones:
    """A programme without a directory."""

    emergency: str = "911"

    def desks(self, locale: str) -> Sequence[DeskPhone]:  # noqa: ARG002 - there is none
        """Without a directory there is none."""
        return ()

    def desks_of_shelter(self, shelter: str, locale: str) -> Sequence[DeskPhone]:  # noqa: ARG002 - there is none
        """Without a directory there is none."""
        return ()
