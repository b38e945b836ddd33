"""Explains every box whose key was destroyed: which erasure, when and on which basis; and what its sweep found."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any, get_args
from uuid import UUID

from events.contract import Event, Recorded
from events.intake import PersonErased
from events.sealed import Box
from services.audit.bundles.container import Bundle
from services.audit.bundles.domain import ERASURES, LogPart
from services.audit.verification.domain import Check

LOG = "intake"
PLACES = ("keys", "digests", "slips", "refused_documents", "untraced")
"""Where a sweep looks for something of an erased person."""


@dataclass(slots=True)
class Claim:
    """An erasure as the bundle lists it."""

    target: UUID
    basis: str
    erased_at: datetime
    keys: frozenset[UUID]
    position: int
    remains: dict[str, int]
    """What the sweep found, by place; all of it must be 0."""
    boxes: int = 0
    seen: bool = False


@dataclass
class Erasures:
    """Every erasure of a bundle, by the keys that it destroyed."""

    check: Check
    by_target: dict[UUID, Claim] = field(default_factory=dict)
    by_key: dict[UUID, Claim] = field(default_factory=dict)

    @classmethod
    def read(cls, check: Check, bundle: Bundle) -> "Erasures":
        """Reads what the bundle lists."""
        erasures = cls(check)
        for number, line in enumerate(bundle.lines(ERASURES), start=1):
            claim = _claim(line)
            if claim is None or claim.target in erasures.by_target:
                check.fault("erasure_unreadable", path=ERASURES, position=number)
                continue
            erasures.by_target[claim.target] = claim
            erasures.by_key |= dict.fromkeys(claim.keys, claim)
        return erasures

    def event(self, log: str, fact: Recorded[Event]) -> None:
        """Looks at one event: is it an erasure that is listed, or is something sealed with a destroyed key?"""
        event = fact.event
        if isinstance(event, PersonErased):
            claim = self.by_target.get(fact.stream)
            if claim is None:
                self.check.fault("erasure_not_listed", **_where(log, fact))
            elif (claim.basis, claim.erased_at, claim.keys, claim.position) != (
                event.basis.value,
                fact.recorded_at.astimezone(UTC),
                frozenset(event.keys),
                fact.position,
            ):
                self.check.fault("erasure_differs", **_where(log, fact))
            else:
                claim.seen = True
        for key in _keys(event):
            if (of := self.by_key.get(key)) is not None:
                of.boxes += 1
                self.check.count("erased_boxes")

    def finish(self, log: LogPart | None) -> None:
        """Says of each erasure what it explains and what its sweep found."""
        for claim in self.by_target.values():
            self.check.count("erasures")
            newer = log is not None and log.size < claim.position <= log.head
            if not claim.seen and not newer:
                self.check.fault("erasure_without_event", log=LOG, stream=str(claim.target), position=claim.position)
            for place, number in claim.remains.items():
                self.check.count("swept_places")
                if number:
                    self.check.fault("something_remains", log=LOG, stream=str(claim.target), field=place)
            self.check.note(
                "erased",
                log=LOG,
                stream=str(claim.target),
                position=claim.position,
                name=claim.basis,
                row=claim.erased_at.date().isoformat(),
                version=claim.boxes,
            )


def _where(log: str, fact: Recorded[Event]) -> dict[str, Any]:
    return {"log": log, "position": fact.position, "stream": str(fact.stream), "event": str(fact.id)}


def _keys(event: Event) -> Iterator[UUID]:
    """The keys that an event's boxes are sealed with."""
    for name in _sealable(type(event)):
        value = getattr(event, name)
        if isinstance(value, Box):
            yield value.key


@cache
def _sealable(kind: type[Event]) -> tuple[str, ...]:
    """The fields of an event that may be a box."""
    fields = kind.model_fields.items()
    return tuple(name for name, field in fields if Box in (field.annotation, *get_args(field.annotation)))


def _claim(line: bytes) -> Claim | None:
    try:
        values = json.loads(line)
        keys = frozenset(UUID(one) for one in values["keys"])
        at = datetime.fromisoformat(values["erased_at"]).astimezone(UTC)
        claim = Claim(UUID(values["target"]), values["basis"], at, keys, values["position"], values["remains"])
    except (ValueError, OverflowError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    counts = (
        isinstance(claim.remains, dict)
        and set(claim.remains) == {*PLACES}
        and all(type(one) is int for one in [*claim.remains.values(), claim.position])
    )
    return claim if counts and isinstance(claim.basis, str) else None
