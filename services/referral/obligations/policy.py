"""The obligation policy as data (``policy/duties.yaml``), validated; its version contains a hash of the content."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from events.referral_states import CLOSED
from events.vocabulary import (
    Agency,
    Duty,
    Milestone,
    Obligation,
    ObligationOwner,
    ReferralState,
    RestrictedRecipient,
    RiskCategory,
    SendingBasis,
    Urgency,
)
from services.programme.policy_file import Fault, PolicyFile, read

POLICY = Path(__file__).parents[1] / "policy" / "duties.yaml"
OWN_LADDER: Mapping[ObligationOwner, frozenset[Duty]] = {
    ObligationOwner.SHELTER: frozenset({Duty.SHELTER, Duty.SHELTER_COORDINATOR, Duty.COORDINATOR, Duty.STEERING}),
    ObligationOwner.AGENCY: frozenset({Duty.DESK, Duty.ON_CALL, Duty.SUPERVISOR, Duty.COORDINATOR, Duty.STEERING}),
    ObligationOwner.COORDINATOR: frozenset({Duty.COORDINATOR, Duty.STEERING}),
}
"""Whom a ladder may name: no desk is reminded of a shelter's task, nor the other way round."""
OVERDUE = 100
"""Per cent."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class ChildAtRisk(_Part):
    """A referral of a child that tells imminent risk by what is clear of it."""

    agency: Agency
    urgency: Urgency
    category: RiskCategory


class Starts(_Part):
    """The fact that a task begins with; exactly one kind of it."""

    sent_on: tuple[SendingBasis, ...] = ()
    opened: bool = False
    milestone: tuple[Milestone, ...] = ()
    child_at_risk: ChildAtRisk | None = None


class ObligationRule(_Part):
    """One task: how it begins, whose it is, its deadline and what ends it."""

    code: str = Field(pattern="^[a-z][a-z_]*$")
    obligation: Obligation
    starts: Starts
    once: Literal["case", "referral"]
    owner: Literal["shelter", "agency", "coordinator", "opener"]
    body: str | None = Field(default=None, min_length=1)
    within: timedelta | None = Field(default=None, gt=timedelta(0), le=timedelta(days=365))
    days: int | None = Field(default=None, gt=0, le=365)
    working_days: int | None = Field(default=None, gt=0, le=365)
    said_to_the: Literal["hour", "day"]
    urgency: Urgency
    ends_with: tuple[ReferralState, ...]


class ReminderStep(_Part):
    """One step of a ladder: when it is due, and whom it notifies."""

    name: str = Field(alias="rung", pattern="^[a-z][a-z_]*$")
    at: int = Field(gt=0, le=1000)
    """Per cent of the time from the start of the task to its deadline."""
    targets: tuple[Duty, ...] = Field(alias="whom", min_length=1)


class ObligationPolicy(_Part):
    """Every task and the ladders of its owners."""

    declared: str = Field(alias="version", min_length=1)
    rules: tuple[ObligationRule, ...] = Field(alias="duties", min_length=1)
    ladders: Mapping[ObligationOwner, tuple[ReminderStep, ...]]
    _hash: str = PrivateAttr(default="")

    @property
    def version(self) -> str:
        """The declared version and a hash of the content, as events name the policy."""
        return f"{self.declared}-{self._hash}"

    def rule(self, code: str) -> ObligationRule | None:
        """The rule of a code; ``None`` if the policy in force no longer has it."""
        return next((one for one in self.rules if one.code == code), None)

    @classmethod
    def from_file(cls, file: PolicyFile) -> "ObligationPolicy":
        """Validates the file and adds its hash.

        Raises:
            PolicyFaultsError: with every fault of shape or, if there is none, of meaning.
        """
        policy = file.validated(cls, _faults)
        policy._hash = file.content_hash  # noqa: SLF001 - its own
        return policy


def load_obligations(path: Path | None = None) -> ObligationPolicy:
    """Reads and validates the policy file (default: the programme's); not cached.

    Raises:
        PolicyFaultsError: it has faults, each given as ``file:line: what is wrong``.
    """
    return ObligationPolicy.from_file(read(path or POLICY))


@cache
def programmes_obligations() -> ObligationPolicy:
    """The policy that comes with the program, read once."""
    return load_obligations()


def _faults(policy: ObligationPolicy) -> Iterator[Fault]:
    for obligation in Obligation:
        if obligation not in {one.obligation for one in policy.rules}:
            yield ("duties",), f"{obligation} has no rule: nobody would be reminded of it"
    for milestone in Milestone:
        if not any(milestone in one.starts.milestone for one in policy.rules):
            yield ("duties",), f"nothing starts with {milestone}"
    if len({one.code for one in policy.rules}) < len(policy.rules):
        yield ("duties",), "two rules share a code"
    for number, rule in enumerate(policy.rules):
        yield from _rule_faults(rule, ("duties", number))
    for owner in ObligationOwner:
        if owner not in policy.ladders:
            yield ("ladders",), f"{owner} has no ladder: a task could fall silent"
    for owner, steps in policy.ladders.items():
        yield from _ladder_faults(owner, steps, ("ladders", owner))


def _rule_faults(rule: ObligationRule, place: tuple[str | int, ...]) -> Iterator[Fault]:
    starts = rule.starts
    kinds = (starts.sent_on, starts.opened, starts.milestone, starts.child_at_risk)
    if sum(map(bool, kinds)) != 1:
        yield (*place, "starts"), "a task starts with exactly one kind of fact"
    if sum(one is not None for one in (rule.within, rule.days, rule.working_days)) != 1:
        yield place, "a deadline is one of within, days or working_days"
    if rule.within is None and rule.said_to_the != "day":
        yield (*place, "said_to_the"), "what is counted in days is said to the day"
    if (rule.owner == "opener") != starts.opened:
        yield (*place, "owner"), "whoever opened sealed data, and nobody else, is the opener"
    if rule.once == "case" and (rule.owner != "shelter" or not starts.sent_on):
        yield (*place, "once"), "only a task of the shelter that begins with a sending is the whole case's"
    yield from _start_faults(starts, (*place, "starts"))
    if rule.body is not None and (rule.body in set(RestrictedRecipient) or rule.body in set(Agency)):
        yield (*place, "body"), "no task is about a restricted recipient, and an agency is no national body"
    if not set(rule.ends_with) <= CLOSED:
        yield (*place, "ends_with"), "only a closed referral ends a task"
    if len(set(rule.ends_with)) < len(rule.ends_with):
        yield (*place, "ends_with"), "a state is named once"


def _start_faults(starts: Starts, place: tuple[str | int, ...]) -> Iterator[Fault]:
    if SendingBasis.MANDATORY_REPORT in starts.sent_on or SendingBasis.NOT_PERSONAL in starts.sent_on:
        yield (*place, "sent_on"), "what is not about a person starts no task about them"
    if starts.child_at_risk is not None and starts.child_at_risk.agency is Agency.PEAS:
        yield (*place, "child_at_risk"), "a report about staff starts no task"


def _ladder_faults(
    owner: ObligationOwner, steps: tuple[ReminderStep, ...], place: tuple[str | int, ...]
) -> Iterator[Fault]:
    if not any(step.at >= OVERDUE and Duty.COORDINATOR in step.targets for step in steps):
        yield place, "the coordinator hears of an overdue task"
    if len({step.name for step in steps}) < len(steps):
        yield place, "two rungs share a name"
    if any(one.at >= other.at for one, other in pairwise(steps)):
        yield place, "rungs are in the order in which they are due"
    for number, step in enumerate(steps):
        if not set(step.targets) <= OWN_LADDER[owner]:
            yield (*place, number, "whom"), f"a task of the {owner} is theirs and the coordinator's to hear of"
        if len(set(step.targets)) < len(step.targets):
            yield (*place, number, "whom"), "nobody is notified twice"
