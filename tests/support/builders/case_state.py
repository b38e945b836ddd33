"""The state of a case in intake, after some of its events."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from events.consent import ConsentReceipt
from events.continuity import HandedOver, HandoverConsent, WithdrawalFrozen
from events.contract import Event, Recorded
from events.intake import AnswersAmended, CaseOpened
from events.sealed import Box
from events.vocabulary import Agency, BoxClass, CaseKind, ConsentDecision, ConsentForm, ConsentGiver, ConsentPurpose
from services.intake.cases.domain import CaseState, fold

AT = datetime(2013, 6, 12, 15, tzinfo=UTC)
CASE = uuid4()
SLIP = UUID(int=1)
BOX = Box(key=uuid4(), kind=BoxClass.SCREENING, commitment="A" * 43, sealed="ejemplo")


def receipt(agency: Agency) -> ConsentReceipt:
    return ConsentReceipt(
        receipt=uuid4(),
        recipient=agency,
        decision=ConsentDecision.GRANTED,
        purpose=ConsentPurpose.PROTECTION,
        given_by=ConsentGiver.SELF,
    )


GRANTS = (receipt(Agency.ACNUR), receipt(Agency.OIM))
OPENED = CaseOpened(
    submission=uuid4(),
    kind=CaseKind.PERSON,
    shelter="ALB-TAP-01",
    worker="w-009",
    subject=uuid4(),
    screening=BOX,
    consents=GRANTS,
    fingerprint="x",
)


def facts_of(*events: Event) -> list[Recorded[Event]]:
    """The case's history, which begins as it was opened."""
    return [
        Recorded(
            id=uuid4(),
            stream=CASE,
            version=n,
            case=CASE,
            occurred_at=AT,
            recorded_at=AT,
            actor="a",
            cause=None,
            event=one,
        )
        for n, one in enumerate((OPENED, *events), 1)
    ]


def after(*events: Event) -> CaseState:
    found = fold(facts_of(*events))
    assert found is not None
    return found


def frozen(recipient: Agency | None) -> WithdrawalFrozen:
    return WithdrawalFrozen(shelter="ALB-TAP-01", slip=SLIP, recipient=recipient)


def to(shelter: str, before: str, *fields: str) -> HandedOver:
    return HandedOver(
        from_shelter=before,
        to_shelter=shelter,
        slip=SLIP,
        consent=HandoverConsent(
            receipt=uuid4(),
            given_by=ConsentGiver.SELF,
            fields=fields or ("all",),
            how=ConsentForm.SIGNED,
            wording_version="entrega-es-1",
            wording_sha256="0" * 64,
            asked_by="w-1",
        ),
    )


def amended_by(shelter: str) -> AnswersAmended:
    return AnswersAmended(shelter=shelter, worker="w-101", screening=BOX, fingerprint="y")
