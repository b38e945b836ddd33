"""Decides a case again, moment by moment, by the policies given: which agencies, how urgent, by when. Pure.

Only what rules decide is decided again. What people did stays as it happened, at the time after sending at which it
happened (ADR 0044).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from events.referral import Deadlines
from events.vocabulary import Agency, ReferralClock, RiskCategory, Urgency
from services.referral.consent.domain import Allowed, basis
from services.referral.deadlines.calendar import day_in_mexico
from services.referral.deadlines.pauses import shifted_by_pause
from services.referral.deadlines.policy import Clocks
from services.referral.deadlines.ports import EVERY_HOUR, Desks, Hours
from services.referral.lifecycle.standing import NO_CONSENT_NEEDED
from services.referral.routing.domain import Assessment, Proposal, assess
from services.referral.routing.policy import RuleSet
from services.referral.what_if.history import Asked, CaseHistory, Moment
from services.referral.what_if.policy import ByPolicy

__all__ = ["CLOCKS", "Fate", "Outcome", "PolicyGoneError", "Route", "fates", "replay"]

CLOCKS = (ReferralClock.ACKNOWLEDGE, ReferralClock.DECIDE, ReferralClock.SERVE)
"""The clocks of a desk that are compared."""
ZERO = timedelta(0)


class PolicyGoneError(Exception):
    """The rules or deadlines of the time cannot be read any more, so that nothing can be compared with them."""


class Fate(StrEnum):
    """What becomes of one deadline."""

    KEPT = "kept"
    MISSED = "missed"
    UNKNOWN = "unknown"
    """The agency was never asked, or it was sent on before: nobody knows how long its desk would have taken."""


@dataclass(slots=True)
class Route:
    """What the rules lead to at one agency, over the whole history of a case: it grows and never shrinks."""

    categories: frozenset[RiskCategory]
    """Those for which the agency was first named."""
    urgency: Urgency
    sent_at: datetime | None = None
    told_urgency: Urgency | None = None
    """The urgency that the agency was told, of what a consent covers."""
    deadlines: Deadlines | None = None
    as_sent: Deadlines | None = None
    """Its deadlines before anything changed them."""
    hours: Hours = EVERY_HOUR


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a case leads to by one policy."""

    routes: Mapping[Agency, Route]
    categories: frozenset[RiskCategory]
    assessments: Sequence[Assessment] = field(default_factory=list)
    """Of each moment at which the rules were run."""
    at_first: Mapping[Agency, tuple[Urgency, frozenset[RiskCategory], Urgency | None]] = field(default_factory=dict)
    """Of each agency as the case was opened: the proposal, and the urgency as told if it was sent at once."""

    @property
    def agencies(self) -> frozenset[Agency]:
        """The agencies that the rules name."""
        return frozenset(self.routes)

    @property
    def urgency(self) -> Urgency | None:
        """The most urgent of its referrals; ``None``: there is none."""
        return min((one.urgency for one in self.routes.values()), default=None)


def replay(case: CaseHistory, by: ByPolicy, desks: Desks) -> Outcome:
    """Decides the case again.

    Raises:
        PolicyGoneError: the policies of a moment cannot be read any more.
    """
    routes: dict[Agency, Route] = {}
    assessments, at_first = [], {}
    for moment in case.moments:
        rules = by.rules(moment)
        if rules is None:
            raise PolicyGoneError
        found = _assessed(moment, rules)
        if moment.runs_the_rules:
            assessments.append(found)
        for proposal in found.proposals:
            deciding = _Deciding(moment, found, by, desks, case.asked.get(proposal.agency))
            deciding.decide(proposal, routes)
        if moment is case.moments[0]:
            at_first = {agency: (one.urgency, one.categories, one.told_urgency) for agency, one in routes.items()}
    _sent_by_people(case, by, desks, routes)
    fired = frozenset(code for one in assessments for code in one.categories)
    return Outcome(routes, fired, assessments, at_first)


def fates(route: Route, asked: Asked | None, until: datetime) -> dict[ReferralClock, Fate]:
    """What becomes of the deadlines of a route that was sent, if its desk answers as long after sending as it did.

    ``until``: the moment up to which history is known; what has no answer by then has none.
    """
    if route.sent_at is None or route.deadlines is None:
        return {}
    if asked is None or asked.sent_at is None:
        return dict.fromkeys(CLOCKS[:2], Fate.UNKNOWN)
    later = route.sent_at - asked.sent_at
    seen = _first(asked.seen_at, asked.ended_at)
    decided = _first(asked.decided_at, asked.ended_at)
    found = {
        ReferralClock.ACKNOWLEDGE: _fate(route.deadlines.acknowledge_by, seen, later, asked, until),
        ReferralClock.DECIDE: _fate(_decide_by(route, asked, later), decided, later, asked, until),
    }
    if asked.accepted:
        served = _first(asked.served_at, asked.ended_at)
        found[ReferralClock.SERVE] = _fate(route.deadlines.serve_by, served, later, asked, until)
    return found


def _fate(by: datetime, done: datetime | None, later: timedelta, asked: Asked, until: datetime) -> Fate:
    if asked.frozen_at is not None and by > asked.frozen_at + later:
        by += asked.stood
    if done is None and asked.cut_off_at is not None:
        return Fate.MISSED if asked.cut_off_at + later > by else Fate.UNKNOWN
    at = until if done is None else done + later
    return Fate.MISSED if at > by else Fate.KEPT


def _decide_by(route: Route, asked: Asked, later: timedelta) -> datetime:
    assert route.deadlines is not None  # noqa: S101 - the caller looked
    return shifted_by_pause(
        route.deadlines.decide_by,
        route.deadlines,
        route.hours,
        clocks_from=route.sent_at,
        asked_at=None if asked.asked_at is None else asked.asked_at + later,
        answered_at=None if asked.answered_at is None else asked.answered_at + later,
    )


def _first(*moments: datetime | None) -> datetime | None:
    return min((one for one in moments if one is not None), default=None)


def _assessed(moment: Moment, rules: RuleSet) -> Assessment:
    found = moment.assessments.get(rules.version)
    if found is None:
        on = day_in_mexico(moment.file.answered_at)
        found = moment.assessments[rules.version] = assess(moment.file.answers, rules, on)
    return found


@dataclass(frozen=True, slots=True)
class _Deciding:
    """Decides about one agency at one moment."""

    moment: Moment
    found: Assessment
    by: ByPolicy
    desks: Desks
    asked: Asked | None

    def decide(self, proposal: Proposal, routes: dict[Agency, Route]) -> None:
        route = routes.get(proposal.agency)
        if route is None and not self.moment.runs_the_rules:
            return  # only an assessment proposes
        raised = False
        if route is None:
            route = routes[proposal.agency] = Route(frozenset(proposal.categories), proposal.urgency)
        elif self.moment.runs_the_rules:
            raised = proposal.urgency < route.urgency
            route.urgency = min(route.urgency, proposal.urgency)
        if route.sent_at is None:
            self._send(proposal, route)
        elif self.moment.runs_the_rules and self._undecided:
            self._reschedule(proposal, route, raised=raised)

    def _send(self, proposal: Proposal, route: Route) -> None:
        """Sends it if it may be sent now, at the second at which it was sent if it was."""
        told = self._told(proposal)
        if told is None:
            return
        at, hours = self.moment.at, None
        requested = None if self.asked is None else self.asked.requested
        if requested is not None and requested.cause == self.moment.fact.id:
            at = requested.recorded_at
            if requested.event.urgency is told.urgency and requested.event.desk is not None:
                hours = self.desks.hours_of(requested.event.desk)  # also of a desk that stood in: closed, or full
        send(route, told, self.moment, at, self._clocks(at), hours or self._hours(told, at))

    def _reschedule(self, proposal: Proposal, route: Route, *, raised: bool) -> None:
        """As an amendment does: never later, unless the planned departure itself changed."""
        told, clocks, now = self._told(proposal), self._clocks(self.moment.at), self.moment.at
        if told is None or route.deadlines is None or route.sent_at is None or route.told_urgency is None:
            return
        said: dict[str, Any] = {"answers": _screening(self.moment), "occurred_at": self.moment.file.answered_at}
        if raised and told.urgency < route.told_urgency:
            hours = self._hours(told, now)
            new = clocks.deadlines(told.urgency, told.categories, **said, sent_at=now, hours=hours)
            route.deadlines = clocks.earlier(route.deadlines, new, told.urgency, hours)
            route.told_urgency = told.urgency
        elif self.moment.file.departure_changed:
            new = clocks.again(
                route.told_urgency, told.categories, **said, sent_at=route.sent_at, now=now, hours=route.hours
            )
            first = min(route.deadlines.acknowledge_by, new.decide_by)
            route.deadlines = new.model_copy(update={"acknowledge_by": first})

    @property
    def _undecided(self) -> bool:
        asked = self.asked
        done = None if asked is None else _first(asked.decided_at, asked.ended_at, asked.cut_off_at)
        return done is None or done > self.moment.at

    def _told(self, proposal: Proposal) -> Proposal | None:
        """What the agency would be told; ``None``: it waits."""
        file = self.moment.file
        answer = basis(proposal, self.found, file.answers, file.receipts, self.moment.at)
        if not isinstance(answer, Allowed):
            return None
        held = answer.basis not in NO_CONSENT_NEEDED and file.is_on_hold(proposal.agency)
        return None if held else answer.told(proposal)

    def _hours(self, told: Proposal, at: datetime) -> Hours:
        return self.desks.answering(told.agency, self.moment.file.shelter, told.urgency, at).hours

    def _clocks(self, at: datetime) -> Clocks:
        return clocks_at(self.by, at)


def clocks_at(by: ByPolicy, at: datetime) -> Clocks:
    """The deadlines of a moment.

    Raises:
        PolicyGoneError: they cannot be read any more.
    """
    clocks = by.clocks(at)
    if clocks is None:
        raise PolicyGoneError
    return clocks


def send(route: Route, told: Proposal, moment: Moment, at: datetime, clocks: Clocks, hours: Hours) -> None:
    """Sets the clocks of a route that is sent."""
    route.sent_at, route.told_urgency, route.hours = at, told.urgency, hours
    route.deadlines = route.as_sent = clocks.deadlines(
        told.urgency,
        told.categories,
        _screening(moment),
        occurred_at=moment.file.answered_at,
        sent_at=at,
        hours=hours,
    )


def _sent_by_people(case: CaseHistory, by: ByPolicy, desks: Desks, routes: Mapping[Agency, Route]) -> None:
    """What somebody sent by an exceptional access is sent then, as far as the rules name the agency."""
    for agency, route in routes.items():
        asked = case.asked.get(agency)
        if route.sent_at is not None or asked is None or asked.requested is None or not asked.by_people:
            continue
        at = asked.requested.recorded_at
        moment = [one for one in case.moments if one.at <= at or one is case.moments[0]][-1]
        rules = by.rules(moment)
        proposals = () if rules is None else _assessed(moment, rules).proposals
        proposal = next((one for one in proposals if one.agency is agency), None)
        if proposal is not None:
            desk = asked.requested.event.desk
            hours = None if desk is None else desks.hours_of(desk)
            send(route, proposal, moment, at, clocks_at(by, at), hours or EVERY_HOUR)


def _screening(moment: Moment) -> Mapping[str, object]:
    screening: Mapping[str, object] = moment.file.answers.get("screening", {})
    return screening
