"""Which tasks a fact starts: the grounds, and the streams of the tasks. Pure: the policy is handed in."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from events.break_glass import BreakGlassOpened
from events.contract import Event, Recorded
from events.obligations import MilestoneRecorded
from events.referral import DisclosureRenewed, ReferralFact, ReferralProposed, ReferralReassessed, ReferralRequested
from events.vocabulary import Agency, Obligation, ObligationOwner, RiskCategory, SendingBasis, Urgency
from services.chassis.authorization.policy import EVERYWHERE
from services.chassis.ids import uuid5
from services.referral.obligations.policy import ChildAtRisk, ObligationPolicy, ObligationRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """A task that a fact starts, unless it is open already."""

    rule: ObligationRule
    owner: ObligationOwner
    agency: Agency | None
    referral: UUID
    shelter: str
    case: UUID
    again: bool
    """Whether it begins anew after people have done it: another opening, another milestone."""

    def streams(self) -> tuple[UUID, ...]:
        """The stream of the task; of a whole case's, then that of this referral alone, where the first is unknown."""
        own = uuid5(self.referral, f"obligation/{self.rule.code}/{self._whose}")
        return (task_of_case(self.case, self.rule), own) if self.rule.once == "case" else (own,)

    @property
    def _whose(self) -> str:
        return self.agency or "" if self.owner is ObligationOwner.AGENCY else self.owner


def task_of_case(case: UUID, rule: ObligationRule) -> UUID:
    """The stream of a task that a whole case has once."""
    return uuid5(case, f"obligation/{rule.code}")


def tasks_of_case(case: UUID, policy: ObligationPolicy) -> list[UUID]:
    """The streams of all such tasks, to be loaded before a fact may start one."""
    return [task_of_case(case, rule) for rule in policy.rules if rule.once == "case"]


def task_of_opener(case: UUID, referral: UUID, opened_for: str, policy: ObligationPolicy) -> list[UUID]:
    """The streams of the tasks that an opening of this referral starts, to be loaded before it is recorded."""
    return [
        stream
        for rule in policy.rules
        if rule.starts.opened
        for stream in _opener(rule, case, referral, opened_for, shelter="").streams()
    ]


def tasks_of_referral(case: UUID, referral: UUID, agency: Agency, policy: ObligationPolicy) -> list[UUID]:
    """The streams of the tasks that a milestone of this referral may start, to be loaded before it is recorded."""
    return [
        stream
        for rule in policy.rules
        if rule.starts.milestone
        for stream in _owned(rule, case, referral, agency, shelter="", again=True).streams()
    ]


def beginnings(
    fact: Recorded[Event], history: Sequence[Recorded[Event]], policy: ObligationPolicy
) -> Iterator[Beginning]:
    """The tasks that a fact starts.

    ``history``: that of the referral that the fact is of, the fact included; needed for a referral's own facts only.
    A report about a shelter's staff starts none.
    """
    event, case = fact.event, fact.case
    if case is None or getattr(event, "agency", None) is Agency.PEAS:
        return
    for rule in policy.rules:
        match event:
            case BreakGlassOpened() if rule.starts.opened:
                yield _opener(rule, case, event.referral, event.opened_for, event.shelter)
            case MilestoneRecorded() if event.milestone in rule.starts.milestone:
                yield _owned(rule, case, event.referral, event.agency, event.shelter, again=True)
            case ReferralFact() if _is_ground(rule, fact, history):
                yield _owned(rule, case, fact.stream, event.agency, event.shelter, again=False)


def starting_with(
    sent: Iterable[tuple[Agency, Urgency, Sequence[RiskCategory], SendingBasis]], policy: ObligationPolicy
) -> tuple[Obligation, ...]:
    """The tasks of a case whose referrals are sent like this: agency, class and categories as it is told, basis."""
    found = {
        rule.obligation
        for agency, urgency, categories, basis in sent
        for rule in policy.rules
        if agency is not Agency.PEAS
        and (basis in rule.starts.sent_on or _tells(rule.starts.child_at_risk, agency, urgency, categories))
    }
    return tuple(one for one in Obligation if one in found)


def _owned(rule: ObligationRule, case: UUID, referral: UUID, agency: Agency, shelter: str, *, again: bool) -> Beginning:
    owner = ObligationOwner(rule.owner)
    return Beginning(rule=rule, owner=owner, agency=agency, referral=referral, shelter=shelter, case=case, again=again)


def _opener(rule: ObligationRule, case: UUID, referral: UUID, opened_for: str, shelter: str) -> Beginning:
    """The task of the agency that opened sealed data, or of the programme's coordination."""
    by_coordinator = opened_for == EVERYWHERE
    return Beginning(
        rule=rule,
        owner=ObligationOwner.COORDINATOR if by_coordinator else ObligationOwner.AGENCY,
        agency=None if by_coordinator else Agency(opened_for),
        referral=referral,
        shelter=shelter,
        case=case,
        again=True,
    )


def _is_ground(rule: ObligationRule, fact: Recorded[Event], history: Sequence[Recorded[Event]]) -> bool:
    """Whether a referral's fact is the first that starts the rule's task: no other fact of the referral starts it."""
    known = [one for one in history if one.version <= fact.version]
    grounds: Iterator[int]
    if rule.starts.sent_on:
        grounds = (one.version for one in known if _rests_on(one.event, rule.starts.sent_on))
    elif rule.starts.child_at_risk is not None:
        grounds = _told_of_risk(rule.starts.child_at_risk, known)
    else:
        return False
    return next(grounds, None) == fact.version


def _rests_on(event: Event, bases: Sequence[SendingBasis]) -> bool:
    """Whether a referral is sent on one of these bases, or rests on it after the one that it was sent on."""
    return isinstance(event, ReferralRequested | DisclosureRenewed) and event.basis in bases


def _told_of_risk(risk: ChildAtRisk, history: Sequence[Recorded[Event]]) -> Iterator[int]:
    """The versions at which the agency of a sent referral knows of imminent risk.

    What is clear says so; no answer is read.
    """
    sent = False
    agency: Agency | None = None
    urgency: Urgency | None = None
    categories: tuple[RiskCategory, ...] = ()
    uncovered: tuple[RiskCategory, ...] = ()
    for fact in history:
        event = fact.event
        if isinstance(event, ReferralProposed | ReferralReassessed):
            agency, urgency, categories = event.agency, event.urgency, event.categories
        if isinstance(event, ReferralRequested):
            sent, urgency = True, event.urgency
        if isinstance(event, ReferralRequested | ReferralReassessed | DisclosureRenewed):
            uncovered = event.uncovered
        told = [one for one in categories if one not in uncovered]
        if sent and agency is not None and urgency is not None and _tells(risk, agency, urgency, told):
            yield fact.version


def _tells(risk: ChildAtRisk | None, agency: Agency, urgency: Urgency, categories: Sequence[RiskCategory]) -> bool:
    return risk is not None and (agency, urgency) == (risk.agency, risk.urgency) and risk.category in categories
