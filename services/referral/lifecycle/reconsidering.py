"""Looks anew at what was declined or expired, after the answers were amended or the person decided (domain.md §6)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from events.contract import Event, Recorded
from events.referral_states import OPEN
from events.vocabulary import Agency, ReferralState, Urgency
from services.chassis.errors import NotFoundError
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.ids import uuid5
from services.referral.assessment import Policies
from services.referral.case_file.domain import read_case
from services.referral.lifecycle.case_referrals import CaseReferrals
from services.referral.lifecycle.domain import Referral, fold
from services.referral.lifecycle.policy import ReroutingPolicy
from services.referral.lifecycle.replacement import Replacement

CANNOT_WAIT = (Urgency.U0, Urgency.U1)
"""An expired referral of these classes goes to another agency by itself, where there is a basis."""


@dataclass(frozen=True, slots=True)
class Reconsideration:
    """A reaction: sends on what has found no way before, if there is one now."""

    policies: Policies
    rerouting: ReroutingPolicy

    def __call__(self, fact: Recorded[Any], work: UnitOfWork) -> None:
        """Reroutes each referral of the case for which the rules find another agency by now."""
        earlier = [one for one in work.upstream.get(fact.stream, ()) if one.version < fact.version]
        referrals = CaseReferrals(earlier[0].id, work)
        without_a_way = [one for one in referrals.all() if self._is_to_be_sent_on(one)]
        if without_a_way:
            self._send_on(without_a_way, referrals, [*earlier, fact], work)

    def _send_on(
        self, found: list[Referral], referrals: CaseReferrals, facts: list[Recorded[Event]], work: UnitOfWork
    ) -> None:
        file = read_case(facts, work.keys)
        if file is None:
            return  # the person was erased: nothing is left to send
        for referral in found:
            replacement = Replacement(
                policies=self.policies,
                file=file,
                assessment=self.policies.assessment(file),
                work=work,
                cause=facts[-1],
                actor=f"rules:{self.rerouting.version}",
                others=self._others(referral, referrals),
            )
            ask = referral.state is ReferralState.DECLINED
            try:
                to = replacement.find(referral, self.rerouting, earlier=set(_earlier(referral, work)), ask=ask)
                if to is not None:
                    replacement.reroute(referral, uuid5(referral.id, "rerouted"), to)
            except NotFoundError:
                continue  # with the present answers, no rule finds any of its grounds

    def _others(self, referral: Referral, referrals: CaseReferrals) -> dict[Agency, Referral]:
        return {one.agency: one for one in referrals.all() if one.id != referral.id and one.state in OPEN}

    def _is_to_be_sent_on(self, referral: Referral) -> bool:
        if referral.after.contest is not None:
            return False  # nothing new is shared until two people have decided
        if referral.state is ReferralState.EXPIRED:
            return referral.urgency in CANNOT_WAIT
        reason = referral.decline_reason
        declined = referral.state is ReferralState.DECLINED
        return declined and reason is not None and self.rerouting.by_rules(referral.agency, reason)


def _earlier(referral: Referral, work: UnitOfWork) -> Iterator[Agency]:
    """The agencies that had this referral before."""
    while referral.replaces is not None:
        found = fold(work.history(referral.replaces))
        if found is None:
            return
        yield found.agency
        referral = found
