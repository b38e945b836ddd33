"""What a case's facts say of its way: who holds it, what is frozen, what may be read, and who may agree for whom."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.consent import ConsentReceipt
from events.continuity import HandedOver, HandoverConsent, SlipIssued, SlipRevoked, WithdrawalChecked, WithdrawalFrozen
from events.contract import Event, Recorded
from events.intake import AnswersAmended, CaseOpened, ConsentWithdrawn
from events.sealed import Box
from events.vocabulary import (
    Agency,
    BoxClass,
    CaseKind,
    ConsentDecision,
    ConsentForm,
    ConsentGiver,
    ConsentPurpose,
    WithdrawalAnswer,
)
from services.intake.continuity import Held, carried_on, grants_frozen, held, is_frozen, may_be_handed_over, readable
from services.intake.duplicates import Reason, Registered, suspicion
from services.intake.person_index import Digests

AT = datetime(2013, 6, 12, 15, tzinfo=UTC)
CASE = uuid4()
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


def after(*events: Event) -> Held:
    facts = [
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
    found = held(facts)
    assert found is not None
    return found


def frozen(recipient: Agency | None) -> WithdrawalFrozen:
    return WithdrawalFrozen(shelter="ALB-TAP-01", slip=UUID(int=1), recipient=recipient)


def to(shelter: str, before: str, *fields: str) -> HandedOver:
    return HandedOver(
        from_shelter=before,
        to_shelter=shelter,
        slip=UUID(int=1),
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


CHECKED = WithdrawalChecked(shelter="ALB-TAP-01", answer=WithdrawalAnswer.DISMISSED, checked_by="w-1")


@settings(deadline=None)
@given(st.lists(st.sampled_from([None, *Agency]), min_size=1, max_size=4), st.sampled_from(Agency))
def test_a_freeze_covers_whom_it_names_until_somebody_has_checked(named: list[Agency | None], agency: Agency) -> None:
    case = after(*map(frozen, named))
    assert is_frozen(case, agency) == (None in named or agency in named)
    assert [one.recipient for one in grants_frozen(case)] == [
        one.recipient for one in GRANTS if is_frozen(case, one.recipient)
    ]
    assert not after(*map(frozen, named), CHECKED).frozen


def test_what_was_taken_back_already_is_not_taken_back_again() -> None:
    gone = ConsentWithdrawn(shelter="ALB-TAP-01", receipt=GRANTS[0].receipt, recipient=Agency.ACNUR)
    assert grants_frozen(after(gone, frozen(None))) == [GRANTS[1]]


def test_the_last_shelter_holds_the_case_and_the_slip_is_used_up() -> None:
    issued = SlipIssued(shelter="ALB-TAP-01", slip=UUID(int=1), issued_by="w-1")
    case = after(issued, to("ALB-IXT-01", "ALB-TAP-01"), to("ALB-TAP-01", "ALB-IXT-01"))
    assert (case.shelter, case.former, case.slip) == ("ALB-TAP-01", ("ALB-IXT-01",), None)
    assert after(issued).slip == UUID(int=1)
    assert after(issued, SlipRevoked(shelter="ALB-TAP-01", slip=UUID(int=1), revoked_by="w-1")).slip is None


def test_the_next_shelter_reads_what_is_named_and_the_one_that_asked_reads_all() -> None:
    said = {"age_band": "25-59", "language": "es"}
    answers = {"screening": said}
    assert readable(after(), answers) == said
    assert readable(after(to("ALB-IXT-01", "ALB-TAP-01", "language")), answers) == {"language": "es"}
    assert readable(after(to("ALB-IXT-01", "ALB-TAP-01")), answers) == said


def test_what_the_next_shelter_was_not_told_it_cannot_take_out_nor_read_by_amending() -> None:
    case = after(to("ALB-IXT-01", "ALB-TAP-01", "language"))
    before = {"screening": {"age_band": "25-59", "language": "es", "danger_now": "yes"}, "withhold_from": ["OIM"]}
    told = carried_on(case, before, {"screening": {"language": "mam", "danger_now": "no"}, "withhold_from": ["INM"]})
    assert told == {
        "screening": {"age_band": "25-59", "language": "mam", "danger_now": "no"},
        "withhold_from": ["INM", "OIM"],
        "carried": ["age_band"],
    }
    amended = AnswersAmended(shelter="ALB-IXT-01", worker="w-101", screening=BOX, fingerprint="y")
    theirs = replace(case, answered=replace(case.answered, event=amended))
    assert readable(theirs, told) == {"language": "mam", "danger_now": "no"}
    again = carried_on(theirs, told, {"screening": {"language": "es"}})
    assert again["screening"] == {"age_band": "25-59", "language": "es"}
    assert again["withhold_from"] == ["INM", "OIM"]


@settings(deadline=None)
@given(st.sampled_from(["18-24", "25-59", "60+"]), st.booleans())
def test_nobody_agrees_for_an_adult(band: str, heard: bool) -> None:  # noqa: FBT001
    answers = {"screening": {"age_band": band, "accompaniment": "parent_or_guardian"}}
    assert not may_be_handed_over(answers, ConsentGiver.GUARDIAN, heard=heard)
    assert may_be_handed_over(answers, ConsentGiver.SELF, heard=heard) is not heard


@pytest.mark.parametrize("band", ["0-5", "6-11", "12-14", "unknown"])
def test_a_guardian_who_harmed_or_is_not_there_agrees_for_no_child(band: str) -> None:
    there: dict[str, Any] = {"age_band": band, "accompaniment": "parent_or_guardian"}
    harm = {"harm_events": [{"kind": "assault", "when": "older", "perpetrator": "family"}]}
    for screening, may in ((there, True), (there | harm, False), (there | {"accompaniment": "other_relative"}, False)):
        assert may_be_handed_over({"screening": screening}, ConsentGiver.GUARDIAN, heard=False) is may
        assert may_be_handed_over({"screening": screening}, ConsentGiver.SELF, heard=True) is not may


ONE, TWO = b"1" * 16, b"2" * 16
DIGESTS = st.builds(Digests, *[st.sampled_from([None, ONE, TWO])] * 4)
WHEN = st.timedeltas(timedelta(0), timedelta(days=3)).map(lambda later: AT + later)


@settings(deadline=None)
@given(DIGESTS, DIGESTS, WHEN, WHEN)
def test_two_cases_look_alike_for_reasons_that_hold_whichever_is_first(
    mine: Digests, theirs: Digests, one: datetime, other: datetime
) -> None:
    found = suspicion(Registered(mine, one), Registered(theirs, other))
    assert found == suspicion(Registered(theirs, other), Registered(mine, one))
    same = {
        name: getattr(mine, name) is not None and getattr(mine, name) == getattr(theirs, name)
        for name in ("document", "name", "phone")
    }
    assert (Reason.DOCUMENT in found) == same["document"]
    assert (Reason.NAME in found) == same["name"]
    if not any(same.values()):
        assert found == ()  # neither one day nor one family is a reason by itself
    if found == (Reason.PHONE,):
        pytest.fail("a telephone is shared by those who travel together")
