"""What came before the page of a case is drawn: an act that was refused, or sealed content that was just opened."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.intake.identity.schemas import OpenedIdentity

DRAWN = frozenset({"orden", "version", "quien"})
"""Fields that the page put into the form."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """An act that was refused: what was written stays in its form."""

    act: str
    fields: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, act: str, fields: Mapping[str, str]) -> "Attempt":
        """With what a person wrote into the form."""
        return cls(act, {name: value for name, value in fields.items() if name not in DRAWN})


NOTHING_TRIED = Attempt("")


@dataclass(frozen=True, slots=True)
class Opened:
    """Sealed content that has just been read, and recorded as read."""

    identity: OpenedIdentity | None = None


NOTHING_OPENED = Opened()
