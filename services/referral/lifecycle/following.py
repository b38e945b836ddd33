"""A referral that has ended does not end the person's risk: a linked one follows it (domain.md §6)."""

from collections.abc import Sequence
from dataclasses import replace

from events.contract import Recorded
from events.referral import ReferralFollowed
from services.chassis.ids import uuid5
from services.referral.lifecycle.changes import may_be_followed, merged
from services.referral.lifecycle.domain import Referral
from services.referral.lifecycle.revising import ReferralReviser
from services.referral.routing.domain import Proposal


def is_to_be_followed(ended: Referral, proposal: Proposal, reviser: ReferralReviser) -> bool:
    """Whether the rules find something that a referral which has ended did not carry."""
    return may_be_followed(ended, reviser.work.keys) and reviser.change_of(ended, proposal).is_news


def follow(ended: Referral, proposals: Sequence[Proposal], reviser: ReferralReviser) -> None:
    """Proposes the linked referral; the consent rules decide again whether it may be sent.

    Its id follows from the ended one and the cause, so that a repeated cause creates no second one.
    """
    cause, work = reviser.cause, reviser.work
    stream = uuid5(ended.id, f"followed/{cause.id if isinstance(cause, Recorded) else cause}")
    work.begin(stream)
    reviser.propose(stream, replace(merged(proposals), agency=ended.agency), follows=ended.id)
    # The shelter where it ended may have handed the case over: it learns nothing of what followed.
    event = ReferralFollowed(agency=ended.agency, shelter=reviser.shelter_of(ended), linked=stream)
    work.record(ended.id, event, case=ended.case, actor=reviser.actor, cause=cause)
