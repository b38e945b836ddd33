"""What changes on a referral after it was sent."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from events.referral.fact import Deadlines, ReferralFact
from events.sealed import Box
from events.vocabulary import RenewalReason, RiskCategory, SendingBasis


class ChangeSeen(ReferralFact):
    """Somebody at the desk says that they have seen what changed; the referral stays where it was."""

    NAME: ClassVar[str] = "referral.change_seen"


class DisclosureRenewed(ReferralFact):
    """What the agency may see was sealed anew: an answer was corrected, the person consented, or is at another shelter.

    An officer who had answered already has an unseen change until somebody at the desk acts.
    """

    NAME: ClassVar[str] = "referral.disclosure_renewed"

    reason: RenewalReason
    disclosure: Box
    basis: SendingBasis
    receipt: UUID | None = None
    basis_until: datetime | None = None
    """When the consent that it rests on runs out, if it does."""
    uncovered: tuple[RiskCategory, ...] = ()
    """Categories that the consent's purpose does not cover: the agency is not told of them."""
    further_receipts: tuple[UUID, ...] = ()
    """Receipts that it rests on besides ``receipt``."""
    at_once: bool = False
    """Whether the desk is alerted at once: to how the person may be reached, spoken to, or for how long they stay."""
    seen_by: datetime | None = None
    """Until when the desk is to say that it has seen it; ``None``: it had not answered yet, or sees nothing new."""


class ReferralFollowed(ReferralFact):
    """A linked referral follows this one, which has ended, because the person is at risk again."""

    NAME: ClassVar[str] = "referral.followed"

    linked: UUID


class ReferralFrozen(ReferralFact):
    """A withdrawal made with the slip waits for somebody to check it: nobody may read or accept, the clocks stand."""

    NAME: ClassVar[str] = "referral.frozen"

    check_by: datetime
    """Until when the shelter is to have checked it, before the programme's coordinator is alerted."""


class ReferralUnfrozen(ReferralFact):
    """The withdrawal was checked and dismissed: reading opens again, and the deadlines are later by that time."""

    NAME: ClassVar[str] = "referral.unfrozen"

    deadlines: Deadlines | None = None
    """``None``: none were running."""
    clocks_from: datetime | None = None
    """From when those deadlines count: later by the same time."""


class ConsentLapsed(ReferralFact):
    """The consent that it rests on has run out: reading closes, renewal is asked for, the agency keeps the referral."""

    NAME: ClassVar[str] = "referral.consent_lapsed"

    receipt: UUID
    renew_by: datetime
    """When the referral is withdrawn unless the person consents again."""
