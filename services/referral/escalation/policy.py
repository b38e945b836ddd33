"""The escalation policy as data (``policy/ladders.yaml``), validated; its version contains a hash of the content."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import pairwise, product
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from events.vocabulary import Agency, Duty, ReferralClock, Urgency
from services.programme.policy_file import Fault, PolicyFile, read

POLICY = Path(__file__).parents[1] / "policy" / "ladders.yaml"
WITHOUT_DEADLINE = frozenset(
    {ReferralClock.REROUTE, ReferralClock.CONFIRM, ReferralClock.CONTEST, ReferralClock.FOLLOW_UP}
)
"""Clocks without a deadline: they run from the event that started them."""

ZERO = timedelta(0)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class EscalationStep(_Part):
    """One step: when it is due on its clock, whom it notifies and what else it does."""

    name: str = Field(alias="rung", pattern="^[a-z][a-z_]*$")
    after: timedelta | None = Field(default=None, ge=timedelta(0))
    before: timedelta | None = Field(default=None, gt=timedelta(0))
    """How long before the end of the clock."""
    every: timedelta | None = Field(default=None, gt=timedelta(0))
    """Again and again, by the calendar, for as long as the clock runs."""
    every_working_days: int | None = Field(default=None, gt=0)
    """The same, by working days."""
    only: Literal["in_service", "with_a_desk", "waiting"] | None = None
    """Of the follow-up: which referrals it is for."""
    at: int | None = Field(default=None, gt=0)
    """Per cent of the time from the start of the clock to its deadline."""
    targets: tuple[Duty, ...] = Field(alias="whom")
    then: Literal["expire", "close", "lapse", "withdraw"] | None = None

    @property
    def is_repeated(self) -> bool:
        """Whether it fires again and again."""
        return self.every is not None or self.every_working_days is not None


class EscalationPath(_Part):
    """The steps of one clock, for some classes of urgency, in the order in which they are due."""

    clock: ReferralClock
    urgencies: tuple[Urgency, ...] = Field(min_length=1)
    steps: tuple[EscalationStep, ...] = Field(alias="rungs", min_length=1)


class _Fallback(_Part):
    asked: Agency
    for_its_own: Agency


class EscalationPolicy(_Part):
    """The escalation paths of every clock and class, and which agency is asked in the stead of a silent one."""

    declared: str = Field(alias="version", min_length=1)
    paths: tuple[EscalationPath, ...] = Field(alias="ladders")
    caravan: tuple[EscalationPath, ...] = ()
    """The steps that are due at another moment in caravan mode. A U0's never are."""
    fallback: _Fallback
    _hash: str = PrivateAttr(default="")

    @property
    def version(self) -> str:
        """The declared version and a hash of the content, as events name the policy."""
        return f"{self.declared}-{self._hash}"

    def of(self, urgency: Urgency) -> Iterator[EscalationPath]:
        """The paths of a class of urgency, in the order of the file."""
        return (path for path in self.paths if urgency in path.urgencies)

    def moved(self, clock: ReferralClock, urgency: Urgency, name: str) -> EscalationStep | None:
        """The step as it is in caravan mode; ``None`` if caravan mode does not move it."""
        if urgency is Urgency.U0:
            return None
        paths = (one for one in self.caravan if one.clock is clock and urgency in one.urgencies)
        return next((step for path in paths for step in path.steps if step.name == name), None)

    def time_to_renew(self, urgency: Urgency) -> timedelta:
        """How long what an agency has taken waits for a consent to be given again, after the last one ran out."""
        steps = (step for path in self.of(urgency) for step in path.steps if step.then == "withdraw")
        return next((step.after for step in steps if step.after is not None), ZERO)

    def asked_for(self, agency: Agency) -> Agency:
        """The agency whose desk is asked when this agency's is silent."""
        return self.fallback.for_its_own if agency is self.fallback.asked else self.fallback.asked

    @classmethod
    def from_file(cls, file: PolicyFile) -> "EscalationPolicy":
        """Validates the file and adds its hash.

        Raises:
            PolicyFaultsError: with every fault of shape or, if there is none, of meaning.
        """
        policy = file.validated(cls, _faults)
        policy._hash = file.content_hash  # noqa: SLF001 - its own
        return policy


def load_escalation_policy(path: Path | None = None) -> EscalationPolicy:
    """Reads and validates the policy file (default: the programme's); not cached.

    Raises:
        PolicyFaultsError: it has faults, each given as ``file:line: what is wrong``.
    """
    return EscalationPolicy.from_file(read(path or POLICY))


def _faults(policy: EscalationPolicy) -> Iterator[Fault]:
    named = [(path.clock, urgency) for path in policy.paths for urgency in path.urgencies]
    for pair in set(named):
        if named.count(pair) > 1:
            yield ("ladders",), f"{pair[0]} of {pair[1]} has two ladders"
    needed = set(product(set(ReferralClock) - {ReferralClock.ACKNOWLEDGE}, Urgency))
    needed.add((ReferralClock.ACKNOWLEDGE, Urgency.U0))
    for clock, urgency in sorted(needed - set(named)):
        yield ("ladders",), f"{clock} of {urgency} has no ladder: it could fall silent"
    for at, path in enumerate(policy.paths):
        yield from _path_faults(path, ("ladders", at, "rungs"))
    yield from _caravan_faults(policy)
    if policy.fallback.asked is policy.fallback.for_its_own:
        yield ("fallback",), "an agency cannot be asked in its own stead"


def _caravan_faults(policy: EscalationPolicy) -> Iterator[Fault]:
    """Caravan mode moves steps: it adds none, drops none and moves none of a U0."""
    named = [(path.clock, urgency) for path in policy.caravan for urgency in path.urgencies]
    for at, path in enumerate(policy.caravan):
        place: tuple[str | int, ...] = ("caravan", at)
        if Urgency.U0 in path.urgencies:
            yield (*place, "urgencies"), "caravan mode moves nothing of a U0"
        if any(named.count((path.clock, urgency)) > 1 for urgency in path.urgencies):
            yield place, f"{path.clock} has two ladders here for one class"
        yield from _path_faults(path, (*place, "rungs"))
        moved = [(step.name, step.targets, step.then) for step in path.steps]
        for usual in (one for one in policy.paths if one.clock is path.clock):
            if set(usual.urgencies) & set(path.urgencies) and moved != [
                (step.name, step.targets, step.then) for step in usual.steps
            ]:
                yield (*place, "rungs"), "the rungs, whom they notify and what follows are those of the usual ladder"


_ENDS: Mapping[ReferralClock, list[str]] = {
    ReferralClock.DECIDE: ["expire"],
    ReferralClock.CONFIRM: ["close"],
    ReferralClock.CONSENT: ["lapse", "withdraw"],
}
"""What becomes of a referral as its clocks run out."""
_FOLLOWED_UP = {"in_service", "with_a_desk", "waiting"}
_REPEATING = frozenset({ReferralClock.CHANGE, ReferralClock.CONTEST, ReferralClock.FOLLOW_UP})


def _comes_before(one: EscalationStep, other: EscalationStep) -> bool:
    """Whether two rungs of one clock are in order: what is due again and again comes last."""
    if one.is_repeated or other.is_repeated:
        return other.is_repeated and not one.is_repeated
    earlier = (one.before or ZERO) > (other.before or ZERO)
    return earlier or (one.at or 0) < (other.at or 0) or (one.after or ZERO) < (other.after or ZERO)


def _path_faults(path: EscalationPath, place: tuple[str | int, ...]) -> Iterator[Fault]:
    ends = [step.then for step in path.steps if step.then]
    wanted = _ENDS.get(path.clock, [])
    if ends != wanted:
        yield place, f"{path.clock}: the rungs must say then: {', '.join(wanted)}" if wanted else "nothing may follow"
    if path.clock is ReferralClock.FOLLOW_UP and {step.only for step in path.steps} != _FOLLOWED_UP:
        yield place, f"follow_up has one rung each for {', '.join(sorted(_FOLLOWED_UP))}"
    if len({step.name for step in path.steps}) < len(path.steps):
        yield place, "two rungs share a name"
    for number, step in enumerate(path.steps):
        yield from _step_faults(path.clock, step, (*place, number))
    for one, other in pairwise(path.steps):
        in_order = path.clock is ReferralClock.FOLLOW_UP or _comes_before(one, other)
        if not in_order:
            yield place, "rungs are in the order in which they are due"


def _step_faults(clock: ReferralClock, step: EscalationStep, place: tuple[str | int, ...]) -> Iterator[Fault]:
    if sum(one is not None for one in (step.after, step.at, step.before, step.every, step.every_working_days)) != 1:
        yield place, "a rung is due after a time, at a share of it, before its end, or again and again"
    if step.before is not None and clock is not ReferralClock.CONSENT:
        yield (*place, "before"), "only of a consent that runs out is a rung due before the end"
    if step.after == ZERO and clock is not ReferralClock.CONSENT:
        yield (*place, "after"), "a rung is due later than its clock begins"
    if (step.every is not None or step.every_working_days is not None) and clock not in _REPEATING:
        yield place, f"no rung of {clock} is due again and again"
    if (step.only is not None) != (clock is ReferralClock.FOLLOW_UP):
        yield (*place, "only"), "only says which referrals a rung of the follow-up is for"
    if step.at is not None and clock in WITHOUT_DEADLINE:
        yield (*place, "at"), f"{clock} has no deadline to take a share of"
    if step.then == "expire" and step.at != 100:
        yield (*place, "at"), "a referral expires when its deadline passes: at 100"
    if not step.targets and step.then != "close":
        yield (*place, "whom"), "a rung notifies somebody"
    if len(set(step.targets)) < len(step.targets):
        yield (*place, "whom"), "nobody is notified twice"
