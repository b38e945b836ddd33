"""Compares what a case led to at the time with what it would have led to, and counts: no answer is in a count. Pure."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from events.vocabulary import Agency, ReferralClock, RiskCategory, Urgency
from services.referral.deadlines.calendar import day_in_mexico
from services.referral.deadlines.ports import Desks
from services.referral.what_if.domain import Fate, Outcome, PolicyGoneError, fates, replay
from services.referral.what_if.history import Asked, CaseHistory
from services.referral.what_if.policy import AsThen, Otherwise

WITHIN_A_DECISION = timedelta(seconds=5)
MOST_NAMED = 1_000
"""Cases that a result names at most; the others are counted all the same."""


class Change(NamedTuple):
    """What would have been otherwise of a case; the same of many cases is one group."""

    agencies_gained: tuple[Agency, ...] = ()
    agencies_lost: tuple[Agency, ...] = ()
    categories_added: tuple[RiskCategory, ...] = ()
    categories_lost: tuple[RiskCategory, ...] = ()
    urgency_before: Urgency | None = None
    """``None`` of both: it stays, or there is no referral."""
    urgency_after: Urgency | None = None
    sent_gained: tuple[Agency, ...] = ()
    """Agencies that the rules name in both, and that it would have been sent to, whereas it waited."""
    sent_lost: tuple[Agency, ...] = ()


NO_CHANGE = Change()


class Fated(NamedTuple):
    """One deadline of one referral, by both policies; ``None``: there is none by that policy."""

    agency: Agency
    clock: ReferralClock
    before: Fate | None
    after: Fate | None


@dataclass
class Tally:
    """Counts over cases. Tallies of parts add up to that of the whole."""

    compared: int = 0
    erased: int = 0
    """Their keys were destroyed: what they would have led to nobody can know."""
    lost: int = 0
    """Their keys were lost, or their answers cannot be read for another reason."""
    not_reproduced: int = 0
    """By the policies of the time the replay does not give what was decided at the time: they are not compared."""
    deadlines_differ: int = 0
    """Referrals of compared cases whose deadlines of the time are not reproduced."""
    changes: Counter[Change] = field(default_factory=Counter)
    named: dict[UUID, Change] = field(default_factory=dict)
    """Cases that would have gone elsewhere, by their pseudonym, as far as they are named."""
    before: Counter[tuple[Agency, date]] = field(default_factory=Counter)
    """Referrals sent, by agency and day in Mexico."""
    after: Counter[tuple[Agency, date]] = field(default_factory=Counter)
    deadlines: Counter[Fated] = field(default_factory=Counter)

    def add(self, other: "Tally") -> None:
        """Adds another part's counts."""
        for name in ("compared", "erased", "lost", "not_reproduced", "deadlines_differ"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("changes", "before", "after", "deadlines"):
            getattr(self, name).update(getattr(other, name))
        for case, change in other.named.items():
            if len(self.named) < MOST_NAMED:
                self.named[case] = change


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Compares cases, one after another."""

    then: AsThen
    otherwise: Otherwise
    desks: Desks
    until: datetime
    """The moment up to which history is known."""
    names_cases: bool = False

    def add(self, case: UUID, history: CaseHistory, tally: Tally) -> None:
        """Compares one case and counts what is otherwise."""
        try:
            before = replay(history, self.then, self.desks)
            if not reproduces(before, history):
                tally.not_reproduced += 1
                return
            after = replay(history, self.otherwise, self.desks)
        except PolicyGoneError:
            tally.not_reproduced += 1
            return
        tally.compared += 1
        tally.deadlines_differ += sum(_deadlines_differ(before, agency, one) for agency, one in history.asked.items())
        change = change_between(before, after)
        if change != NO_CHANGE:
            tally.changes[change] += 1
            if self.names_cases and len(tally.named) < MOST_NAMED:
                tally.named[case] = change
        self._count(before, after, history.asked, tally)

    def _count(self, before: Outcome, after: Outcome, asked: Mapping[Agency, Asked], tally: Tally) -> None:
        for outcome, load in ((before, tally.before), (after, tally.after)):
            load.update(
                (agency, day_in_mexico(route.sent_at))
                for agency, route in outcome.routes.items()
                if route.sent_at is not None
            )
        for agency in before.agencies | after.agencies:
            found = [
                {} if route is None else fates(route, asked.get(agency), self.until)
                for route in (before.routes.get(agency), after.routes.get(agency))
            ]
            for clock in found[0] | found[1]:
                tally.deadlines[Fated(agency, clock, found[0].get(clock), found[1].get(clock))] += 1


def change_between(before: Outcome, after: Outcome) -> Change:
    """What is otherwise."""
    both = before.agencies & after.agencies
    sent = [{agency for agency in both if one.routes[agency].sent_at is not None} for one in (before, after)]
    moved = before.urgency != after.urgency
    return Change(
        agencies_gained=tuple(sorted(after.agencies - before.agencies)),
        agencies_lost=tuple(sorted(before.agencies - after.agencies)),
        categories_added=tuple(sorted(after.categories - before.categories)),
        categories_lost=tuple(sorted(before.categories - after.categories)),
        urgency_before=before.urgency if moved else None,
        urgency_after=after.urgency if moved else None,
        sent_gained=tuple(sorted(sent[1] - sent[0])),
        sent_lost=tuple(sorted(sent[0] - sent[1])),
    )


def reproduces(outcome: Outcome, history: CaseHistory) -> bool:
    """Whether a replay by the policies of the time gives what was recorded: the control of every comparison.

    Compared are each assessment and, as the case was opened, each proposal and whether it was sent at once.
    """
    runs = [moment for moment in history.moments if moment.runs_the_rules]
    for moment, found in zip(runs, outcome.assessments, strict=True):
        if moment.assessed is None:
            return False
        said = moment.assessed.event
        held_back = [(one.category, one.reason) for one in said.suppressed]
        again = [(one.category, one.reason) for one in found.suppressed]
        if (said.lead, said.categories, held_back) != (found.lead, found.categories, again):
            return False
    opened = history.moments[0].fact.id
    recorded = {}
    for agency, asked in history.asked.items():
        proposed, requested = asked.proposed, asked.requested
        if proposed is not None and proposed.cause == opened:
            at_once = requested is not None and requested.cause == opened
            told = requested.event.urgency if at_once and requested is not None else None
            recorded[agency] = (proposed.event.urgency, frozenset(proposed.event.categories), told)
    return recorded == outcome.at_first


def _deadlines_differ(before: Outcome, agency: Agency, asked: Asked) -> bool:
    route = before.routes.get(agency)
    if asked.requested is None or route is None or route.sent_at != asked.sent_at:
        return False
    then, again = (
        asked.requested.event.deadlines.model_dump(),
        {} if route.as_sent is None else route.as_sent.model_dump(),
    )
    return any(_differ(at, again.get(name)) for name, at in then.items())


def _differ(then: datetime | None, again: datetime | None) -> bool:
    """Whether two deadlines differ: the service looked at its clock again within one decision."""
    if then is None or again is None:
        return then is not again
    return abs(then - again) > WITHIN_A_DECISION
