"""The contenders: each is a module of its own with the same description."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from benchmarks.cases import peers_case
from benchmarks.ground import Ground, Place


async def nothing(_ground: Ground, _place: Place) -> None:
    """For a contender whose place needs no preparation."""


def itself(record: UUID) -> UUID:
    """For alert records that say their case."""
    return record


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """How a contender is started, and where its alert records are counted."""

    name: str
    note: str
    """A note for the reader of its figures."""
    module: str
    """Run as ``python -m module role``."""
    roles: tuple[str, ...]
    """Its processes: the first commits the alerts, the last takes the submissions."""
    migrated: bool = False
    """Whether its database has canaliza's schemas."""
    last_record: str
    """SQL: the number of the last alert record."""
    records: str
    """SQL: (id, how many) of the alert records after a number."""
    prepare: Callable[[Ground, Place], Awaitable[None]] = nothing
    case_of: Callable[[UUID], UUID] = peers_case
    """Submission → case."""
    case_of_record: Callable[[UUID], UUID] = peers_case
    """Alert record → case."""
