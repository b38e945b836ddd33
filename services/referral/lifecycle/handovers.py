"""Hands a case's open referrals over to the shelter that the person has come to (domain.md §6)."""

from events.continuity import HandedOver
from events.contract import Recorded
from events.referral import ReferralHandedOver
from events.vocabulary import RenewalReason, RiskCategory
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.referral.deadlines.ports import AnsweringDesk
from services.referral.lifecycle.disclosed import evidence_of_rules
from services.referral.lifecycle.domain import Referral, evolve
from services.referral.lifecycle.revising import MAY_MOVE, ReferralReviser


def hand_over(
    referral: Referral, fact: Recorded[HandedOver], reviser: ReferralReviser | None, work: UnitOfWork
) -> None:
    """Records one referral's new shelter, the desk that answers there, and a disclosure that names the shelter.

    ``reviser``: ``None`` once the person's data were erased, when only the shelter changes. The clocks go on.
    """
    desk = None if reviser is None or referral.state not in MAY_MOVE else _desk_there(referral, reviser)
    recorded = work.record(
        referral.id,
        ReferralHandedOver(
            agency=referral.agency,
            shelter=fact.event.to_shelter,
            desk=None if desk is None else desk.code,
            formerly=None if desk is None else referral.desk,
            known_categories=() if reviser is None else _known_categories(referral, reviser),
        ),
        case=fact.case,
        actor=fact.actor,
        cause=fact,
    )
    if reviser is not None:
        reviser.renew(evolve(referral, recorded), RenewalReason.HANDED_OVER)


def _desk_there(referral: Referral, reviser: ReferralReviser) -> AnsweringDesk | None:
    """The desk that answers in the new state; ``None``: the one that has it."""
    desk = reviser.desk_of(referral)
    return None if desk.code == referral.desk else desk


def _known_categories(referral: Referral, reviser: ReferralReviser) -> tuple[RiskCategory, ...] | None:
    """The categories of which the new shelter was let know every answer behind them; ``None``: all."""
    if reviser.file.known is None:
        return None
    behind = evidence_of_rules(reviser.work.history(referral.id), reviser.work.keys)
    led_to = {rule: dict(evidence) for rule, evidence in behind.items()}
    for ground in (ground for proposal in reviser.assessment.proposals for ground in proposal.grounds):
        led_to.setdefault(ground.rule, {}).update(ground.evidence)
    return tuple(one for one in referral.categories if one in led_to and reviser.file.knows(led_to[one]))
