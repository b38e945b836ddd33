"""A caravan mode: the shelters it covers, and until when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from events.silence import CaravanBegan
from events.vocabulary import CaravanReason
from services.chassis.errors import MalformedRequestError

MAX_DURATION = timedelta(days=30)
"""[J] Longer than any caravan took to pass; it may be turned on again."""


@dataclass(frozen=True, slots=True)
class Caravan:
    """A caravan mode that is active."""

    id: UUID
    states: frozenset[str]
    shelters: frozenset[str]
    began_at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Caravans:
    """All that are active, in the order in which they began."""

    on: Sequence[Caravan] = ()

    def since(self, shelter: str) -> datetime | None:
        """When caravan mode began for a shelter; ``None`` if it is not active there."""
        return min((one.began_at for one in self.on if shelter in one.shelters), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class StartCaravan:
    """The states and shelters to cover, why and until when."""

    states: Sequence[str]
    shelters: Sequence[str]
    reason: CaravanReason
    until: datetime


def covered_shelters(start: StartCaravan, states: Mapping[str, str]) -> set[str]:
    """The shelters named, and those in the states named. ``states``: the state of every shelter."""
    return {*start.shelters, *(code for code, state in states.items() if state in start.states)}


def caravan_began(
    start: StartCaravan, states: Mapping[str, str], now: datetime, *, escalation: str, silence: str
) -> CaravanBegan:
    """The event that turns caravan mode on.

    Raises:
        MalformedRequestError: an unknown shelter or state, or an end that is not in the future or too far away.
    """
    faults = [("states", "not_listed") for state in start.states if state not in states.values()]
    faults += [("shelters", "not_listed") for shelter in start.shelters if shelter not in states]
    if not start.states and not start.shelters:
        faults.append(("shelters", "missing"))
    if not now < start.until <= now + MAX_DURATION:
        faults.append(("until", "out_of_range"))
    if faults:
        raise MalformedRequestError(faults=[{"field": f"body.{field}", "code": code} for field, code in faults])
    return CaravanBegan(
        states=tuple(sorted(set(start.states))),
        shelters=tuple(sorted(covered_shelters(start, states))),
        reason=start.reason,
        until=start.until,
        ladders=escalation,
        silence=silence,
    )
