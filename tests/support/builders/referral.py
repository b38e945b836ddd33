"""One referral of ACNUR's, in any state, and the facts that its life is made of."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from events.consent import ConsentReceipt
from events.contract import Event, Recorded
from events.intake import CaseOpened, ConsentWithdrawn
from events.referral import Deadlines, ReferralBlocked, ReferralProposed, ReferralReassessed, ReferralRequested
from events.sealed import Box
from events.vocabulary import (
    Agency,
    BlockReason,
    BoxClass,
    CaseKind,
    Confirmation,
    ConsentDecision,
    ConsentGiver,
    ConsentPurpose,
    DeclineReason,
    Outcome,
    ReferralState,
    RiskCategory,
    Role,
    SendingBasis,
    Urgency,
)
from services.chassis.errors import ServiceError
from services.referral.lifecycle.case_referrals import referral_of
from services.referral.lifecycle.domain import Referral
from services.referral.lifecycle.transitions import StepDetails, check

START = datetime(2013, 6, 12, 17, tzinfo=UTC)
CASE = UUID(int=8)
OPENED = UUID(int=6)
"""The fact that opened the case, from which its referrals' ids follow."""
REFERRAL = referral_of(OPENED, Agency.ACNUR)
RECEIPT = UUID(int=14)
REPLACEMENT = UUID(int=10)
BOX = Box(key=UUID(int=9), kind=BoxClass.SCREENING, commitment="c" * 43, sealed="s")
SAID = StepDetails(
    reason=DeclineReason.NO_CAPACITY,
    outcome=Outcome.SERVICE_DELIVERED,
    confirmation=Confirmation.YES,
    appointment_at=START,
    text=BOX,
    report=BOX,
    to=Agency.OIM,
    linked=REPLACEMENT,
)

WHOSE: Mapping[str, Any] = {"agency": Agency.ACNUR, "shelter": "ALB-TAP-01"}
DEADLINES = Deadlines(acknowledge_by=START, decide_by=START, serve_by=START)
PROPOSED = ReferralProposed(
    **WHOSE,
    submission=UUID(int=11),
    urgency=Urgency.U3,
    categories=(RiskCategory.ASILO,),
    rule_set="2013.1",
    grounds=BOX,
)
SENT = ReferralRequested(
    **WHOSE, urgency=Urgency.U2, basis=SendingBasis.CONSENT, receipt=RECEIPT, deadlines=DEADLINES, disclosure=BOX
)
WAITING = ReferralBlocked(**WHOSE, urgency=Urgency.U2, reason=BlockReason.CONSENT_NOT_ASKED)
MORE_URGENT = ReferralReassessed(
    **WHOSE, urgency=Urgency.U1, categories=(RiskCategory.ASILO, RiskCategory.MED), rule_set="2013.1", grounds=BOX
)
GRANT = ConsentReceipt(
    receipt=RECEIPT,
    recipient=Agency.ACNUR,
    decision=ConsentDecision.GRANTED,
    purpose=ConsentPurpose.PROTECTION,
    given_by=ConsentGiver.SELF,
    fields=("all",),
)
CONSENTED = CaseOpened(
    submission=UUID(int=11),
    kind=CaseKind.PERSON,
    shelter="ALB-TAP-01",
    worker="w-001",
    subject=UUID(int=12),
    screening=BOX,
    consents=(GRANT,),
    fingerprint="f",
)
"""The case, of a person who consents to ACNUR. Its box opens to nobody: what is clear is enough here."""
TAKEN_BACK = ConsentWithdrawn(shelter="ALB-TAP-01", receipt=RECEIPT, recipient=Agency.ACNUR)


def referral_that_is(state: str, **changes: Any) -> Referral:
    """A referral in some state, by whichever way it came there."""
    referral = Referral(
        id=REFERRAL,
        case=CASE,
        submission=UUID(int=11),
        agency=Agency.ACNUR,
        shelter="ALB-TAP-01",
        urgency=Urgency.U2,
        categories=(RiskCategory.ASILO,),
        rule_set="2013.1",
        key=BOX.key,
        state=ReferralState(state),
        version=4,
        since=START,
        changed_at=START,
        changed_by="officer:ACNUR:guardia-1",
    )
    return replace(referral, **changes)


def recorded(event: Event, version: int, stream: UUID = REFERRAL) -> Recorded[Any]:
    """An event in its envelope, ``version`` minutes after the start."""
    return Recorded(
        id=uuid5(stream, str(version)),
        stream=stream,
        version=version,
        case=CASE,
        occurred_at=START,
        recorded_at=START + timedelta(minutes=version),
        actor="officer:ACNUR:guardia-1",
        cause=None,
        event=event,
    )


def answer_to(command: str, referral: Referral, role: Role, behind: int = 0) -> str:
    """What the program tells somebody who asks for a step: ``yes``, or the refusal's code."""
    try:
        check(referral, command, referral.version - behind, role)
    except ServiceError as refusal:
        return refusal.code
    return "yes"
