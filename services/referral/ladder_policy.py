"""The ladders as data (``policy/ladders.yaml``), validated, under a version that is a hash of what they say."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise, product
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError

from events.vocabulary import Agency, Duty, ReferralClock, Urgency
from services.referral.policy_file import Fault, PolicyFile, read
from services.referral.rules import content_hash

POLICY = Path(__file__).parent / "policy" / "ladders.yaml"
FROM_THE_FACT = frozenset({ReferralClock.REROUTE, ReferralClock.CONFIRM})
"""Clocks that no deadline was set for: they run from what happened."""

NOTHING = timedelta(0)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Rung(_Part):
    """One step of a ladder."""

    rung: str = Field(pattern="^[a-z][a-z_]*$")
    after: timedelta | None = Field(default=None, gt=timedelta(0))
    at: int | None = Field(default=None, gt=0)
    whom: tuple[Duty, ...]
    then: Literal["expire", "close"] | None = None


class Ladder(_Part):
    """What happens, rung by rung, while one clock goes on unanswered."""

    clock: ReferralClock
    urgencies: tuple[Urgency, ...] = Field(min_length=1)
    rungs: tuple[Rung, ...] = Field(min_length=1)


class _Fallback(_Part):
    asked: Agency
    for_its_own: Agency


class Ladders(_Part):
    """Every ladder."""

    declared: str = Field(alias="version", min_length=1)
    ladders: tuple[Ladder, ...]
    caravan: tuple[Ladder, ...] = ()
    """In caravan mode these rungs come at other moments; all others, and every rung of a U0, stay where they are."""
    fallback: _Fallback
    _hash: str = PrivateAttr(default="")

    @property
    def version(self) -> str:
        """What an event names them by: as they were declared, and a hash of what they say."""
        return f"{self.declared}-{self._hash}"

    def of(self, urgency: Urgency) -> Iterator[Ladder]:
        """The ladders of a class, in the order of the file."""
        return (ladder for ladder in self.ladders if urgency in ladder.urgencies)

    def moved(self, clock: ReferralClock, urgency: Urgency, rung: str) -> Rung | None:
        """The rung as caravan mode has it, if it moves it. A U0's stays."""
        if urgency is Urgency.U0:
            return None
        ladders = (one for one in self.caravan if one.clock is clock and urgency in one.urgencies)
        return next((one for ladder in ladders for one in ladder.rungs if one.rung == rung), None)

    def asked_for(self, agency: Agency) -> Agency:
        """Whose desk is asked when this agency's is silent."""
        return self.fallback.for_its_own if agency is self.fallback.asked else self.fallback.asked

    @classmethod
    def from_file(cls, file: PolicyFile) -> "Ladders":
        """Validates and names them.

        Raises:
            PolicyFaultsError: with every fault of the first kind found: of shape, else of meaning.
        """
        try:
            ladders = cls.model_validate(file.data)
        except ValidationError as error:
            file.refuse((one["loc"], f"{_last(one['loc'])}: {one['msg']}") for one in error.errors(include_url=False))
            raise
        file.refuse(_faults(ladders))
        ladders._hash = content_hash(file.data)  # noqa: SLF001 - its own
        return ladders


def load_ladders(path: Path | None = None) -> Ladders:
    """Reads and validates the policy; the caller keeps it.

    Raises:
        PolicyFaultsError: it has faults, each told as ``file:line: what is wrong``.
    """
    return Ladders.from_file(read(path or POLICY))


def _faults(ladders: Ladders) -> Iterator[Fault]:
    named = [(ladder.clock, urgency) for ladder in ladders.ladders for urgency in ladder.urgencies]
    for pair in set(named):
        if named.count(pair) > 1:
            yield ("ladders",), f"{pair[0]} of {pair[1]} has two ladders"
    needed = set(product(set(ReferralClock) - {ReferralClock.ACKNOWLEDGE}, Urgency))
    needed.add((ReferralClock.ACKNOWLEDGE, Urgency.U0))
    for clock, urgency in sorted(needed - set(named)):
        yield ("ladders",), f"{clock} of {urgency} has no ladder: it could fall silent"
    for at, ladder in enumerate(ladders.ladders):
        yield from _faults_of(ladder, ("ladders", at, "rungs"))
    yield from _faults_of_caravan(ladders)
    if ladders.fallback.asked is ladders.fallback.for_its_own:
        yield ("fallback",), "an agency cannot be asked in its own stead"


def _faults_of_caravan(ladders: Ladders) -> Iterator[Fault]:
    """It moves rungs; it neither takes one away nor makes one up, and it leaves those of a U0 alone."""
    named = [(ladder.clock, urgency) for ladder in ladders.caravan for urgency in ladder.urgencies]
    for at, ladder in enumerate(ladders.caravan):
        place: tuple[str | int, ...] = ("caravan", at)
        if Urgency.U0 in ladder.urgencies:
            yield (*place, "urgencies"), "caravan mode moves nothing of a U0"
        if any(named.count((ladder.clock, urgency)) > 1 for urgency in ladder.urgencies):
            yield place, f"{ladder.clock} has two ladders here for one class"
        yield from _faults_of(ladder, (*place, "rungs"))
        moved = [(rung.rung, rung.whom, rung.then) for rung in ladder.rungs]
        for usual in (one for one in ladders.ladders if one.clock is ladder.clock):
            if set(usual.urgencies) & set(ladder.urgencies) and moved != [
                (r.rung, r.whom, r.then) for r in usual.rungs
            ]:
                yield (*place, "rungs"), "the rungs, whom they tell and what follows are those of the usual ladder"


def _faults_of(ladder: Ladder, place: tuple[str | int, ...]) -> Iterator[Fault]:
    ends = [rung.then for rung in ladder.rungs if rung.then]
    wanted = {ReferralClock.DECIDE: ["expire"], ReferralClock.CONFIRM: ["close"]}.get(ladder.clock, [])
    if ends != wanted:
        yield place, f"{ladder.clock}: exactly one rung must say then: {wanted[0]}" if wanted else "nothing may follow"
    if len({rung.rung for rung in ladder.rungs}) < len(ladder.rungs):
        yield place, "two rungs share a name"
    for number, rung in enumerate(ladder.rungs):
        yield from _faults_of_rung(ladder.clock, rung, (*place, number))
    for one, other in pairwise(ladder.rungs):
        in_order = (one.at or 0) < (other.at or 0) or (one.after or NOTHING) < (other.after or NOTHING)
        if not in_order:
            yield place, "rungs stand in the order in which they are climbed"


def _faults_of_rung(clock: ReferralClock, rung: Rung, place: tuple[str | int, ...]) -> Iterator[Fault]:
    if (rung.after is None) == (rung.at is None):
        yield place, "a rung comes either after a time or at a share of it"
    if rung.at is not None and clock in FROM_THE_FACT:
        yield (*place, "at"), f"{clock} has no deadline to take a share of"
    if rung.then == "expire" and rung.at != 100:
        yield (*place, "at"), "a referral expires when its deadline passes: at 100"
    if not rung.whom and rung.then != "close":
        yield (*place, "whom"), "a rung tells somebody"
    if len(set(rung.whom)) < len(rung.whom):
        yield (*place, "whom"), "nobody is told twice"


def _last(place: tuple[str | int, ...]) -> str | int:
    return place[-1] if place else "policy"
